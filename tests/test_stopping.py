"""Signals, sent for real: to this process, and where a second one ends it, to another."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from trainer.stopping import resumable, stop_if_asked

SENTENCE = "Stopped. The same command goes on from the last finished epoch."
IN_C = """
import sqlite3
from trainer.stopping import resumable

with resumable():
    print("begun", flush=True)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    sqlite3.connect(":memory:").execute(endless).fetchone()  # as a backend compiles: Python runs no handler
"""
WRITING = """
import os, signal, sys, time
from trainer.stopping import resumable, uninterrupted

with resumable(), uninterrupted():
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.5)
    print("written", flush=True)
time.sleep(60)
"""


class Signalling:
    """Sends a signal where Python drops what a handler raises: as it is deleted."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self._number)


def started(code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code]
    # a shell starts what it runs in the background with Ctrl-C ignored, and children inherit that
    heed = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)  # noqa: E731
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_can_be_resumed_with_a_sentence_where_it_asks(number, capsys):
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    done = []

    def step():
        os.kill(os.getpid(), number)
        done.append("the step")
        stop_if_asked()
        done.append("another step")

    with pytest.raises(SystemExit) as end, resumable():
        step()
    assert end.value.code == 128 + number
    assert done == ["the step"]
    assert SENTENCE in capsys.readouterr().err
    assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before
    stop_if_asked()  # the next training is not meant


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_not_lost_where_python_drops_exceptions(number):
    def step():
        Signalling(number)  # and nobody keeps it
        stop_if_asked()

    with pytest.raises(SystemExit) as end, resumable():
        step()
    assert end.value.code == 128 + number


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_also_what_computes_in_c(number):
    with started(IN_C) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        assert process.stderr.readline() == "\n"
        assert process.stderr.readline() == "Stopping after this step. A second signal stops at once.\n"
        process.send_signal(number)
        assert SENTENCE in process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number


def test_what_is_being_written_is_finished_before_a_second_signal_ends_the_process():
    with started(WRITING) as process:
        assert process.communicate(timeout=50)[0] == "written\n"
    assert process.returncode == 128 + signal.SIGTERM


def test_ctrl_c_stays_ignored_where_a_shell_ignores_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with resumable():
            os.kill(os.getpid(), signal.SIGINT)
            stop_if_asked()
    finally:
        signal.signal(signal.SIGINT, before)
