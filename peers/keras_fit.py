"""Keras 3 with ``model.fit``, one model at a time, as in the question of 2018."""

import itertools
import time
from typing import Any

from peers.setting import Prepared, Setting, draw_data

LAYERS = {"srnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
TRIAL_UPDATES = 100
TOGETHER = (1, 50)
"""Updates that one call of the compiled function makes: 50 at a time an update of srnn takes a third or so."""


def _model(setting: Setting, compiled: bool, together: int) -> Any:
    import keras

    recurrent = getattr(keras.layers, LAYERS[setting.cell])(setting.hidden)
    shape = keras.Input((setting.length, 1))
    model = keras.Sequential([shape, recurrent, keras.layers.Dense(2, activation="softmax")])
    adam = keras.optimizers.Adam(setting.learning_rate)
    how = {"jit_compile": compiled, "steps_per_execution": together}
    model.compile(optimizer=adam, loss="sparse_categorical_crossentropy", **how)
    return model


def _clock() -> Any:
    """A callback with the ``seconds`` of a training, without what comes after its last update."""
    import keras

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:
            del logs
            self.seconds = -time.perf_counter()

        def on_train_end(self, logs: Any = None) -> None:
            del logs
            self.seconds += time.perf_counter()

    return Clock()


def prepare(setting: Setting) -> Prepared:
    """One model, an epoch at a time; with or without XLA, single updates or many in a call, whichever is fastest."""
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    inputs, classes = draw_data(setting.length)
    features = inputs[:, :, None]

    def fit(model: Any, updates: int) -> float:
        rows, clock = slice(0, updates * setting.batch), _clock()
        told = {"verbose": 0, "callbacks": [clock]}
        model.fit(features[rows], classes[rows], batch_size=setting.batch, epochs=1, shuffle=True, **told)
        return float(clock.seconds)

    ways = [*itertools.product((False, True), TOGETHER)]
    models = {way: _model(setting, *way) for way in ways}
    for model in models.values():
        fit(model, TRIAL_UPDATES)  # compiles
    best = min(ways, key=lambda way: fit(models[way], TRIAL_UPDATES))

    def run() -> None:
        fit(models[best], setting.stretch)

    return Prepared(run, setting.stretch, 1, f"jit_compile: {best[0]}, steps_per_execution: {best[1]}")
