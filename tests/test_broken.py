"""A changed slice: the trainer's curve for that one slice, the mask that moves along, what is refused."""

import math

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from space.answer import Responder
from space.broken import broken
from space.errors import UserError
from space.metrics import Counts, count, score
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import hu_to_grey
from tests.figures import make_slices
from tests.volumes import SPACING, abdomen, dicom_bytes, slices, write
from trainer.robustness import robustness

RESPONDER = Responder(open_bundle(BUNDLED, ""))
SEGMENTER = RESPONDER.segmenter
SAMPLE = RESPONDER.bundle.samples[1]
LEVEL = 128


@pytest.fixture(scope="module")
def opened():
    return RESPONDER.open(SAMPLE.image, SAMPLE.mask)


def changed(opened, name, strength, place=None):
    return broken(SEGMENTER, "CT", opened, place, name, strength)


def grey_of(opened):
    return hu_to_grey(opened.case.hu[0], SEGMENTER.window)


def dice_of(found):
    return score(Counts(*map(int, found.predicted.table[LEVEL]))).dice


def test_a_slice_has_the_dice_that_the_trainer_measures_on_it(tmp_path):
    image, mask = tmp_path / "image.png", tmp_path / "mask.png"
    for whole, middle in ((SAMPLE.image, image), (str(SAMPLE.mask), mask)):  # it takes a quarter of the time
        Image.open(whole).crop((160, 160, 352, 352)).save(middle)
    opened = RESPONDER.open(image, mask)
    assert opened.reference is not None
    one = make_slices(grey_of(opened)[None], opened.reference.astype(np.uint8), np.array(["ann"]))
    measured = robustness(SEGMENTER, one, 0.5)
    assert len(measured.changes) == 8
    for change in measured.changes:
        for strength, dice in zip(change.strengths, change.dice, strict=True):
            found = dice_of(changed(opened, change.name, strength))
            assert dice == (None if math.isnan(found) else found), (change.name, strength)
    values = {dice for change in measured.changes for dice in change.dice}
    assert len(values) > 20  # the changes do change something


def test_the_trained_strength_is_the_slice_as_it_was_opened(opened):
    as_opened = opened.predict(0)
    for name, trained in (("window level", 135), ("noise", 0), ("blur", 0), ("size", 1), ("shift", 0)):
        found = changed(opened, name, trained)
        for part in ("pixels", "probability", "table"):
            np.testing.assert_array_equal(getattr(found.predicted, part), getattr(as_opened, part))
        np.testing.assert_array_equal(found.reference, opened.reference[0])


def test_slice_and_mask_turn_as_scipy_turns_them(opened):
    found = changed(opened, "rotation", 20)
    before = (grey_of(opened), opened.reference[0])
    image, mask = (ndimage.rotate(array.astype(float), 20, reshape=False, order=1) for array in before)
    inside = ndimage.binary_erosion(mask > 0.5, iterations=2)
    assert found.reference[inside].all()
    assert not found.reference[~ndimage.binary_dilation(mask > 0.5, iterations=2)].any()
    assert found.reference.sum() == pytest.approx(opened.reference[0].sum(), rel=0.01)
    assert np.abs(found.predicted.pixels - image).mean() < 0.5


def test_the_table_counts_against_the_moved_mask(opened):
    found = changed(opened, "shift", 40)
    np.testing.assert_array_equal(found.reference[:, 40:], opened.reference[0][:, :-40])
    expected = count(found.predicted.probability >= LEVEL, found.reference)
    assert tuple(found.predicted.table[LEVEL]) == expected
    assert expected.tp > 0


def test_without_a_mask_there_is_none_afterwards():
    found = changed(RESPONDER.open(SAMPLE.image, None), "rotation", 20)
    assert found.reference is None
    assert found.predicted.probability.max() > LEVEL


def test_a_slice_need_not_be_square_and_of_a_volume_it_is_the_one_that_is_meant(tmp_path):
    hu = abdomen(4, 96, 80)
    write(tmp_path, [dicom_bytes(dataset) for dataset in slices(hu)])
    opened = RESPONDER.open(sorted(tmp_path.iterdir()), None)
    found = changed(opened, "shift", 10, place=3)
    np.testing.assert_array_equal(found.predicted.pixels[:, 10:], hu_to_grey(hu[3])[:, :-10])
    as_moved = np.full(hu[3].shape, SEGMENTER.window.low)  # black where nothing was
    as_moved[:, 10:] = hu[3][:, :-10]
    expected = SEGMENTER.predict(as_moved, pixel_mm=SPACING[1:])
    np.testing.assert_array_equal(found.predicted.probability, expected.probability)


@pytest.mark.parametrize(
    ("name", "strength", "said"),
    [("rotation", 41, "goes from -40 to 40 degrees"), ("blur", -1, "goes from 0 to 4"), ("colour", 1, "no change")],
)
def test_what_is_not_measured_is_refused(opened, name, strength, said):
    with pytest.raises(UserError, match=said):
        changed(opened, name, strength)
    with pytest.raises(UserError, match="no slice 7"):
        changed(opened, "noise", 5, place=7)
