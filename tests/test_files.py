"""Files that do not fit, and folders that may not be written. `tests/failures.py` fills a real disk."""

import os
import subprocess
import sys

import pytest

from space.errors import UserError
from tests.conftest import ROOT
from trainer.files import write_whole

SAVE = """
import resource, sys
from pathlib import Path
import keras, numpy as np
from space.errors import UserError
from trainer.files import load_weights, save_weights

model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64)])
path = Path(sys.argv[1])
save_weights(model, path)
before = path.read_bytes()
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    save_weights(model, path)
except UserError as error:
    print(error)
assert path.read_bytes() == before
assert [file.name for file in path.parent.iterdir()] == [path.name]
load_weights(model, path)
"""


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "new" / "file"
    for data in (b"first", b"second"):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert [file.name for file in path.parent.iterdir()] == ["file"]


def test_weights_that_do_not_fit_leave_the_old_ones_and_a_sentence(tmp_path):
    """The system refuses each byte beyond 4096, as a full disk does."""
    command = [sys.executable, "-c", SAVE, str(tmp_path / "model.weights.h5")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("There is no room for ")
    assert "HDF5" not in done.stderr


@pytest.fixture
def somebody():
    """Be no administrator for a moment: one may write everywhere."""
    administrator = os.geteuid() == 0
    if administrator:
        os.seteuid(65534)
    yield
    if administrator:
        os.seteuid(0)


def test_a_folder_that_may_not_be_written_is_named(tmp_path, somebody):
    if os.access(tmp_path, os.W_OK, effective_ids=True):
        tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="may not be written"):
        write_whole(tmp_path / "file", b"data")
