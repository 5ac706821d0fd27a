import numpy as np
import pytest

from space.case import Case
from space.turning import TURNS, turn, turn_back, turned_case
from tests.volumes import abdomen


@pytest.mark.parametrize("how", TURNS)
def test_every_turn_is_mirrored_first_then_turned_clockwise_and_can_be_undone(how):
    from PIL import Image

    stack = abdomen(2)
    for given, got in zip(stack, turn(stack, how), strict=True):
        picture = Image.fromarray(given.astype(np.int32))
        if how >= 4:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        assert np.array_equal(got, np.asarray(picture.rotate(-90 * (how % 4), expand=True)))
    assert np.array_equal(turn_back(turn(stack, how), how), stack)


def test_a_turned_case_keeps_its_pixel_size_and_says_what_was_done():
    case = Case("CT", abdomen(2), spacing=(5.0, 3.5, 4.0), affine=np.eye(4))
    assert turned_case(case, 0) is case
    quarter, mirrored = turned_case(case, 1), turned_case(case, 4)
    assert quarter.spacing == (5.0, 4.0, 3.5)
    assert mirrored.spacing == case.spacing
    assert quarter.affine is mirrored.affine is None
    assert quarter.notes == ("The slices are turned a quarter clockwise, as you asked.",)
