"""A Firefox without a driver: it opens an address, and the page there tells its server what it found."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from tests.browser.chromium import LOCK, BrowserError

NAMES = ("firefox-esr", "firefox")
PREFERENCES = """
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.proxy.type", 0);
"""


@contextmanager
def firefox(address: str, profile: Path) -> Iterator[None]:
    """Keep an address open in a headless Firefox; where there is none, install one first."""
    with FileLock(LOCK):
        path = installed() or by_apt() or by_playwright()
    if not path:
        raise BrowserError("The playground's test needs Firefox, and could neither find nor install one.")
    (profile / "user.js").write_text(PREFERENCES)
    command = [path, "--headless", "--no-remote", "--profile", os.fspath(profile), address]
    environment = os.environ | {"HOME": os.fspath(profile)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def installed() -> str | None:
    """Return the first that is on the machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def by_apt() -> str | None:
    """Install Debian's package, as root."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "firefox-esr"]):
            subprocess.run(["apt-get", "-q", *command], env=environment, check=False)
    return installed()


def by_playwright() -> str | None:
    """Download Playwright's own browser into the user's cache."""
    subprocess.run([sys.executable, "-m", "playwright", "install", "firefox"], check=False)
    # in a process of its own: the tests' Chromium has Playwright already
    where = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.firefox.executable_path)"
    path = subprocess.run([sys.executable, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    return path if Path(path).exists() else None
