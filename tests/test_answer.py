import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from space.answer import Responder
from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle

BUNDLE = open_bundle(BUNDLED, "")
RESPONDER = Responder(BUNDLE)
SAMPLE = BUNDLE.samples[0]


def test_the_pictures_show_the_slice_the_prediction_and_the_tracing():
    answer = RESPONDER.answer(SAMPLE.image, SAMPLE.mask, 0.5)
    pixels = np.asarray(Image.open(SAMPLE.image))
    assert answer.name == Path(SAMPLE.image).stem
    assert answer.reference is not None
    untouched = ~answer.prediction & ~answer.reference
    assert np.array_equal(answer.overlay()[untouched], np.repeat(pixels[untouched][:, None], 3, axis=1))
    assert not np.array_equal(answer.overlay()[answer.prediction][:, 0], pixels[answer.prediction])


def test_a_threshold_of_0_marks_every_pixel_and_a_higher_one_never_marks_more():
    areas = [RESPONDER.answer(SAMPLE.image, None, threshold).area for threshold in (0, 0.25, 0.5, 0.75, 1)]
    assert areas[0] == np.asarray(Image.open(SAMPLE.image)).size
    assert areas == sorted(areas, reverse=True)


def test_without_a_mask_the_figures_hold_nothing_that_needs_one():
    answer = RESPONDER.answer(SAMPLE.image, None, 0.5)
    figures = RESPONDER.figures(answer, 0.5)
    assert figures["dice"] is figures["iou"] is figures["reference_pixels"] is None
    assert figures["area_percent"] == pytest.approx(100 * answer.prediction.mean())


def test_an_undefined_score_is_none_in_json_and_nan_in_python(tmp_path):
    Image.open(SAMPLE.image).rotate(180).save(tmp_path / "turned.png")
    Image.new("1", (512, 512)).save(tmp_path / "empty.png")
    answer = RESPONDER.answer(tmp_path / "turned.png", tmp_path / "empty.png", 1)
    assert answer.area == 0
    assert answer.scores is not None
    assert math.isnan(answer.scores.dice)
    assert RESPONDER.figures(answer, 1)["dice"] is None


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_a_threshold_that_is_no_probability_is_refused(threshold):
    with pytest.raises(UserError, match="must lie within 0 and 1"):
        RESPONDER.answer(SAMPLE.image, None, threshold)


def test_no_slice_says_what_to_do():
    with pytest.raises(UserError, match="choose an example or upload"):
        RESPONDER.answer(None, None, 0.5)
