"""`python app.py` through its HTTP API, as `gradio_client` and MCP use it."""

import json
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import highdicom
import nibabel
import numpy as np
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from sklearn.metrics import f1_score, jaccard_score, precision_score, recall_score

from space.model.bundle import BUNDLED, open_bundle
from space.preprocessing import hu_to_grey
from space.ui.component import PAGE
from tests import segs
from tests.volumes import SPACING, abdomen, dicom_bytes, nifti, slices

SAMPLE = open_bundle(BUNDLED, "").samples[0]


@pytest.fixture(scope="module")
def client(app_url):
    return Client(app_url, verbose=False)


def segment(client, image, mask=None, threshold=0.5, **more):
    """Return the answer's four parts, the pictures as arrays."""
    *pictures, figures = client.predict(
        handle_file(str(image)), handle_file(str(mask)) if mask else None, threshold, **more, api_name="/segment"
    )
    return *(np.asarray(Image.open(path)) for path in pictures), figures


def test_the_api_offers_a_slice_and_a_volume_and_nothing_else(client):
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/segment", "/segment_volume"]


def test_a_volume_is_answered_with_its_mask_and_figures_and_tells_how_far_it_is(client, tmp_path):
    hu = abdomen(24)
    liver = (hu >= 110) & (hu < 200)
    (tmp_path / "ct.nii").write_bytes(nifti(hu, "RAS").to_bytes())
    (tmp_path / "labels.nii").write_bytes(nifti(liver.astype(np.uint8)).to_bytes())
    paths = [handle_file(str(tmp_path / name)) for name in ("ct.nii", "labels.nii")]
    job = client.submit(*paths, 0.004, "nifti", api_name="/segment_volume")
    told = set()
    while not job.done():
        told |= {(one.index, one.length) for one in job.status().progress_data or []}
    mask, figures = job.result()
    image: Any = nibabel.load(mask)
    given: Any = nibabel.load(tmp_path / "ct.nii")
    assert np.allclose(image.affine, given.affine)
    assert image.shape == given.shape
    assert figures["all"]["mask_ml"] == pytest.approx(liver.sum() * np.prod(SPACING) / 1000)
    assert figures["all"]["predicted_voxels"] == np.count_nonzero(image.get_fdata())
    assert [row["slice"] for row in figures["slices"]] == list(range(1, 25))
    assert (figures["threshold"], "no medical device" in figures["note"]) == (0.004, True)
    assert told
    assert told <= {(done, 24) for done in range(4, 25, 4)}


def test_a_series_is_answered_with_a_segmentation_that_belongs_to_it(client, tmp_path):
    files = segs.series(abdomen(4))
    with zipfile.ZipFile(tmp_path / "series.zip", "w") as packed:
        for number, dataset in enumerate(files):
            packed.writestr(str(number), dicom_bytes(dataset))
    mask, _ = client.predict(handle_file(str(tmp_path / "series.zip")), None, 0.004, "seg", api_name="/segment_volume")
    seg = highdicom.seg.segread(mask)
    assert {uid for *_, uid in seg.get_source_image_uids()} == {file.SOPInstanceUID for file in files}
    with pytest.raises(AppError, match="no kind 'gif'"):
        client.predict(handle_file(str(tmp_path / "series.zip")), None, 0.5, "gif", api_name="/segment_volume")


def test_a_zip_of_a_series_is_answered_at_the_slice_that_is_asked_for(client, tmp_path):
    hu = abdomen(5)
    with zipfile.ZipFile(tmp_path / "series.zip", "w") as packed:
        for number, dataset in enumerate(slices(hu)):
            packed.writestr(str(number), dicom_bytes(dataset))
    liver = (hu >= 110) & (hu < 200)
    liver[[0, 1, 2, 4], :20] = False
    (tmp_path / "labels.nii").write_bytes(nifti(liver.astype(np.uint8)).to_bytes())
    for place in (0, 4, None):
        shown = 3 if place is None else place  # the most of the mask
        asked = {} if place is None else {"place": place}
        overlay, *_, figures = segment(client, tmp_path / "series.zip", tmp_path / "labels.nii", **asked)
        assert (figures["place"], figures["places"]) == (shown, 5)
        assert figures["pixel_mm"] == pytest.approx([SPACING[1], SPACING[2]])
        assert figures["reference_pixels"] == liver[shown].sum()
        outside = hu_to_grey(hu[shown]) == 0  # air
        assert (overlay[outside] == 0).mean() > 0.9
    with pytest.raises(AppError, match="no slice 5"):
        segment(client, tmp_path / "series.zip", place=5)


def test_scores_agree_with_scikit_learn(client):
    _, mask, _, figures = segment(client, SAMPLE.image, SAMPLE.mask)
    truth = np.asarray(Image.open(str(SAMPLE.mask)).convert("L")).ravel() > 0
    predicted = mask.ravel() > 0
    assert figures["dice"] == pytest.approx(f1_score(truth, predicted))
    assert figures["iou"] == pytest.approx(jaccard_score(truth, predicted))
    assert figures["precision"] == pytest.approx(precision_score(truth, predicted))
    assert figures["recall"] == pytest.approx(recall_score(truth, predicted))
    assert figures["area_pixels"] == predicted.sum()
    assert figures["reference_pixels"] == truth.sum()
    assert figures["model"] == open_bundle(BUNDLED, "").contract.title


def test_the_bundled_model_finds_the_pancreas_of_the_bundled_samples(client):
    bundle = open_bundle(BUNDLED, "")
    dice = [segment(client, sample.image, sample.mask)[-1]["dice"] for sample in bundle.samples]
    assert min(dice) > 0.6


@pytest.mark.parametrize("threshold", [0, 0.2, 0.5, 1])
def test_the_mask_is_the_probability_at_the_threshold(client, threshold):
    _, mask, probability, figures = segment(client, SAMPLE.image, threshold=threshold)
    assert np.array_equal(mask > 0, probability / 255 >= threshold)
    assert set(np.unique(mask)) <= {0, 255}
    assert figures["area_pixels"] == (mask > 0).sum()


def test_without_a_mask_there_are_no_scores(client):
    figures = segment(client, SAMPLE.image)[-1]
    assert [figures[name] for name in ("dice", "iou", "precision", "recall")] == [None] * 4


def test_nothing_traced_and_nothing_predicted_is_undefined(client, tmp_path):
    Image.open(SAMPLE.image).rotate(180).save(tmp_path / "turned.png")
    Image.new("1", (512, 512)).save(tmp_path / "empty.png")
    figures = segment(client, tmp_path / "turned.png", tmp_path / "empty.png", 1)[-1]
    assert figures["area_pixels"] == 0
    assert figures["dice"] is None


def test_a_crop_and_its_whole_slice_agree_where_the_network_sees_the_same(client, tmp_path):
    whole = Image.open(SAMPLE.image)
    left, top = (whole.width - 320) // 2, (whole.height - 320) // 2
    whole.crop((left, top, left + 320, top + 320)).save(tmp_path / "crop.png")
    inside = segment(client, tmp_path / "crop.png")[2]
    assert np.array_equal(segment(client, SAMPLE.image)[2][top : top + 320, left : left + 320], inside)


def test_a_16_bit_slice_in_hu_gives_what_its_windowed_form_gives(client, tmp_path):
    grey = np.asarray(Image.open(SAMPLE.image)).astype(np.float64)
    stored = np.rint(grey * 350 / 255 - 40 + 1024).astype(np.uint16)
    Image.fromarray(stored).save(tmp_path / "raw.png")
    raw, windowed = segment(client, tmp_path / "raw.png"), segment(client, SAMPLE.image)
    assert np.abs(raw[2].astype(int) - windowed[2]).max() <= 2
    assert "16-bit values, read as HU + 1024." in raw[3]["notes"]


def test_bad_input_is_refused_in_a_sentence(client, tmp_path):
    Image.new("1", (64, 64)).save(tmp_path / "small.png")
    (tmp_path / "text.png").write_text("not a picture")
    for image, mask, sentence in (
        (SAMPLE.image, tmp_path / "small.png", "is 64 x 64 pixels, but its slice is 512 x 512"),
        (SAMPLE.image, SAMPLE.image, "a mask has black for the background and one other value"),
        (SAMPLE.mask, None, "looks like a mask"),
        (tmp_path / "text.png", None, "is not an image that can be read"),
    ):
        with pytest.raises(AppError, match=sentence):
            segment(client, image, mask)


def test_many_who_ask_for_one_slice_at_once_get_whole_files_of_their_own(app_url):
    thresholds = [0.1, 0.3, 0.5, 0.7] * 5

    def ask(threshold):
        return segment(Client(app_url, verbose=False), SAMPLE.image, threshold=threshold)

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(ask, thresholds))
    for threshold, (_, mask, probability, figures) in zip(thresholds, answers, strict=True):
        assert np.array_equal(mask > 0, probability / 255 >= threshold)
        assert figures["area_pixels"] == (mask > 0).sum()


def test_a_browser_asks_again_for_the_pages_modules(app_url):
    module = f"{app_url}/gradio_api/file={(PAGE / 'gradio.js').as_posix()}"
    with urllib.request.urlopen(module, timeout=30) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "javascript" in answer.headers["Content-Type"]


def test_nothing_else_of_the_apps_own_files_is_served(app_url):
    for path in (PAGE.parent / "settings.py", BUNDLED / "contract.json"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{app_url}/gradio_api/file={path.as_posix()}", timeout=30)
        assert refusal.value.code == 403


def test_a_threshold_outside_0_to_1_is_refused(client):
    with pytest.raises(AppError, match="must lie within 0 and 1"):
        segment(client, SAMPLE.image, threshold=1.5)


def test_both_are_mcp_tools(app_url):
    with urllib.request.urlopen(f"{app_url}/gradio_api/mcp/schema", timeout=30) as answer:
        tools = json.load(answer)
    assert [tool["name"] for tool in tools] == ["segment", "segment_volume"]
    assert all("not for diagnosis" in tool["description"] for tool in tools)


def test_an_upload_over_the_limit_is_refused(app_url):
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    body += bytes(201 * 2**20) + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(f"{app_url}/gradio_api/upload", body, headers)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=60)
    assert refusal.value.code == 413
