"""Where a site will stand: what its head says of it to the sites where somebody shares it."""

from html import escape
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from space.errors import UserError
from space.ui.preview import PICTURE, Preview, tags


class Place(NamedTuple):
    """Whole addresses; empty where they are not known."""

    page: str = ""
    picture: str = ""
    """Of a picture of the page, which is then written beside it."""


UNKNOWN = Place()


def place_of(address: str, *, with_picture: bool) -> Place:
    """Return where the page will be.

    Parameters
    ----------
    address : of the folder, such as 'https://you.github.io/demo/', or of the page itself.
    with_picture : whether its picture lies beside it.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise UserError(
            f"'{address}' is no address of a page: give all of it, such as https://you.github.io/demo/, without ? and #"
        )
    is_file = parts.path.endswith((".html", ".htm"))
    page = address if is_file or address.endswith("/") else f"{address}/"
    return Place(page, urljoin(page, PICTURE) if with_picture else "")


def head(about: Preview, place: Place) -> str:
    """Return the title of the page and what else there is to say of it, as HTML."""
    own = f'<link rel="canonical" href="{escape(place.page)}">\n' if place.page else ""
    return tags(about, place.page, place.picture) + own
