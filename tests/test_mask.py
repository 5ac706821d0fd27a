"""Masks: every case is read as the phantom's organ, asked about, or refused with its reason."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from space.errors import Question, UserError
from space.readers import classes
from space.readers.mask import COVERS_MOST, EMPTY, misplaced, read_mask
from space.readers.raster import Raster
from tests.cases import TARGET, Case, truth
from tests.cases.making import png, spoiled_tag, tiff_bytes
from tests.cases.masks import VOC, mask_cases
from tests.cases.outcome import faults, mask_outcome
from tests.fuzz import seeds

ORGAN, BONE = truth().organ, truth().bone
NUMBER = np.where(ORGAN, 2, np.where(BONE, 1, 0)).astype(np.uint8)


@pytest.mark.parametrize("case", mask_cases(), ids=lambda case: case.name)
def test_a_mask_is_read_rightly_asked_about_or_refused(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path / case.name)
    assert faults(case, mask_outcome(tmp_path / case.name, case.answer)) == []


def test_a_palette_of_two_colours_is_a_palette(tmp_path: Path) -> None:
    black_and_red = (320, "H", 6, (0, 65535, 0, 0, 0, 0))
    bits = spoiled_tag(tiff_bytes(ORGAN, photometric="minisblack", extratags=[black_and_red]), 262, 3)
    (tmp_path / "m.tif").write_bytes(bits)
    labels, _ = read_mask(tmp_path / "m.tif", TARGET)
    np.testing.assert_array_equal(labels.mask(TARGET)[0], ORGAN)
    labels, _ = read_mask(tmp_path / "m.tif", TARGET, label="#ff0000")
    np.testing.assert_array_equal(labels.mask(TARGET)[0], ORGAN)


def test_a_fax_that_two_decoders_read_differently_is_refused(tmp_path: Path) -> None:
    organ = seeds.LIVER[1]
    Image.fromarray(organ).save(tmp_path / "m.tif", compression="group4")
    whole = (tmp_path / "m.tif").read_bytes()
    np.testing.assert_array_equal(read_mask(tmp_path / "m.tif", TARGET).labels.mask(TARGET)[0], organ)
    (tmp_path / "m.tif").write_bytes(whole[:9] + b"\xff\xff\xff" + whole[12:])
    with pytest.raises(UserError, match="rows do not fit together"):
        read_mask(tmp_path / "m.tif", TARGET)


def test_the_organ_is_named(tmp_path: Path) -> None:
    png(ORGAN.astype(np.uint8))(tmp_path / "m.png")
    labels, notes = read_mask(tmp_path / "m.png", "liver")
    assert (labels.values.dtype, labels.values.shape, dict(labels.names)) == (np.uint8, (1, 512, 512), {1: "liver"})
    np.testing.assert_array_equal(labels.mask("liver")[0], ORGAN)
    assert notes == ()


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.uint32, np.uint64, np.float32])
@pytest.mark.parametrize("highest", [1, 255, 1 << 24])
@pytest.mark.parametrize("side", [1, 300, 1100])
def test_values_are_told_apart_as_numpy_does(dtype: type, highest: int, side: int) -> None:
    most = min(highest, np.iinfo(dtype).max) if np.dtype(dtype).kind == "u" else highest
    grey: np.ndarray = np.random.default_rng(0).choice(np.linspace(most // 2, most, 9), (side, side)).astype(dtype)
    distinct, numbers = classes._distinct(grey)
    expected, places = np.unique(grey, return_inverse=True)
    np.testing.assert_array_equal(distinct, expected)
    np.testing.assert_array_equal(numbers, places.reshape(grey.shape))


def test_a_mask_of_one_colour_takes_memory_by_its_pixels(tmp_path: Path) -> None:
    red = np.zeros((*ORGAN.shape, 3), np.uint8)
    red[ORGAN] = (255, 0, 1)
    stored = Raster(red, 255)
    tracemalloc.start()
    try:
        classes.classes_of(stored, "m.png")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * ORGAN.size


def test_a_question_lists_every_structure_with_its_share(tmp_path: Path) -> None:
    png(NUMBER, palette=VOC)(tmp_path / "m.png")
    with pytest.raises(Question) as asked:
        read_mask(tmp_path / "m.png", TARGET)
    assert asked.value.argument == "label"
    red, green = sorted(asked.value.choices, reverse=True)
    assert red.value == "#800000"
    assert red.words == f"dark red (#800000), number 1 of the palette: {100 * BONE.mean():.3g}% of the slice"
    assert green.words == f"dark green (#008000), number 2 of the palette: {100 * ORGAN.mean():.3g}% of the slice"


@pytest.mark.parametrize("label", ["1", "#800000", "#800000 "])
def test_another_label_is_another_structure(tmp_path: Path, label: str) -> None:
    png(NUMBER, palette=VOC)(tmp_path / "m.png")
    labels, _ = read_mask(tmp_path / "m.png", "bone", label=label)
    np.testing.assert_array_equal(labels.mask("bone")[0], BONE)


def test_a_label_that_the_mask_lacks_is_an_empty_mask_and_said(tmp_path: Path) -> None:
    png(NUMBER)(tmp_path / "m.png")
    labels, notes = read_mask(tmp_path / "m.png", TARGET, label="9")
    assert not labels.values.any()
    assert notes == ("The mask has no pixel of the label '9'.", EMPTY)


def test_a_mask_of_most_of_the_slice_is_taken_when_it_is_chosen_and_said(tmp_path: Path) -> None:
    png((~ORGAN).astype(np.uint8))(tmp_path / "m.png")
    labels, notes = read_mask(tmp_path / "m.png", "body", label="1")
    np.testing.assert_array_equal(labels.mask("body")[0], ~ORGAN)
    assert COVERS_MOST in notes


@pytest.mark.parametrize("label", ["0", "255"])
def test_a_mask_of_every_pixel_is_empty_if_white_is_not_the_organ_and_refused_if_it_is(
    tmp_path: Path, label: str
) -> None:
    png(np.full((64, 64), 255, np.uint8))(tmp_path / "m.png")
    if label == "255":
        with pytest.raises(UserError, match="marks every pixel"):
            read_mask(tmp_path / "m.png", TARGET, label=label)
    else:
        assert EMPTY in read_mask(tmp_path / "m.png", TARGET, label=label).notes


# masks at the wrong place


ASIDE = np.roll(ORGAN, (-40, -170), (0, 1))  # so that no way of turning it brings it back onto itself


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (ASIDE[::-1], "turned upside down"),
        (ASIDE[:, ::-1], "mirrored left to right"),
        (ASIDE[::-1, ::-1], "turned by 180 degrees"),
        (ASIDE.T, "mirrored along its diagonal"),
        (np.rot90(ASIDE, 3), "turned by 90 degrees"),
        (np.rot90(ASIDE), "turned by 270 degrees"),
    ],
)
def test_a_mask_that_lies_wrong_is_told_how(moved: np.ndarray, words: str) -> None:
    assert words in misplaced(ASIDE, moved)


def test_a_mask_of_elsewhere_is_told_so() -> None:
    assert "of this slice and person" in misplaced(ORGAN, np.roll(ORGAN, -200, 0))


@pytest.mark.parametrize("mask", [ORGAN, np.roll(ORGAN, 5, 1), ORGAN & False])
def test_a_mask_that_touches_the_prediction_or_is_empty_has_no_hint(mask: np.ndarray) -> None:
    assert misplaced(ORGAN, mask) == ""


def test_an_empty_prediction_gives_no_hint() -> None:
    assert misplaced(ORGAN & False, ORGAN) == ""
