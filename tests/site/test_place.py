"""A site that knows where it will stand says so in its head; one that does not says nothing that it does not know."""

from pathlib import Path

import pytest

from space.errors import UserError
from space.site.__main__ import main
from space.site.place import UNKNOWN, Place, head, place_of
from space.ui.preview import Preview

ABOUT = Preview("Find the <liver>", "A U-Net.", "A slice.", b"PNG")


@pytest.mark.parametrize(
    ("address", "page", "picture"),
    [
        ("https://you.github.io/demo", "https://you.github.io/demo/", "https://you.github.io/demo/postcard.png"),
        ("https://you.github.io/demo/", "https://you.github.io/demo/", "https://you.github.io/demo/postcard.png"),
        ("http://a:8000/b/c.html", "http://a:8000/b/c.html", "http://a:8000/b/postcard.png"),
    ],
)
def test_the_picture_lies_beside_the_page(address, page, picture):
    assert place_of(address, with_picture=True) == Place(page, picture)
    assert place_of(address, with_picture=False) == Place(page, "")


@pytest.mark.parametrize(
    "address", ["you.github.io/demo", "ftp://a/b", "https://a/?x=1", "https://a/#b", "http://[", ""]
)
def test_what_is_no_address_of_a_page_is_refused(address):
    with pytest.raises(UserError, match="is no address of a page"):
        place_of(address, with_picture=True)


def test_a_wrong_address_is_a_sentence_before_any_work(tmp_path: Path, capsys):
    assert main(["bundled", str(tmp_path / "site"), "--inside", "my page"]) == 1
    assert capsys.readouterr().err.startswith("The site is not written: 'my page' is no address of a page")


def test_the_head_names_addresses_only_where_they_are_known():
    known = head(ABOUT, place_of("https://you.github.io/demo", with_picture=True))
    assert '<link rel="canonical" href="https://you.github.io/demo/">' in known
    assert '<meta property="og:url" content="https://you.github.io/demo/" />' in known
    assert '<meta property="og:image" content="https://you.github.io/demo/postcard.png" />' in known
    unknown = head(ABOUT, UNKNOWN)
    assert "<title>Find the &lt;liver&gt;</title>" in unknown
    assert '<meta property="og:description" content="A U-Net." />' in unknown
    for absent in ("canonical", "og:url", "image", "http"):
        assert absent not in unknown
