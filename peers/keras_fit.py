"""Keras 3 with ``model.fit``, one model at a time, as in the question of 2018."""

import time
from typing import Any

from peers.setting import Prepared, Setting, draw_data

LAYERS = {"srnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
TRIAL_UPDATES = 50


def _model(setting: Setting, compiled: bool) -> Any:
    import keras

    recurrent = getattr(keras.layers, LAYERS[setting.cell])(setting.hidden)
    shape = keras.Input((setting.length, 1))
    model = keras.Sequential([shape, recurrent, keras.layers.Dense(2, activation="softmax")])
    adam = keras.optimizers.Adam(setting.learning_rate)
    model.compile(optimizer=adam, loss="sparse_categorical_crossentropy", jit_compile=compiled)
    return model


def prepare(setting: Setting) -> Prepared:
    """One model, an epoch at a time; with or without XLA, whichever is faster."""
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    inputs, classes = draw_data(setting.length)
    features = inputs[:, :, None]

    def fit(model: Any, updates: int) -> None:
        rows = slice(0, updates * setting.batch)
        model.fit(features[rows], classes[rows], batch_size=setting.batch, epochs=1, shuffle=True, verbose=0)

    models = {"plain": _model(setting, compiled=False), "XLA": _model(setting, compiled=True)}
    seconds: dict[str, float] = {}
    for name, model in models.items():
        fit(model, 2)
        started = time.perf_counter()
        fit(model, TRIAL_UPDATES)
        seconds[name] = time.perf_counter() - started
    best = min(seconds, key=lambda name: seconds[name])
    return Prepared(lambda: fit(models[best], setting.stretch), setting.stretch, 1, f"jit_compile: {best == 'XLA'}")
