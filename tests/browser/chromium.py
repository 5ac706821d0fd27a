"""A Chromium, driven by Playwright: one that the machine has, or one that is got here."""

import getpass
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Browser, BrowserType, Error, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
LOCK = Path(tempfile.gettempdir()) / f"find-the-pancreas-browser-{getpass.getuser()}.lock"  # tests run side by side


class BrowserError(Exception):
    """The browser tests have no browser: what to install."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless browser; where there is none that starts, get one first."""
    with sync_playwright() as playwright:
        browser = started(playwright.chromium)
        yield browser
        browser.close()


def started(kind: BrowserType) -> Browser:
    """Start the first Chromium that works: installed already, then by apt, then by Playwright's installer."""
    reasons: list[str] = []
    with FileLock(LOCK):
        for get in (use_what_is_there, get_by_apt, get_by_playwright):
            get()
            installed = [*filter(None, map(shutil.which, NAMES)), kind.executable_path]
            for path in filter(os.path.exists, installed):
                try:
                    return kind.launch(executable_path=path, args=ARGUMENTS)
                except Error as error:
                    reasons.append(f"{path} does not start: {error}")
    raise BrowserError(
        "The browser tests need Chromium, and could neither find nor download one that starts. Install Chromium or "
        "Google Chrome; or run 'python -m playwright install --with-deps chromium' as an administrator.\n"
        + "\n".join(reasons)
    )


def use_what_is_there() -> None:
    """Get nothing."""


def get_by_apt() -> None:
    """Install Debian's package, as root."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "chromium"]):
            subprocess.run(["apt-get", "-q", *command], env=environment, check=False)


def get_by_playwright() -> None:
    """Download Playwright's own browser into the user's cache."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
