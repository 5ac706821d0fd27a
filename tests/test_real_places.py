"""From headers alone: where slices lie, which are traced, and a few of them that span the organ evenly."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from space.real.places import Place, Traced, place_of, spanning, traced_by
from tests.real import phantom
from tests.volumes import IDENTIFIERS, SPACING, abdomen, dicom_bytes, slices


def stack(count, normal=(0.0, 0.0, 1.0), step=1.0, seed=0):
    """Slices in no order."""
    places = [Place(str(at), tuple(at * step * n for n in normal), normal) for at in range(count)]
    return [places[index] for index in np.random.default_rng(seed).permutation(count)]


def ranks(places, traced, count=12):
    return [int(places[index].instance) for index in spanning(places, traced, count)]


def named(first, last):
    return Traced(frozenset(str(at) for at in range(first, last + 1)), ())


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_the_place_of_a_slice_is_in_the_first_bytes_of_its_file(syntax):
    made = slices(abdomen(3), **IDENTIFIERS)
    for number, dataset in enumerate(made):
        dataset.file_meta.TransferSyntaxUID = syntax
        place = place_of(dicom_bytes(dataset)[:1500], dataset.SeriesInstanceUID)
        assert place
        assert place.instance == dataset.SOPInstanceUID
        assert place.position[2] == 40 + SPACING[0] * number
        assert place.normal == (0, 0, 1)


@pytest.mark.parametrize("change", ["other series", "cut short", "no DICOM", "no place", "not CT"])
def test_a_file_that_does_not_say_where_it_lies_has_no_place(change):
    dataset = slices(abdomen(1))[0]
    series = dataset.SeriesInstanceUID
    if change == "no place":
        del dataset.ImagePositionPatient
    if change == "not CT":
        dataset.Modality = "MR"
    data = dicom_bytes(dataset)
    given = {"cut short": data[:300], "no DICOM": b"<html>" * 100}.get(change, data)
    assert place_of(given, "1.2.3" if change == "other series" else series) is None


@pytest.mark.parametrize("sources", [True, False])
def test_a_few_slices_span_what_is_traced_by_instance_or_by_place(sources):
    made = phantom(sources=sources)
    [seg] = [data for key, data in made.objects.items() if key.startswith(made.case.seg.folder)]
    traced = traced_by(seg, made.case.seg.uid)
    assert traced
    assert len(traced.instances) == (23 if sources else 0)
    ct = {key: data for key, data in made.objects.items() if key.startswith(made.case.ct.folder)}
    places = [place for data in ct.values() if (place := place_of(data, made.case.ct.uid))]
    assert len(places) == 40
    chosen = [made.places[list(ct)[index].rpartition("/")[2]] for index in spanning(places, traced, 12)]
    assert chosen == list(range(9, 33, 2))


@pytest.mark.parametrize("normal", [(0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (0.0, 0.28, 0.96)])
@pytest.mark.parametrize(("first", "last"), [(63, 131), (0, 10), (180, 199), (0, 199), (50, 50), (99, 111)])
def test_the_few_are_even_span_the_organ_and_are_no_more_than_wanted(normal, first, last):
    found = ranks(stack(200, normal), named(first, last))
    steps = set(np.diff(found))
    assert len(steps) == 1
    assert len(found) <= 12
    [stride] = steps
    assert found[0] < first + stride
    assert found[-1] > last - stride
    assert 0 <= found[0] <= found[-1] < 200


def test_a_short_series_is_taken_whole_and_copies_at_one_place_count_once():
    places = stack(5)
    assert ranks([*places, *places], named(1, 2)) == [0, 1, 2, 3, 4]


def test_a_mask_of_another_series_gives_nothing():
    assert spanning(stack(20), Traced(frozenset(["elsewhere"]), ()), 12) == []
    assert spanning(stack(20), Traced(frozenset(["elsewhere"]), ((0, 0, 500.0),)), 12) == []


def test_what_is_no_mask_is_not_taken_for_one():
    made = phantom()
    ct = next(iter(made.objects.values()))
    assert traced_by(ct, made.case.ct.uid) is None
    assert traced_by(b"", "1.2") is None
