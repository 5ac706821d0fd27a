"""An opened case against the slices of it, one by one."""

import nibabel
import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from space.answer import Responder
from space.cuts import Plane, cut
from space.errors import UserError
from space.metrics import Counts, score
from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import ABDOMEN, hu_to_grey
from space.surfaces import surface_distances
from space.whole import distances, figures
from tests.volumes import SPACING, abdomen, dicom_bytes, nifti, slices, write

HU = abdomen(7)
LIVER = (HU >= 110) & (HU < 200)
RESPONDER = Responder(open_bundle(BUNDLED, ""))
LEVEL = 1  # the phantom has no pancreas: at the lowest level there are pixels to count


@pytest.fixture
def files(tmp_path):
    write(tmp_path, [dicom_bytes(dataset) for dataset in slices(HU)])
    paths = sorted(tmp_path.iterdir())
    (tmp_path / "labels.nii.gz").write_bytes(nifti(LIVER.astype(np.uint8), "RAS").to_bytes())
    return paths, tmp_path / "labels.nii.gz"


@pytest.fixture
def opened(files):
    return RESPONDER.open(*files)


@pytest.fixture
def maps():
    return np.stack([RESPONDER.segmenter.predict(hu, pixel_mm=SPACING[1:]).probability for hu in HU])


def test_a_slice_is_predicted_once_and_then_the_same(opened, monkeypatch):
    first = opened.predict(3)
    assert opened.missing == [0, 1, 2, 4, 5, 6]
    monkeypatch.setattr(RESPONDER.segmenter, "predict", lambda *_, **__: pytest.fail("a slice is predicted again"))
    again = opened.predict(3)
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.probability, again.probability)
    assert np.array_equal(first.table, again.table)
    assert first.field == again.field


def test_whoever_opens_the_same_files_again_finds_what_was_found(files):
    paths, labels = files
    RESPONDER.open(paths, labels).predict(2)
    assert 2 not in RESPONDER.open(paths, labels).missing
    assert 2 not in RESPONDER.open(paths, None).missing
    assert 2 in RESPONDER.open(paths, labels, turned=1).missing


def test_a_slice_that_somebody_gave_in_another_file_is_not_predicted_again(files, tmp_path, monkeypatch):
    first = RESPONDER.open(*files).predict(3)
    copies = tmp_path / "copies"
    copies.mkdir()
    other = [copies / f"renamed-{path.name}" for path in files[0]]
    for path, copy in zip(files[0], other, strict=True):
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(RESPONDER.segmenter, "predict", lambda *_, **__: pytest.fail("a slice is predicted again"))
    again = RESPONDER.open(other, files[1]).predict(3)
    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.probability, again.probability)
    assert np.array_equal(first.table, again.table)
    assert first.field == again.field


def test_the_same_values_in_pixels_of_another_size_are_another_slice(tmp_path, monkeypatch):
    image, seen, run = nifti(HU), [], RESPONDER.segmenter.predict

    def watched(hu, reference, *, pixel_mm):
        seen.append(pixel_mm)
        return run(hu, reference, pixel_mm=pixel_mm)

    monkeypatch.setattr(RESPONDER.segmenter, "predict", watched)
    for scale in (3, 4):
        path = tmp_path / f"{scale}.nii"
        path.write_bytes(nibabel.Nifti1Image(image.dataobj, image.affine @ np.diag([scale, scale, 1, 1])).to_bytes())
        RESPONDER.open(path, None).predict(3)
    assert len(set(seen)) == 2


def test_a_mask_that_comes_after_the_prediction_is_counted_as_if_it_had_been_there(files, opened):
    bare = RESPONDER.open(files[0], None)
    bare.prediction(LEVEL)
    assert not opened.missing
    for place, hu in enumerate(HU):
        expected = RESPONDER.segmenter.predict(hu, LIVER[place], pixel_mm=SPACING[1:])
        assert np.array_equal(opened.predict(place).table, expected.table)
        assert np.array_equal(opened.tables([place])[0], expected.table)


def test_tables_count_each_slice_against_its_own_part_of_the_mask(opened, maps):
    for place, table in enumerate(opened.tables(range(len(HU)))):
        counted = confusion_matrix(LIVER[place].ravel(), maps[place].ravel() >= LEVEL, labels=[False, True])
        assert table[LEVEL].tolist() == [counted[1, 1], counted[0, 1], counted[1, 0]]


def test_the_prediction_of_all_slices_is_that_of_each(opened, maps):
    assert np.array_equal(opened.prediction(LEVEL), maps >= LEVEL)
    assert not opened.missing


BESIDE: list[tuple[Plane, int]] = [("coronal", HU.shape[1]), ("sagittal", HU.shape[2]), ("coronal", -1)]


@pytest.mark.parametrize(("plane", "at"), [("coronal", 20), ("sagittal", 33)])
def test_a_cut_shows_the_head_at_the_top_and_what_was_found_so_far(opened, maps, plane, at):
    opened.predict(2)
    here = (slice(None), at) if plane == "coronal" else (slice(None), slice(None), at)
    seen = cut(opened, plane, at, ABDOMEN)
    assert np.array_equal(seen.pixels, hu_to_grey(HU)[here][::-1])
    assert seen.reference is not None
    assert np.array_equal(seen.reference, LIVER[here][::-1])
    assert np.array_equal(seen.probability[4], maps[2][at] if plane == "coronal" else maps[2][:, at])
    assert not np.delete(seen.probability, 4, axis=0).any()


def test_a_plane_beside_the_slices_is_refused(opened):
    for plane, at in BESIDE:
        with pytest.raises(UserError, match=f"no {plane} plane"):
            cut(opened, plane, at, ABDOMEN)


def test_figures_are_those_of_the_geometry(opened, maps):
    rows, totals = figures(opened, LEVEL)
    prediction = maps >= LEVEL
    voxel = np.prod(SPACING) / 1000
    assert totals["mask_ml"] == pytest.approx(LIVER.sum() * voxel)
    assert totals["predicted_ml"] == pytest.approx(prediction.sum() * voxel)
    tp = int((prediction & LIVER).sum())
    expected = score(Counts(tp, int(prediction.sum()) - tp, int(LIVER.sum()) - tp))
    assert totals["dice"] == (None if np.isnan(expected.dice) else expected.dice)
    assert [row["mask_pixels"] for row in rows] == LIVER.sum(axis=(1, 2)).tolist()
    assert rows[4]["mask_mm2"] == pytest.approx(LIVER[4].sum() * SPACING[1] * SPACING[2])
    assert [row["slice"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    apart = surface_distances(prediction, LIVER, SPACING)
    assert (totals["hausdorff_distance_mm"], totals["mean_distance_mm"]) == (apart.hausdorff, apart.mean)


def test_without_a_mask_there_are_volumes_but_no_scores(files):
    opened = RESPONDER.open(files[0], None)
    rows, totals = figures(opened, LEVEL)
    assert totals["predicted_ml"] is not None
    assert totals["mask_ml"] is totals["dice"] is totals["hausdorff95_distance_mm"] is None
    assert {row["mask_pixels"] for row in rows} == {None}
    assert set(distances(opened, LEVEL)) == {None}


@pytest.mark.parametrize("turned", [1, 6])
def test_a_turned_case_turns_its_mask_with_it(files, turned):
    paths, labels = files
    opened = RESPONDER.open(paths, labels, turned=turned)
    mirrored = HU[:, :, ::-1] if turned >= 4 else HU
    expected = np.rot90(mirrored, -turned, axes=(1, 2))
    assert np.array_equal(opened.case.hu, expected)
    assert opened.reference is not None
    assert np.array_equal(opened.reference, (expected >= 110) & (expected < 200))
    answer = RESPONDER.answer(paths, labels, 0.5, place=3, turned=turned)
    assert np.array_equal(answer.pixels, hu_to_grey(expected[3]))
    assert "as you asked" in " ".join(answer.notes)
    assert answer.millilitres == pytest.approx(np.prod(SPACING) / 1000)
