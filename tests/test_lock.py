"""One training per folder, with a real second process."""

import subprocess
import sys

import pytest

from space.errors import UserError
from tests.conftest import ROOT
from trainer.lock import locked

HOLD = """
import sys
from pathlib import Path
from trainer.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_folder_and_a_killed_one_leaves_nothing(tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(UserError, match=rf"is being trained by process {holder.pid} on .*, since 20"),
            locked(folder),
        ):
            pass
        holder.kill()
        holder.wait()
        with locked(folder):
            pass
