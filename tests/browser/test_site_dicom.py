"""Compressed DICOM in the page without a server: the browser gets its decoder, in both editions."""

from pathlib import Path

import imagecodecs
import pytest

from tests.corpus.scans import packed
from tests.site.building import files_of

LOADED = 120_000  # ms, until the network has loaded and answered on a busy machine


def series(folder: Path) -> list[str]:
    """Write a series in JPEG 2000; return its files."""
    folder.mkdir()
    packed("1.2.840.10008.1.2.4.90", lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="j2k", level=0))(
        folder
    )
    return [str(path) for path in sorted(folder.iterdir())]


@pytest.mark.parametrize("edition", ["folder", "one file"])
def test_a_compressed_series_is_opened(browser, site_url, site_folder, one_file, tmp_path, edition):
    address = one_file.as_uri() if edition == "one file" else site_url
    assert (files_of(site_folder) / "decoders" / "gdcm.wasm.gz").is_file()
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(address)
    page.locator("#viewer form[data-shown]").wait_for(timeout=LOADED)
    page.locator("#slice-file input").set_input_files(series(tmp_path / "ct"))
    page.locator("#viewer form[data-shown='CT series, slice 7 of 12']").wait_for(timeout=LOADED)
    assert (
        page.locator("#viewer .notes").inner_text().startswith("Slice 7 of 12, counted from the feet: 60 x 52 pixels")
    )
    page.close()
    assert problems == []
