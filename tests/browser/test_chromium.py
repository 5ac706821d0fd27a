"""Where no browser can be had, the tests say what to install."""

import os
import subprocess
import sys

from tests.serving import ROOT

START = "from tests.browser.chromium import chromium\nwith chromium(): print('started')"


def test_without_any_browser_it_is_said_what_to_install(tmp_path):
    nothing = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}  # no browser, and no apt
    env = os.environ | nothing | {"PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Install Chromium or Google Chrome; or run" in done.stderr
