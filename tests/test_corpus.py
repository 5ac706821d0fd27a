"""Every entry of the corpus, and every file in pydicom's wheel: the same that `python -m tests.corpus` shows."""

from dataclasses import replace

import pytest

from space.errors import UserError
from space.readers import guard
from space.readers.guard import read_volume
from tests.corpus.__main__ import WHEEL
from tests.corpus.broken import broken_entries
from tests.corpus.outcome import Outcome, faults, faults_of_files, outcome_of
from tests.corpus.scans import scan_entries
from tests.volumes import read

SCANS = [entry for entry in scan_entries() if not entry.name.startswith(("dicom axes", "nifti"))]
"""Axes and NIfTI have tests of their own."""

CT = ("693_J2KI.dcm", "CT_small.dcm", "J2K_pixelrep_mismatch.dcm")


@pytest.mark.parametrize("entry", SCANS, ids=lambda entry: entry.name)
def test_the_phantom_comes_out_the_same_or_with_a_note(tmp_path, entry):
    entry.write(tmp_path)
    found = outcome_of(read, sorted(tmp_path.iterdir()))
    assert faults(entry, found) == []
    assert faults_of_files(sorted(tmp_path.iterdir()), found) == []


@pytest.mark.parametrize("entry", list(broken_entries()), ids=lambda entry: entry.name)
def test_what_is_no_ct_or_damaged_is_a_sentence(tmp_path, entry):
    entry.write(tmp_path)
    assert faults(entry, outcome_of(read_volume, sorted(tmp_path.iterdir()))) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "path", sorted(path for path in WHEEL.rglob("*") if path.is_file()), ids=lambda path: path.name
)
def test_a_file_of_pydicoms_wheel_has_the_hu_that_pydicom_reads_or_is_a_sentence(path):
    found = outcome_of(read, [path])
    assert faults_of_files([path], found) == []
    assert (found.case is not None) == (path.name in CT)


def test_a_wrong_reading_is_found_out(tmp_path):
    """The table can fail: a case with other HU, or another patient's side, is not called equal."""
    entry = SCANS[0]
    entry.write(tmp_path)
    paths = sorted(tmp_path.iterdir())
    case = read(paths)
    for wrong in (case.hu + 2, case.hu[:, :, ::-1]):
        found = Outcome(replace(case, hu=wrong), "")
        assert faults(entry, found)
        assert faults_of_files(paths, found)


def test_after_a_decoder_that_aborts_the_next_file_is_read(tmp_path, monkeypatch):
    """The process that reads is killed as GDCM kills its own on some damaged files."""
    entry = SCANS[0]
    entry.write(tmp_path)
    paths = sorted(tmp_path.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(guard, "ROOT", aborting(tmp_path / "aborts"))
        with pytest.raises(UserError, match="gave up"):
            read_volume(paths)
    assert faults(entry, outcome_of(read_volume, paths)) == []


def aborting(root):
    """Make a package whose worker aborts as soon as it decodes."""
    folder = root / "space" / "readers"
    folder.mkdir(parents=True)
    for place in (root / "space", folder):
        (place / "__init__.py").write_text("")
    (folder / "worker.py").write_text("import os\nos.abort()\n")
    return root
