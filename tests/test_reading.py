import gzip
import os
import runpy
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from space.case import Case, Layout
from space.drawing import png
from space.errors import Question, UserError
from space.preprocessing import ABDOMEN, hu_to_grey
from space.readers import guard
from space.readers.guard import read_volume
from space.readers.kept import Kept
from space.readers.label_volume import read_case_mask
from space.readers.reading import read_case
from tests.volumes import IDENTIFIERS, SPACING, abdomen, dicom_bytes, nifti, slices, write

HU = abdomen()


def test_a_volume_comes_back_from_its_process_as_it_was_read(tmp_path):
    case = read_case(write(tmp_path, [dicom_bytes(dataset) for dataset in slices(HU)]), ABDOMEN)
    assert np.array_equal(case.hu, HU)
    assert (case.name, case.reading, case.in_hu) == ("CT series", "", True)
    assert case.spacing == pytest.approx(SPACING)


def test_a_volume_is_read_once_and_again_when_its_file_changed(tmp_path):
    path = tmp_path / "a.nii"
    path.write_bytes(nifti(HU).to_bytes())
    first = read_case(path, ABDOMEN)
    assert read_case([path], ABDOMEN) is first
    path.write_bytes(nifti(HU + np.int16(1)).to_bytes())
    os.utime(path, (1, 1))
    assert np.array_equal(read_case(path, ABDOMEN).hu, HU + 1)


def test_readings_of_pictures_are_no_choice_for_a_volume(tmp_path):
    (tmp_path / "a").write_bytes(nifti(HU).to_bytes())
    with pytest.raises(UserError, match="leave 'values' at 'auto'"):
        read_case(tmp_path / "a", ABDOMEN, "hu+1024")


@pytest.mark.parametrize("seen", ["read", "refused"])
def test_nothing_about_the_patient_leaves_the_reader(tmp_path, seen, capfd, caplog):
    told: dict[str, Any] = {"Modality": "MR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.4"} if seen == "refused" else {}
    path = tmp_path / "Zyxwvut_Qrst_19470312.dcm"
    path.write_bytes(dicom_bytes(slices(HU, **IDENTIFIERS, **told)[4]))
    try:
        case = read_case(path, ABDOMEN)
        said = repr((case.name, case.notes, case.reading, case.spacing))
    except UserError as error:
        said = str(error)
    assert ("MR image" in said) == (seen == "refused")
    for text in (said, *capfd.readouterr(), caplog.text):
        assert not [word for word in ("yxwvut", "YXWVUT", "Qrst", "19470312", "20010203") if word in text]


def test_a_decoder_that_ends_its_process_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(nifti(HU).to_bytes())
    abort = [sys.executable, "-c", "import os; os.abort()"]
    run = subprocess.run
    monkeypatch.setattr(guard.subprocess, "run", lambda command, **settings: run(abort, **settings))
    with pytest.raises(UserError, match="gave up"):
        read_volume([tmp_path / "a"])


def test_a_reading_that_takes_too_much_memory_or_time_is_a_sentence(tmp_path):
    header = bytearray(nifti(HU).to_bytes())
    header[42:48] = np.array([1000, 1000, 290], "<i2").tobytes()
    (tmp_path / "a").write_bytes(gzip.compress(bytes(header)))
    with pytest.raises(UserError, match=r"more memory|damaged|gave up"):
        read_volume([tmp_path / "a"], memory=400 << 20)
    with pytest.raises(UserError, match="took too long"):
        read_volume([tmp_path / "a"], seconds=0)


def test_a_system_without_signals_reads(tmp_path, monkeypatch):
    for name in ("SIGXCPU", "SIGKILL", "SIGBUS"):  # as on Windows
        monkeypatch.delattr(signal, name)
    (tmp_path / "a.nii").write_bytes(nifti(HU).to_bytes())
    there = runpy.run_path(guard.__file__)
    assert np.array_equal(there["read_volume"]([tmp_path / "a.nii"]).hu, read_volume([tmp_path / "a.nii"]).hu)


def test_no_token_of_the_app_reaches_the_process_that_decodes(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(nifti(HU).to_bytes())
    monkeypatch.setenv("HF_TOKEN", "secret")
    seen = {}
    run = subprocess.run

    def watched(command, **settings):
        seen.update(settings["env"])
        return run(command, **settings)

    monkeypatch.setattr(guard.subprocess, "run", watched)
    assert np.array_equal(read_volume([tmp_path / "a"]).hu, HU)
    assert "PATH" in seen
    assert "HF_TOKEN" not in seen


def test_kept_volumes_are_dropped_when_they_are_too_many_or_too_old(tmp_path):
    (tmp_path / "a").write_bytes(nifti(HU).to_bytes())
    case = read_volume([tmp_path / "a"])
    read: list[str] = []

    def reader(name):
        def reading():
            read.append(name)
            return case

        return reading

    few: Kept[Case] = Kept(most_bytes=2 * case.hu.nbytes)
    for name in "abacab":
        few.get(name, reader(name))
    assert "".join(read) == "abcb"
    read.clear()
    asked: Kept[Case] = Kept(most_bytes=2 * case.hu.nbytes)
    for name in "ab":
        asked.get(name, reader(name))
    assert asked.known("a") is case  # it is used: b is the oldest now
    asked.get("c", reader("c"))
    assert (asked.known("a"), asked.known("b")) == (case, None)
    read.clear()
    counted: Kept[Case] = Kept(most_things=2)
    for name in "abacab":
        counted.get(name, reader(name))
    assert "".join(read) == "abcb"
    read.clear()
    old: Kept[Case] = Kept(seconds=0)
    old.get("a", reader("a"))
    old.get("a", reader("a"))
    assert "".join(read) == "aa"


def test_the_name_of_what_is_no_picture_is_not_shown(tmp_path):
    for name in ("Zyxwvut_Qrst.dcm", "Zyxwvut_Qrst.nii.gz", "Zyxwvut Qrst 19470312", "Zyxwvut.txt"):
        (tmp_path / name).write_bytes(b"no such thing")
        with pytest.raises(UserError, match=r"^The file is") as refusal:
            read_case(tmp_path / name, ABDOMEN)
        with pytest.raises(UserError, match=r"^The file is") as other:
            read_case_mask(tmp_path / name, Case("a", np.zeros((1, 52, 60), np.int16)), "liver")
        assert "Zyxwvut" not in str(refusal.value) + str(other.value)


def test_a_question_comes_back_from_the_process_that_reads_and_so_does_its_answer(tmp_path):
    clean = abdomen()
    noisy = hu_to_grey(clean + np.random.default_rng(0).normal(0, 50, clean.shape))
    for name, stack in (("ct", noisy), ("mask", (clean >= 700) * np.uint8(255))):
        (tmp_path / name).mkdir()
        for number, picture in enumerate(stack[::-1]):
            (tmp_path / name / f"{number}.png").write_bytes(png(picture))
    slices, masks = (sorted((tmp_path / name).iterdir()) for name in ("ct", "mask"))
    for order in ("feet-first", "head-first"):
        with pytest.raises(Question) as asked:
            read_case(slices, ABDOMEN)
        assert (asked.value.argument, asked.value.choices[1].value) == ("order", "head-first")
        case = read_case(slices, ABDOMEN, order=order)
        assert np.array_equal(hu_to_grey(case.hu), noisy if order == "head-first" else noisy[::-1])
        assert case.layout == Layout((0, 1, 2), (0,) if order == "head-first" else ())
        mask = read_case_mask(masks, case, "spine", order="head-first").labels.mask("spine")
        assert np.array_equal(mask, clean >= 700)
