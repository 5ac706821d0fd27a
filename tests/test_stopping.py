"""Signals, sent for real to this process."""

import os
import signal

import pytest

from trainer.stopping import resumable, uninterrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_can_be_resumed_with_a_sentence(number, capsys):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end, resumable():
        os.kill(os.getpid(), number)
    assert end.value.code == 128 + number
    assert "Stopped. The same command goes on from the last finished epoch." in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_being_written_is_finished_first(number):
    done = []

    def write():
        with uninterrupted():
            os.kill(os.getpid(), number)
            done.append("written")
        done.append("went on")

    with pytest.raises(SystemExit), resumable():
        write()
    assert done == ["written"]
