"""What a run is asked to use, as far as it was asked."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rnnbench.errors import RnnbenchError, UnknownName
from rnnbench.execute.machine import Machine
from rnnbench.recurrence.limits import interpreted

CPU_KERNELS = ("auto", "eager", "numba")
KERNELS = (*CPU_KERNELS, "triton")
ACCELERATORS = ("auto", "cpu", "cuda", "gpu", "mps", "tpu")
MEMORY_SHARE = 0.8
"""Of the memory that is free when a run begins."""


@dataclass(frozen=True)
class Options:
    """How to run trials, some of it left open."""

    jobs: int | None = None
    """Populations at a time; by default one a core, or one a device."""
    accelerator: str = "auto"
    devices: int = 1
    memory: int | None = None
    """Bytes for all workers together; by default most of what is free."""
    plugins: tuple[Path, ...] = ()
    kernel: str = "auto"
    large_weights: bool = False

    def settled(self) -> Machine:
        """With every value decided. Raises RnnbenchError for what is unknown or this machine lacks."""
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
        return Machine(
            accelerator,
            jobs=self.jobs or (cores() if accelerator == "cpu" else self.devices),
            devices=self.devices,
            memory=self.memory or _free_memory(),
            threads=cores() if accelerator == "cpu" and self.jobs is None else 1,  # who asked for jobs gets no more
            kernel=self.kernel,
            plugins=self.plugins,
            large_weights=self.large_weights,
        )


def _present(accelerator: str, devices: int) -> str:
    if accelerator not in ACCELERATORS:
        raise UnknownName("accelerator", accelerator, ACCELERATORS)
    if accelerator == "cpu":
        return accelerator
    import torch

    if accelerator == "auto":
        mps = torch.backends.mps.is_available()
        accelerator = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
        if accelerator == "cpu":
            return accelerator
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
