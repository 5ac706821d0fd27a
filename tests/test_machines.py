"""A training of two processes on this machine, which find each other over loopback, against one of one process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from space.errors import UserError
from tests.conftest import ROOT, fresh_env
from tests.serving import free_port
from tests.test_fit import arrays
from trainer import machines
from trainer.batches import WHOLE
from trainer.machines import joined
from trainer.run import RunFolder
from trainer.stopping import resumable

SMALL = ["--preset", "tiny", "--filters", "4,8", "--batch", "4", "--train-crop", "32", "--crop", "32"]
DROPOUT = ["--dropout", "0.3"]
CACHE = tempfile.TemporaryDirectory(prefix="jax-cache-")
QUICK = {  # what one process compiles the next one need not, and compiling takes longer here than computing
    "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
    "JAX_COMPILATION_CACHE_DIR": CACHE.name,
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}
EPOCHS = 4
PATIENCE = 900  # seconds; a slow machine compiles for long


def start(data: Path, run: Path, number: int = 0, of: int = 1, port: int = 0) -> subprocess.Popen[str]:
    """Start one of the processes of a training."""
    env = fresh_env() | QUICK | {"KERAS_BACKEND": "jax"}
    if of > 1:
        env |= {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(of),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(number),
        }
    arguments = ["fit", str(data), *SMALL, *DROPOUT, "--epochs", str(EPOCHS), "--out", str(run)]
    command = [sys.executable, "-m", "trainer", *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextmanager
def two(data: Path, run: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes of one training, none of which is left behind."""
    port = free_port()
    processes = [start(data, run, number, 2, port) for number in range(2)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_for_an_epoch(run: RunFolder, *processes: subprocess.Popen[str]) -> None:
    """Wait until a training has a finished epoch to go on from."""
    deadline = time.monotonic() + PATIENCE
    while not (run.path.exists() and run.epochs_done()):
        for process in processes:
            assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended(process: subprocess.Popen[str]) -> str:
    """Wait until a process ends by itself and well; return what it said."""
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, said
    return said


def check_same(run: Path, other: Path) -> None:
    """Two runs have the same weights, optimiser and history, within what adding up in another order changes."""
    name = f"checkpoints/epoch-{EPOCHS:04d}.weights.h5"
    expected, found = arrays(other / name), arrays(run / name)
    assert found.keys() == expected.keys()
    for place, array in expected.items():
        np.testing.assert_allclose(found[place], array, rtol=2e-3, atol=2e-4, err_msg=place)
    for mine, theirs in zip(RunFolder(run).history(), RunFolder(other).history(), strict=True):
        assert mine.learning_rate == theirs.learning_rate
        assert mine.loss == pytest.approx(theirs.loss, rel=1e-3)
        assert mine.val_loss == pytest.approx(theirs.val_loss, rel=1e-2)


@pytest.fixture(scope="module")
def alone(phantom_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of one process."""
    run = tmp_path_factory.mktemp("machines") / "alone"
    ended(start(phantom_data, run))
    return run


def test_two_processes_learn_what_one_learns_from_the_same_batches(
    phantom_data: Path, tmp_path: Path, alone: Path
) -> None:
    with two(phantom_data, tmp_path / "run") as (first, second):
        said = ended(first)
        assert "on 2 device(s) on JAX" in said
        assert "epoch" not in ended(second)  # the first one speaks and writes
    check_same(tmp_path / "run", alone)


def test_a_process_that_dies_ends_the_other_with_a_sentence_and_both_go_on_another_time(
    phantom_data: Path, tmp_path: Path, alone: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    with two(phantom_data, run.path) as (first, second):
        wait_for_an_epoch(run, first, second)
        second.send_signal(signal.SIGKILL)
        said = first.communicate(timeout=PATIENCE)[0]
        assert first.returncode == 1
        assert "Error: Another process of this training has ended" in said
        assert "Traceback" not in said
    done = run.epochs_done()
    assert 1 <= done < EPOCHS
    with two(phantom_data, run.path) as (first, second):
        assert f"Resuming after epoch {done}." in ended(first)
        ended(second)
    check_same(run.path, alone)


def test_one_process_is_the_whole_training(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KERAS_DISTRIBUTION_NUM_PROCESSES", "SLURM_STEP_NUM_TASKS"):
        monkeypatch.delenv(name, raising=False)
    with joined() as share:
        assert share == WHOLE
    with pytest.raises(ZeroDivisionError), joined():  # errors take their usual way
        _ = 1 // 0


@pytest.mark.parametrize("name", ["KERAS_DISTRIBUTION_NUM_PROCESSES", "SLURM_STEP_NUM_TASKS"])
def test_several_processes_are_refused_where_keras_does_not_span_them(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("KERAS_DISTRIBUTION_NUM_PROCESSES", raising=False)
    monkeypatch.setenv(name, "4")
    assert machines.keras.backend.backend() == "tensorflow"
    with pytest.raises(UserError, match="4 processes are to share this training: set KERAS_BACKEND=jax"), joined():
        pass
    assert os.environ[name] == "4"


def test_where_all_are_told_to_stop_the_one_that_loses_another_says_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    lost = RuntimeError("UNAVAILABLE: Connection reset by peer")
    with resumable():
        assert machines._say(lost) == 1
        os.kill(os.getpid(), signal.SIGTERM)
        assert machines._say(lost) == 128 + signal.SIGTERM
    assert "Stopped. The same command goes on" in capsys.readouterr().err
