"""JAX through the whole matrix of 2018, compilation included: ``python -m peers.jax_matrix`` on two processes."""

import multiprocessing
import os

import jax
import jax.numpy as jnp

from peers.jax_cells import Array
from peers.jax_loss import Way
from peers.jax_scan import Population
from peers.setting import SEQUENCES, Setting, draw_data, draw_order
from rnnbench.study.file import load

MEMBERS, EPOCHS, VALIDATION = 30, 5, 2_000
WAYS = {"srnn": Way("srnn", "lanes", 1), "lstm": Way("lstm", "last", 1)}
"""The fastest at one unit and 30 members, and the quickest to compile."""
Job = tuple[str, int]


def train(job: Job) -> tuple[Job, list[float]]:
    """One cell at one length: 30 members, 5 epochs; mean validation accuracy after each."""
    cell, length = job
    setting = Setting(cell, 1, MEMBERS, length)
    inputs, classes = (jnp.asarray(array) for array in draw_data(length, SEQUENCES + VALIDATION))
    way = WAYS[cell]
    population = Population(setting, way)
    evaluate = jax.jit(lambda weights, inputs: way.logits(weights, inputs)[0])
    unseen: Array = inputs[SEQUENCES:].T[:, :, None]  # time sequence member: the same for all
    accuracies = []
    for epoch in range(EPOCHS):
        population.train(inputs[:SEQUENCES], classes[:SEQUENCES], draw_order(setting, epoch))
        answers = evaluate(population.weights, unseen).argmax(0)
        accuracies.append(float((answers == classes[SEQUENCES:, None]).mean()))
    return job, accuracies


def main() -> None:
    """Longest first, each process on a core of its own."""
    lengths = sorted(set(load("latching-2018").lengths), reverse=True)
    jobs = [(cell, length) for cell in ("lstm", "srnn") for length in lengths]
    spawn = multiprocessing.get_context("spawn")
    cores = spawn.Queue()
    for core in sorted(os.sched_getaffinity(0))[-2:]:
        cores.put(core)
    with spawn.Pool(cores.qsize(), _pin, (cores,)) as pool:
        for (cell, length), accuracies in pool.imap_unordered(train, jobs):
            print(cell, length, *(f"{accuracy:.3f}" for accuracy in accuracies), flush=True)


def _pin(cores: "multiprocessing.Queue[int]") -> None:
    os.sched_setaffinity(0, {cores.get()})


if __name__ == "__main__":
    main()
