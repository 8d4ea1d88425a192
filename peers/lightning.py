"""The same models in a plain Lightning Trainer: automatic optimisation, all that runs per step switched off."""

import logging
import warnings
from collections.abc import Iterator

import pytorch_lightning
import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from peers.setting import Prepared, Setting
from peers.torch_nn import Classifier, data

Batch = tuple[Tensor, Tensor]


class Module(LightningModule):
    """What the documentation of Lightning shows."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.model, self.learning_rate = Classifier(setting), setting.learning_rate

    def training_step(self, batch: Batch) -> Tensor:
        """The loss of a batch."""
        inputs, classes = batch
        return F.cross_entropy(self.model(inputs), classes)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam with its fused step, as fast as any for models this small."""
        return torch.optim.Adam(self.parameters(), lr=self.learning_rate, fused=True)


class Batches(Dataset[Batch]):
    """Whole batches, so that nothing is collated sequence by sequence."""

    def __init__(self, inputs: Tensor, classes: Tensor, rows: Tensor) -> None:
        self._inputs, self._classes, self._rows = inputs, classes, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, update: int) -> Batch:
        return self._inputs[self._rows[update]], self._classes[self._rows[update]]

    def __iter__(self) -> Iterator[Batch]:
        return (self[update] for update in range(len(self)))


def prepare(setting: Setting) -> Prepared:
    """One model, an epoch at a time."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # what vanishes over many steps is slow to compute with
    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    loader: DataLoader[Batch] = DataLoader(Batches(*data(setting)), batch_size=None)
    module = Module(setting)

    def run() -> None:
        trainer = pytorch_lightning.Trainer(
            accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, num_sanity_val_steps=0,
        )  # fmt: skip
        trainer.fit(module, train_dataloaders=loader)

    run()
    return Prepared(run, setting.stretch, 1, "Adam: fused")
