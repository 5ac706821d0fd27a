"""Pictures of slices: every case is read as the phantom it shows, asked about, or refused with its reason."""

from __future__ import annotations

import contextlib
import errno
import struct
from pathlib import Path

import numpy as np
import pytest

from space.errors import UserError
from space.preprocessing import ABDOMEN, Window, hu_to_grey
from space.readers import raster
from space.readers.image import read_slice, readings_of
from space.readers.tiff import BLACK_IS_ZERO
from space.readers.values import READINGS
from tests.cases import Case, truth
from tests.cases.broken import broken_cases
from tests.cases.making import pillow, png, png_bytes, tiff, tiff_bytes
from tests.cases.outcome import faults, slice_outcome
from tests.cases.slices import slice_cases
from tests.cases.values import value_cases

CASES = [*slice_cases(), *value_cases(), *broken_cases()]
HU, GREY = truth().hu, truth().grey
STORED = (HU.astype(int) + 1024).astype(np.uint16)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_is_read_rightly_asked_about_or_refused(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path / case.name)
    assert faults(case, slice_outcome(tmp_path / case.name, case.answer)) == []


@pytest.mark.parametrize("case", broken_cases(), ids=lambda case: case.name)
def test_a_refusal_names_the_file(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path / case.name)
    assert slice_outcome(tmp_path / case.name).said.startswith(case.name)


@pytest.mark.parametrize("window", [ABDOMEN, Window(-1000, 1000), Window(0, 80)])
def test_grey_levels_come_back_exactly_through_any_window(tmp_path: Path, window: Window) -> None:
    png(GREY)(tmp_path / "a.png")
    case = read_slice(tmp_path / "a.png", window)
    assert not case.in_hu
    np.testing.assert_array_equal(hu_to_grey(case.hu[0], window), GREY)


def test_hu_come_back_exactly(tmp_path: Path) -> None:
    png(STORED)(tmp_path / "person-7.png")
    case = read_slice(tmp_path / "person-7.png", ABDOMEN)
    assert (case.name, case.in_hu, case.hu.dtype, case.spacing) == ("person-7", True, np.int16, None)
    np.testing.assert_array_equal(case.hu[0], HU)


def test_the_chosen_reading_is_taken_instead_of_the_likely_one(tmp_path: Path) -> None:
    png(STORED)(tmp_path / "a.png")
    case = read_slice(tmp_path / "a.png", ABDOMEN, "hu+1000")
    np.testing.assert_array_equal(case.hu[0], HU + 24)
    assert case.notes == ("16-bit values, read as HU + 1000.",)


@pytest.mark.parametrize("values", sorted(READINGS))
def test_every_reading_answers_or_refuses_in_a_sentence(tmp_path: Path, values: str) -> None:
    tiff(HU)(tmp_path / "a.tif")
    with contextlib.suppress(UserError):
        assert read_slice(tmp_path / "a.tif", ABDOMEN, values).hu.shape == (1, 512, 512)


def test_an_unknown_reading_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    png(GREY)(tmp_path / "a.png")
    with pytest.raises(UserError, match=r"called 'hounsfield': choose one of auto, grey"):
        read_slice(tmp_path / "a.png", ABDOMEN, "hounsfield")


@pytest.mark.parametrize(("values", "words"), [("symmetric", "from 0 to 1607"), ("hu+32768", "single shade of grey")])
def test_a_reading_that_the_values_cannot_have_is_refused(tmp_path: Path, values: str, words: str) -> None:
    stored = STORED.copy()
    stored[0, 0], stored[0, 1] = 0, 1607
    png(stored.clip(0, 1607))(tmp_path / "a.png")
    with pytest.raises(UserError, match=words):
        read_slice(tmp_path / "a.png", ABDOMEN, values)


def test_a_painted_slice_is_asked_about_whatever_reading_is_given(tmp_path: Path) -> None:
    painted = np.repeat(GREY[..., None], 3, 2)
    painted[truth().organ] = (255, 0, 0)
    pillow(painted)(tmp_path / "a.png")
    with pytest.raises(UserError, match="colours in"):
        read_slice(tmp_path / "a.png", ABDOMEN, "grey")
    found = hu_to_grey(read_slice(tmp_path / "a.png", ABDOMEN, "colour").hu[0], ABDOMEN)
    assert set(found[truth().organ]) == {76}  # ITU-R BT.601
    np.testing.assert_array_equal(found[~truth().organ], GREY[~truth().organ])


@pytest.mark.parametrize("highest", [5119, 5121, 9000])
def test_the_highest_value_does_not_change_how_the_others_are_read(tmp_path: Path, highest: int) -> None:
    stored = STORED.copy()
    stored[300, 250] = highest
    png(stored)(tmp_path / "a.png")
    assert readings_of(tmp_path / "a.png") == ("hu+1024",)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.png is not there"):
        read_slice(tmp_path / "gone.png", ABDOMEN)


def test_a_picture_is_not_called_damaged_for_what_the_computer_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    png(GREY)(tmp_path / "a.png")

    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(raster.Path, "open", none_left)
    with pytest.raises(OSError, match="Too many open files"):
        raster.open_raster(tmp_path / "a.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "tif"])
def test_a_picture_is_refused_for_its_size_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    pillow(GREY)(tmp_path / f"a.{ending}")
    whole = (tmp_path / f"a.{ending}").read_bytes()
    (tmp_path / f"a.{ending}").write_bytes(whole[:700] if ending != "tif" else whole)
    monkeypatch.setattr(raster, "MAX_PIXELS", 512 * 512 - 1)
    with pytest.raises(UserError, match=r"is too large: .* 4096"):
        read_slice(tmp_path / f"a.{ending}", ABDOMEN)


def test_a_tiff_that_does_not_say_what_is_black_is_read_and_says_so(tmp_path: Path) -> None:
    data = tiff_bytes(STORED)
    (tmp_path / "a.tif").write_bytes(data.replace(struct.pack("<HH", 262, 3), struct.pack("<HH", 32768, 3)))
    case = read_slice(tmp_path / "a.tif", ABDOMEN)
    np.testing.assert_array_equal(case.hu[0], HU)
    assert BLACK_IS_ZERO in case.notes


@pytest.mark.parametrize(("code", "becomes"), [(270, 256), (305, 259), (296, 277)])
def test_a_tiff_that_says_twice_how_it_is_stored_is_refused(tmp_path: Path, code: int, becomes: int) -> None:
    data = tiff_bytes(STORED)
    tag = struct.pack("<H", code)
    at = data.index(tag, 8)
    (tmp_path / "a.tif").write_bytes(data[:at] + struct.pack("<H", becomes) + data[at + 2 :])
    with pytest.raises(UserError, match="layout makes no sense"):
        read_slice(tmp_path / "a.tif", ABDOMEN)


def test_a_refusal_has_no_words_of_a_decoder(tmp_path: Path) -> None:
    data = png_bytes(GREY)
    for at in range(8, 600, 7):
        (tmp_path / "a.png").write_bytes(data[:at] + b"\xfe" + data[at + 1 :])
        with pytest.raises(UserError, match=r"^a\.png is [^\x00-\x1f\x7f-\xff]*[.]$"):
            read_slice(tmp_path / "a.png", ABDOMEN)


def test_random_damage_ends_in_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    path = tmp_path / "a"
    for case in rng.choice(len(CASES), 40):
        CASES[case].write(tmp_path / CASES[case].name)
        data = bytearray((tmp_path / CASES[case].name).read_bytes())
        for _ in range(5):
            spoiled = bytearray(data)
            for at in rng.integers(0, min(600, max(1, len(data))), 3) if data else ():
                spoiled[at] = rng.integers(256)
            path.write_bytes(spoiled)
            slice_outcome(path)  # any other exception than a UserError comes through
