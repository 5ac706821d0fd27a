"""The same training on another backend and on several devices, each in a process of its own."""

import csv
import subprocess
import sys

import numpy as np

from tests.conftest import ROOT, fresh_env, trainer, trainer_process
from trainer.run import RunFolder

TWO_DEVICES = """
import sys
from pathlib import Path
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
scope = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope()

import dataclasses
import trainer.fit
from trainer.presets import PRESETS

trainer.fit.set_up_devices = lambda precision: (scope, "two CPU devices")
settings = PRESETS["tiny"].but(epochs=1, batch=4, dropout=0.3)
trainer.fit.fit(Path(sys.argv[1]), Path(sys.argv[2]), settings, "tiny")
"""

WITHOUT_TENSORFLOW = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)

sys.meta_path.insert(0, Missing())
from trainer.__main__ import main

try:
    main()
finally:
    assert "tensorflow" not in sys.modules
"""


def first_epoch(run):
    with (run / "history.csv").open(newline="") as file:
        return {name: float(value) for name, value in next(csv.DictReader(file)).items()}


def test_fit_trains_on_jax_and_its_weights_are_exported_from_tensorflow(phantom_data, tmp_path):
    run = tmp_path / "run"
    arguments = ["--preset", "tiny", "--epochs", 1, "--batch", 4, "--train-crop", 128, "--crop", 128, "--dropout", 0.3]
    said = trainer_process("fit", phantom_data, *arguments, "--out", run, KERAS_BACKEND="jax")
    assert "on JAX" in said
    assert np.isfinite(first_epoch(run)["loss"])
    assert "Keras and ONNX agree" in trainer("evaluate", run, phantom_data, "--split", "validation")


def test_fit_on_jax_needs_no_tensorflow(phantom_data, tmp_path):
    run = tmp_path / "run"
    small = ["--preset", "tiny", "--epochs", "1", "--batch", "4", "--train-crop", "64", "--crop", "64"]
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW, "fit", str(phantom_data), *small, "--out", str(run)]
    env = fresh_env() | {"KERAS_BACKEND": "jax"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "on JAX" in done.stdout
    assert RunFolder(run).epochs_done() == 1
    assert RunFolder(run).calibration()  # the best weights were loaded again


def test_fit_trains_on_two_devices_through_a_mirrored_strategy(phantom_data, tmp_path):
    run = tmp_path / "run"
    command = [sys.executable, "-c", TWO_DEVICES, str(phantom_data), str(run)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "two CPU devices" in done.stdout
    row = first_epoch(run)
    assert np.isfinite(row["loss"])
    assert 0 <= row["val_volume_dice"] <= 1
