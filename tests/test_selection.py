"""Which slices are taken: counted, against what was asked for."""

import numpy as np
import pytest

from trainer.selection import Selection


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_the_share_of_slices_without_the_organ_holds_where_each_subject_has_few(share: float) -> None:
    selection = Selection(empty=share)
    has_organ = np.array([False, True, True, False, False])
    taken = [selection.of(f"subject {number}", has_organ) for number in range(40)]
    assert sum(not has_organ[place] for places in taken for place in places) == round(share * 3 * 40)
    assert all({1, 2} <= set(places) for places in taken)


def test_every_third_slice_is_counted_within_a_subject_over_its_volumes() -> None:
    selection = Selection(every=3)
    assert [selection.of("ann", np.ones(4, bool)) for _ in range(2)] == [[0, 3], [2]]
    assert selection.of("bob", np.ones(4, bool)) == [0, 3]
