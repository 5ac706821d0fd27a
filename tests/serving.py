"""Start the app as a person does, and know when it answers."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxies the environment names


@contextmanager
def running_app(env: dict[str, str] | None = None, folder: Path = ROOT, python: str = sys.executable) -> Iterator[str]:
    """Run ``python app.py`` in `folder` and yield its address once it answers."""
    port = free_port()
    environment = (env or dict(os.environ)) | {"GRADIO_SERVER_PORT": str(port)}
    with running([python, "app.py"], port, environment, folder) as url:
        yield url


@contextmanager
def running(command: list[str], port: int, env: dict[str, str], folder: Path) -> Iterator[str]:
    """Run a server in `folder` and yield its address once it answers."""
    with running_process(command, port, env, folder) as (url, _):
        yield url


@contextmanager
def running_process(
    command: list[str], port: int, env: dict[str, str], folder: Path
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a server in `folder` and yield its address, once it answers, and its process."""
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT, text=True)
        try:
            wait_for(url, process)
            yield url, process
        except AssertionError:
            log.seek(0)
            print(log.read())  # pytest shows it with the failure
            raise
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 120) -> None:
    """Return when `url` answers, with whatever status."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the app ended with {process.returncode}")
        try:
            with DIRECTLY.open(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within {seconds} seconds")


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
