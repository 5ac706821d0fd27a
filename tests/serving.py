"""Start the app as a person does, and know when it answers."""

import itertools
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
PORTS = itertools.count(random.randrange(12_000, 30_000))
"""Below those that a system gives to any connection: else one could take a port before its server listens."""
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever proxies the environment names


@contextmanager
def running_app(env: dict[str, str] | None = None, folder: Path = ROOT, python: str = sys.executable) -> Iterator[str]:
    """Run ``python app.py`` in `folder` and yield its address once it answers."""
    port = free_port()
    environment = (env or dict(os.environ)) | {"GRADIO_SERVER_PORT": str(port)}
    with running([python, "app.py"], port, environment, folder) as url:
        yield url


@contextmanager
def running_inside_another(folder: Path) -> Iterator[str]:
    """Run the example of docs/deploy.md from `folder`; yield the address of the app that holds the demo."""
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "deploy.md").read_text("utf-8"), re.DOTALL)
    assert example
    (folder / "host.py").write_text(example[1])
    (folder / "temporary").mkdir()
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "host:app", "--port", str(port)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "temporary")}
    with running(command, port, env, folder) as url:
        yield url
    assert list((folder / "temporary").iterdir()) == [], "uploads were left behind"


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
            process.wait(timeout=120)


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
        except OSError:  # refused, cut off, or too slow
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer within {seconds} seconds")


def free_port() -> int:
    """Return a port that nothing listens on, another one each time."""
    with socket.socket() as probe:
        while True:
            port = next(PORTS)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
