"""What a phantom promises: a body seen as in radiology, and a mask of known geometry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from space.case import Case
from trainer.phantom.anatomy import make_person, pancreas_depth
from trainer.phantom.drawing import ORGANS, make_phantom
from trainer.phantom.traits import TRAITS, with_traits

SEEDS = (0, 1, 2, 3, 4)


@pytest.fixture(scope="module")
def phantoms() -> list[Case]:
    return [make_phantom(seed, slices=24, size=128) for seed in SEEDS]


def pancreas(phantom: Case) -> np.ndarray:
    return phantom.mask("pancreas")


def spacing(phantom: Case) -> tuple[float, float, float]:
    assert phantom.spacing
    return phantom.spacing


def volume(phantom: Case) -> float:
    """Return the volume of the mask in mm3."""
    return float(pancreas(phantom).sum() * np.prod(spacing(phantom)))


def tube_volume(line: np.ndarray, samples: int = 40_000) -> float:
    """Return the volume in mm3 of the union of balls strung on a line, by throwing points."""
    at = np.linspace(0, len(line) - 1, 300)
    balls = np.stack([np.interp(at, np.arange(len(line)), column) for column in line.T], 1)
    low = (balls[:, :3] - balls[:, 3:]).min(0)
    high = (balls[:, :3] + balls[:, 3:]).max(0)
    points = np.random.default_rng(0).uniform(low, high, (samples, 3))
    inside = np.zeros(samples, bool)
    for x, y, z, radius in balls:
        inside |= ((points - (x, y, z)) ** 2).sum(1) < radius**2
    return float(inside.mean() * np.prod(high - low))


def median_hu(phantom: Case, x: slice, y: slice) -> float:
    """Return the median HU of a box in the middle slice, its place given in mm from the centre."""
    step, size = spacing(phantom)[1], phantom.hu.shape[1]
    rows, columns = (slice(int(size / 2 + s.start / step), int(size / 2 + s.stop / step)) for s in (y, x))
    return float(np.median(phantom.hu[len(phantom.hu) // 2, rows, columns]))


def test_the_same_seed_draws_the_same_phantom(phantoms: list[Case]) -> None:
    again = make_phantom(SEEDS[0], slices=24, size=128)
    np.testing.assert_array_equal(again.hu, phantoms[0].hu)
    assert again.labels
    assert phantoms[0].labels
    np.testing.assert_array_equal(again.labels.values, phantoms[0].labels.values)
    assert again.spacing == phantoms[0].spacing


def test_another_seed_is_another_person(phantoms: list[Case]) -> None:
    volumes = [volume(p) for p in phantoms]
    assert len({p.spacing for p in phantoms}) == len(SEEDS)
    assert max(volumes) > 1.1 * min(volumes)
    assert not np.array_equal(pancreas(phantoms[0]), pancreas(phantoms[1]))


def test_shapes_types_and_spacing_are_as_documented(phantoms: list[Case]) -> None:
    for p in phantoms:
        assert p.hu.shape == pancreas(p).shape == (24, 128, 128)
        assert p.hu.dtype == np.int16
        assert pancreas(p).dtype == np.bool_
        assert 3 < spacing(p)[0] < 7
        assert 0.66 <= spacing(p)[1] * 128 / 512 <= 0.95
        assert spacing(p)[1] == spacing(p)[2]


def test_the_field_of_view_does_not_depend_on_the_size() -> None:
    coarse, fine = (make_phantom(7, slices=2, size=size) for size in (64, 192))
    assert spacing(coarse)[1] * 64 == pytest.approx(spacing(fine)[1] * 192)
    for small, large in zip(pancreas(coarse), pancreas(fine), strict=True):
        there = np.array(ndimage.center_of_mass(small)) / 64
        np.testing.assert_allclose(there, np.array(ndimage.center_of_mass(large)) / 192, atol=0.01)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_the_mask_has_the_volume_of_the_tube_it_was_drawn_from(seed: int) -> None:
    phantom = make_phantom(seed, slices=32, size=96)
    expected = tube_volume(make_person(seed).pancreas.line)
    # The lobules cancel only on average: they leave a few per cent.
    assert volume(phantom) == pytest.approx(expected, rel=0.06)


def test_the_mask_has_the_volume_of_the_lobulated_geometry() -> None:
    pancreas = make_person(1).pancreas
    low = (pancreas.line[:, :3] - pancreas.line[:, 3:]).min(0) - 3
    high = (pancreas.line[:, :3] + pancreas.line[:, 3:]).max(0) + 3
    x, y, z = (np.arange(a, b) for a, b in zip(low, high, strict=True))  # cells of 1 mm3
    cells = sum(int((pancreas_depth(pancreas, x[None], y[:, None], h) > 0).sum()) for h in z)
    assert volume(make_phantom(1, slices=40, size=128)) == pytest.approx(cells, rel=0.03)


def test_the_pancreas_is_one_piece(phantoms: list[Case]) -> None:
    assert [ndimage.label(pancreas(p))[1] for p in phantoms] == [1] * len(SEEDS)


def test_the_stack_covers_the_pancreas_and_a_little_more(phantoms: list[Case]) -> None:
    for p in phantoms:
        pixels = pancreas(p).sum((1, 2))
        assert pixels[0] == pixels[-1] == 0
        assert 17 <= np.count_nonzero(pixels) <= 20


def test_slices_hold_as_much_pancreas_as_real_ones(phantoms: list[Case]) -> None:
    for p in phantoms:
        pixels = pancreas(p).sum((1, 2)) * (512 / 128) ** 2
        assert 200 < np.median(pixels[pixels > 0]) < 3000
        assert pixels.max() < 5500


def test_the_pancreas_stays_in_the_central_field(phantoms: list[Case]) -> None:
    edge = (512 - 320) // 2 * 128 // 512
    for p in phantoms:
        assert pancreas(p)[:, edge:-edge, edge:-edge].sum() == pancreas(p).sum()


def test_the_tail_is_above_the_head_and_towards_the_spleen(phantoms: list[Case]) -> None:
    for p in phantoms:
        held = np.flatnonzero(pancreas(p).any((1, 2)))
        head = ndimage.center_of_mass(pancreas(p)[held[2]])
        tail = ndimage.center_of_mass(pancreas(p)[held[-3]])
        assert head[1] < 64 < tail[1]


def test_the_body_lies_as_in_radiology(phantoms: list[Case]) -> None:
    for p in phantoms:
        spine_rows, _ = np.nonzero((p.hu > 250).mean(0)[:, 54:74] > 0.5)
        assert spine_rows.mean() > 70  # at the bottom of the image
        assert 60 < median_hu(p, slice(-100, -80), slice(-10, 10)) < 160  # liver at the left
        assert median_hu(p, slice(30, 110), slice(-60, 20)) < 60  # bowel and fat at the right
        assert np.median(p.hu[:, :3]) < -900  # air around the body


def test_the_pancreas_has_its_hu_and_lies_in_fat(phantoms: list[Case]) -> None:
    for seed, p in zip(SEEDS, phantoms, strict=True):
        core = ndimage.binary_erosion(pancreas(p), np.ones((1, 3, 3)))
        assert np.median(p.hu[core]) == pytest.approx(make_person(seed).hu["pancreas"], abs=4)
        assert 60 < np.median(p.hu[core]) < 120
        ring = ndimage.binary_dilation(pancreas(p), np.ones((1, 7, 7))) & ~pancreas(p)
        assert (p.hu[ring] < -40).mean() > 0.2


def test_a_single_slice_holds_pancreas() -> None:
    for seed in SEEDS:
        assert make_phantom(seed, slices=1, size=64).mask("pancreas").sum() > 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [({"slices": 0}, "at least 1 slice"), ({"size": 63}, "at least 64 x 64 pixels")],
)
def test_impossible_sizes_are_refused(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_phantom(0, **arguments)


def test_the_label_map_knows_every_organ_that_is_drawn(phantoms: list[Case]) -> None:
    for p in phantoms:
        assert p.labels is not None
        assert tuple(p.labels.names.values()) == ORGANS
        assert p.labels.values.shape == p.hu.shape
        for organ in ("liver", "spleen", "right kidney", "left kidney", "stomach", "duodenum", "colon"):
            assert p.mask(organ).any(), organ


def test_organs_have_the_hu_of_their_person_where_they_are_labelled(phantoms: list[Case]) -> None:
    for seed, p in zip(SEEDS, phantoms, strict=True):
        person = make_person(seed)
        for organ in ("liver", "spleen"):
            core = ndimage.binary_erosion(p.mask(organ), np.ones((1, 3, 3)))
            assert np.median(p.hu[core]) == pytest.approx(person.hu[organ], abs=6)


def test_the_liver_lies_at_the_left_of_the_picture_and_the_spleen_at_the_right(phantoms: list[Case]) -> None:
    for p in phantoms:
        assert ndimage.center_of_mass(p.mask("liver"))[2] < 64 < ndimage.center_of_mass(p.mask("spleen"))[2]
        assert ndimage.center_of_mass(p.mask("right kidney"))[2] < 64 < ndimage.center_of_mass(p.mask("left kidney"))[2]


# ---------- traits


@pytest.fixture(scope="module", params=TRAITS)
def with_trait(request: pytest.FixtureRequest, phantoms: list[Case]) -> list[tuple[str, Case, Case]]:
    """A trait's name, phantoms without it, and with it."""
    name = request.param
    return [
        (name, without, make_phantom(seed, slices=24, size=128, traits=[name]))
        for seed, without in zip(SEEDS, phantoms, strict=True)
    ]


def around(phantom: Case) -> np.ndarray:
    """Return the HU of what lies within about 6 mm of the pancreas, without noise."""
    near = ndimage.binary_dilation(pancreas(phantom), np.ones((1, 3, 3)), iterations=2) & ~pancreas(phantom)
    return np.asarray(phantom.hu[near])


def as_grey(phantom: Case) -> float:
    """Return how much of what touches the pancreas is nearly as grey as it."""
    own = np.median(phantom.hu[pancreas(phantom)])
    return float((np.abs(around(phantom) - own) < 25).mean())


def test_a_trait_leaves_the_body_that_it_does_not_change(with_trait: list[tuple[str, Case, Case]]) -> None:
    for name, without, person in with_trait:
        assert spacing(person)[1:] == spacing(without)[1:]
        assert not np.array_equal(person.hu, without.hu)
        if name != "fatty":  # a smaller pancreas is cut at other heights
            assert person.spacing == without.spacing
            assert np.array_equal(pancreas(person), pancreas(without))


def test_the_pancreas_with_a_trait_is_one_piece_in_the_same_place(with_trait: list[tuple[str, Case, Case]]) -> None:
    for _, without, person in with_trait:
        pieces, _ = ndimage.label(pancreas(person), np.ones((3, 3, 3)))
        sizes = np.bincount(pieces.ravel())[1:]
        assert sizes.max() > 0.97 * sizes.sum()
        shift = np.subtract(*(ndimage.center_of_mass(pancreas(one)) for one in (without, person)))
        assert np.abs(shift).max() < 2.5


def test_less_parts_the_pancreas_from_what_lies_around_it(with_trait: list[tuple[str, Case, Case]]) -> None:
    without, person = [row[1] for row in with_trait], [row[2] for row in with_trait]
    fat = [np.mean([(around(one) < -40).mean() for one in those]) for those in (without, person)]
    if with_trait[0][0] == "fatty":
        assert fat[1] > fat[0]
    else:
        assert np.mean(list(map(as_grey, person))) > 1.15 * np.mean(list(map(as_grey, without)))
        assert fat[1] < fat[0]


def test_a_fatty_pancreas_is_smaller_and_darker_with_fat_in_it() -> None:
    for seed in SEEDS:
        without, fatty = (make_phantom(seed, slices=24, size=128, traits=traits) for traits in ((), ("fatty",)))
        assert volume(fatty) < 0.92 * volume(without)
        inside = [ndimage.binary_erosion(pancreas(one), np.ones((1, 3, 3))) for one in (without, fatty)]
        assert np.median(fatty.hu[inside[1]]) < np.median(without.hu[inside[0]]) - 15
        low = [(one.hu[core] < 30).mean() for one, core in zip((without, fatty), inside, strict=True)]
        assert low[1] > low[0] + 0.02


def test_what_a_trait_does_to_a_seed_does_not_depend_on_other_traits() -> None:
    person = make_person(3)
    both, alone = with_traits(person, ("fatty", "vessels"), 3), with_traits(person, ("vessels",), 3)
    assert both.hu == alone.hu
    assert both.fat != alone.fat
    assert with_traits(person, (), 3) is person


def test_an_unknown_trait_is_refused() -> None:
    with pytest.raises(ValueError, match="no trait 'tall'"):
        make_phantom(0, slices=1, size=64, traits=["tall"])
