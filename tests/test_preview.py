"""What a site that does not run scripts shows of a shared link: read from the page as such a site does."""

from __future__ import annotations

import dataclasses
import io
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from PIL import Image

from space.answer import Responder
from space.drawing import PREDICTION, REFERENCE
from space.model.bundle import Bundle
from space.ui.postcard import postcard
from space.ui.preview import preview, tags
from tests.bundles import BUNDLE, EVIL, with_contract
from tests.other import foreign_words, other_bundle
from tests.serving import DIRECTLY

Head = dict[str, list[str]]


class Crawler(HTMLParser):
    """Collects what the head says of the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Head = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_title = tag == "title"
        name = given.get("property") or given.get("name")
        if tag == "meta" and name:
            self.found.setdefault(name, []).append(given.get("content") or "")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.found.setdefault("title", []).append(data)
            self._in_title = False


def head(page: str) -> Head:
    crawler = Crawler()
    crawler.feed(page)
    return crawler.found


def fetch(url: str, **headers: str) -> tuple[bytes, str]:
    asked = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
    with DIRECTLY.open(asked, timeout=60) as answer:
        return answer.read(), answer.headers["Content-Type"]


def crawl(url: str, **headers: str) -> Head:
    page, kind = fetch(url, **headers)
    assert kind.startswith("text/html")
    return head(page.decode())


def is_of_the_bundle(found: Head, address: str, root: str) -> None:
    """Check the head of the page with the bundled model, and that nothing stands twice or is Gradio's."""
    shared = [name for name in found if name.startswith(("og:", "twitter:")) or name in ("title", "description")]
    assert {name: len(found[name]) for name in shared} == dict.fromkeys(shared, 1)
    assert found["title"] == found["og:title"] == found["twitter:title"] == ["Find the pancreas"]
    assert found["og:url"] == [address]
    assert found["og:image"] == found["twitter:image"] == [f"{root}/postcard.png"]
    assert found["twitter:card"] == ["summary_large_image"]
    assert found["description"] == found["og:description"] == found["twitter:description"]
    assert "marks the pancreas on an axial CT slice" in found["description"][0]
    said = str([found[name] for name in shared])
    assert "gradio" not in said.lower()
    assert "{" not in said.replace("{'", "")


def is_the_picture(picture: bytes, kind: str) -> None:
    assert kind == "image/png"
    assert Image.open(io.BytesIO(picture)).size == (1200, 630)
    assert picture == postcard(Responder(BUNDLE))


def test_the_page_by_itself(app_url: str) -> None:
    found = crawl(f"{app_url}/")
    is_of_the_bundle(found, f"{app_url}/", app_url)
    is_the_picture(*fetch(found["og:image"][0]))


def test_a_link_to_a_view_stays_a_link_to_that_view(app_url: str) -> None:
    address = f"{app_url}/?tab=dice&theme=dark"
    is_of_the_bundle(crawl(address), address, app_url)


def test_the_page_is_still_whole(app_url: str) -> None:
    page = fetch(f"{app_url}/")[0].decode()
    assert "window.gradio_config" in page
    assert page.rstrip().endswith("</html>")


def test_head_requests_are_answered(app_url: str) -> None:
    for path in ("/", "/postcard.png"):
        with DIRECTLY.open(urllib.request.Request(app_url + path, method="HEAD"), timeout=60) as answer:
            assert (answer.status, answer.read()) == (200, b"")


def test_behind_a_web_server_and_below_a_path(below_a_path: tuple[str, str]) -> None:
    inner, outer = below_a_path
    found = crawl(f"{outer}?tab=inside")
    is_of_the_bundle(found, f"{outer}?tab=inside", outer.rstrip("/"))
    is_the_picture(*fetch(found["og:image"][0]))
    named = {"X_Forwarded_Host": "example.org", "X_Forwarded_Proto": "https"}
    is_of_the_bundle(crawl(f"{inner}/", **named), "https://example.org/pancreas/", "https://example.org/pancreas")


def test_inside_another_web_app(inside_another: tuple[str, Path]) -> None:
    host, _ = inside_another
    found = crawl(f"{host}/pancreas/")
    is_of_the_bundle(found, f"{host}/pancreas/", f"{host}/pancreas")
    is_the_picture(*fetch(found["og:image"][0]))


def test_the_pages_of_the_other_app_are_its_own(inside_another: tuple[str, Path]) -> None:
    assert "og:title" not in crawl(f"{inside_another[0]}/docs")


# ---------- what is said and drawn


def pixels(bundle: Bundle) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(postcard(Responder(bundle)))).convert("RGB"))


def where(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.asarray((picture == colour).all(-1))


def test_the_picture_shows_both_outlines_of_the_first_example() -> None:
    sample = BUNDLE.samples[0]
    picture = pixels(BUNDLE)[:, :630]
    mask = np.asarray(Image.open(str(sample.mask)))
    answer = Responder(BUNDLE).answer(sample.image, sample.mask, BUNDLE.contract.threshold)
    edge = (512 - int(0.62 * 512)) // 2
    scale = 630 / int(0.62 * 512)
    for colour, drawn in ((REFERENCE, mask), (PREDICTION, answer.prediction & ~mask)):
        rows, columns = np.nonzero(drawn)
        expected = np.array([rows.min(), rows.max(), columns.min(), columns.max()])
        rows, columns = np.nonzero(where(picture, colour))
        found = np.array([rows.min(), rows.max(), columns.min(), columns.max()])
        slack = 4 * scale if colour == REFERENCE else 12 * scale  # the outline in front hides some of the other
        np.testing.assert_allclose(found, (expected - edge) * scale, atol=slack)


def test_another_organ_is_said(tmp_path: Path) -> None:
    bundle = other_bundle(tmp_path / "bundle", "MR")
    about = preview(Responder(bundle))
    assert about.title == "Find the liver"
    assert "the liver on an axial MR slice" in about.description
    assert not foreign_words(" ".join(about[:3]), "MR")
    if not bundle.samples:
        assert not where(pixels(bundle), REFERENCE).any()


def test_a_person_is_not_called_synthetic() -> None:
    person = dataclasses.replace(BUNDLE, samples=(BUNDLE.samples[0].model_copy(update={"synthetic": False}),))
    drawn, real = preview(Responder(BUNDLE)), preview(Responder(person))
    assert "synthetic" in drawn.alternative
    assert "synthetic" not in real.alternative
    assert real.picture != drawn.picture


def test_an_example_without_a_mask_has_one_outline() -> None:
    bundle = dataclasses.replace(BUNDLE, samples=(BUNDLE.samples[0].model_copy(update={"mask": None}),))
    picture = pixels(bundle)
    assert where(picture, PREDICTION).any()
    assert not where(picture, REFERENCE).any()
    assert "orange" not in preview(Responder(bundle)).alternative


def test_what_comes_from_outside_is_text() -> None:
    bundle = with_contract(target=f'"{EVIL}')
    written = tags(preview(Responder(bundle)), f'https://example.org/?"{EVIL}', "https://example.org/postcard.png")
    assert EVIL not in written
    assert head(written)["og:title"] == [f'Find the "{EVIL}']


def test_a_long_name_stays_on_the_picture() -> None:
    picture = pixels(with_contract(target="left adrenal gland and its tumours, all of them, wherever they may lie"))
    assert (picture[:, 1190:] == picture[0, -1]).all()
