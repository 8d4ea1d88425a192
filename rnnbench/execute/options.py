"""Where and how many at a time: what decides speed and never a result."""

import os
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.recurrence.limits import interpreted

CPU_KERNELS = ("auto", "eager", "numba")
KERNELS = (*CPU_KERNELS, "triton")
ACCELERATORS = ("auto", "cpu", "cuda", "gpu", "mps", "tpu")
PROCESS_BYTES = 500 * 2**20
"""What a worker needs before it has any data: Python, torch and Lightning."""
MEMORY_SHARE = 0.8
"""Of the memory that is free when a run begins."""


@dataclass(frozen=True)
class Options:
    """How to run trials; :meth:`settled` fills in what is left open and refuses what this machine lacks."""

    jobs: int | None = None
    """Populations at a time; by default one a core, or one a device."""
    accelerator: str = "auto"
    devices: int = 1
    """Devices of the accelerator to use, each for a population of its own."""
    memory: int | None = None
    """Bytes for all workers together; by default most of what is free."""
    plugins: tuple[Path, ...] = ()
    kernel: str = "auto"
    """What runs cells over time; ``auto`` takes the fastest that can."""
    large_weights: bool = False
    """Keep the weights of large models too."""

    def settled(self) -> "Options":
        """With every value decided. Raises RnnbenchError for an accelerator that is unknown or absent."""
        for name, value in (("--jobs", self.jobs), ("--devices", self.devices), ("--memory", self.memory)):
            if value is not None and value < 1:
                raise RnnbenchError(f"{name} must be at least 1, got {value}.")
        if self.kernel not in KERNELS:
            raise UnknownName("kernel", self.kernel, KERNELS)
        accelerator = _present(self.accelerator, self.devices)
        if accelerator == "cpu" and self.devices > 1:
            raise RnnbenchError(
                f"--devices counts accelerators, got {self.devices} with cpu: use --jobs {self.devices}."
            )
        if self.kernel == "numba" and accelerator != "cpu":
            raise RnnbenchError(f"--kernel numba runs on the CPU, not on {accelerator}: add --accelerator cpu.")
        if self.kernel == "triton":
            _check_triton(accelerator)
        jobs = self.jobs or (cores() if accelerator == "cpu" else self.devices)
        return replace(self, accelerator=accelerator, jobs=jobs, memory=self.memory or _free_memory())

    def threads(self) -> int:
        """Threads of a population when none waits: every core, unless ``jobs`` was asked for."""
        return 1 if self.jobs is not None or self.accelerator not in ("auto", "cpu") else cores()

    def memory_each(self) -> int:
        """Bytes of data and activations that one of the settled ``jobs`` may need."""
        assert self.jobs is not None, "settle the options first"
        assert self.memory is not None, "settle the options first"
        return max(self.memory // self.jobs - PROCESS_BYTES, 2**20)


@dataclass(frozen=True)
class Place:
    """Where and how one population is trained."""

    accelerator: str
    device: int
    kernel: str
    threads: int = 1
    """For groups of members in fused updates; changes no bit."""
    large_weights: bool = False


def _present(accelerator: str, devices: int) -> str:
    if accelerator not in ACCELERATORS:
        raise UnknownName("accelerator", accelerator, ACCELERATORS)
    if accelerator == "cpu":
        return accelerator
    import torch

    if accelerator == "auto":
        mps = torch.backends.mps.is_available()
        return "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    import pytorch_lightning.accelerators as lightning

    wanted = {"cuda": "CUDAAccelerator", "gpu": "CUDAAccelerator", "mps": "MPSAccelerator", "tpu": "XLAAccelerator"}
    kind = getattr(lightning, wanted[accelerator])
    if not kind.is_available():
        raise RnnbenchError(f"--accelerator {accelerator}: this machine has none. Use --accelerator auto or cpu.")
    if devices > kind.auto_device_count():
        raise RnnbenchError(f"--devices {devices}: this machine has {kind.auto_device_count()} of {accelerator}.")
    return "cuda" if accelerator == "gpu" else accelerator


def _check_triton(accelerator: str) -> None:
    if find_spec("triton") is None:
        raise RnnbenchError("--kernel triton: triton is not installed. Use --kernel auto, or pip install triton.")
    if accelerator != "cuda" and not (accelerator == "cpu" and interpreted()):
        raise RnnbenchError(
            f"--kernel triton runs on CUDA, not on {accelerator}: use --kernel auto"
            " (or, for a test, set TRITON_INTERPRET=1 and add --accelerator cpu)."
        )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _free_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().available * MEMORY_SHARE)
