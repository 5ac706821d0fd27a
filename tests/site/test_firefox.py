"""The page without a server in Firefox: the same Dice as in Python, and the same sentences of files of one's own."""

import imagecodecs
import nibabel
import pytest
from PIL import Image

from space.answer import Responder
from space.metrics import Counts, score
from space.model.bundle import BUNDLED, open_bundle
from tests.browser.firefox import firefox
from tests.corpus.scans import packed
from tests.site.building import BELOW
from tests.site.watching import watched_site
from tests.test_archive import zipped
from tests.volumes import abdomen, nifti


@pytest.fixture(scope="module")
def responder() -> Responder:
    return Responder(open_bundle(BUNDLED, ""))


@pytest.fixture
def own(tmp_path, responder):
    """Files that need all that the page unpacks by programs of its own: JPEG 2000, JPEG, TIFF, gzip, zip."""
    folder = tmp_path / "own"
    folder.mkdir()
    with Image.open(responder.bundle.samples[0].image) as picture:
        picture.convert("L").save(folder / "grey.jpg", quality=95)
        picture.convert("L").save(folder / "packed.tif", compression="tiff_lzw")
    nibabel.save(nifti(abdomen()), folder / "volume.nii.gz")
    jpeg2k = packed(
        "1.2.840.10008.1.2.4.90", lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", level=0)
    )
    series = tmp_path / "series"
    series.mkdir()
    jpeg2k(series)
    zipped(folder / "series.zip", {path.name: path.read_bytes() for path in series.iterdir()})
    return folder


def test_firefox_computes_pythons_dice_and_reads_what_python_reads(responder, own, site_folder, tmp_path):
    dice = {}
    for sample in responder.bundle.samples:
        table = responder.answer(sample.image, sample.mask, 0.5).table
        assert table is not None
        dice[sample.name] = score(Counts(*map(int, table[128]))).dice
    said = {path.name: " ".join(responder.answer(path, None, 0.5).notes) for path in own.iterdir()}
    profile = tmp_path / "profile"
    profile.mkdir()
    with watched_site(site_folder.parents[1], BELOW, own) as (url, reports), firefox(url, profile):
        assert reports.get(timeout=300) == {"found": dice, "said": said}
