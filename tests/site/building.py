"""A site, built as a person builds it and served by a plain web server, below a path."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from space.site.__main__ import main
from tests.packages import installed
from tests.serving import free_port, running

BELOW = "demos/pancreas"


def built_site(folder: Path) -> Path:
    """Build the bundled model's site below a folder that a server sends; return where it lies."""
    installed()
    site = folder / BELOW
    assert main(["bundled", str(site)]) == 0
    return site


def built_file(folder: Path) -> Path:
    """Build the bundled model's page in one file, in a folder; return it."""
    installed()
    page = folder / "demo.html"
    assert main(["bundled", str(page), "--one-file"]) == 0
    return page


def files_of(site: Path) -> Path:
    """Return the folder of the files of a site's one build."""
    [folder] = (site / "files").iterdir()
    return folder


@contextmanager
def served(folder: Path, port: int | None = None) -> Iterator[str]:
    """Serve a folder as Python's own web server does; yield the address of the site in it."""
    port = port or free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder), str(port)]
    with running(command, port, {}, folder) as url:
        yield f"{url}/{BELOW}"
