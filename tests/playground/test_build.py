"""The WebAssembly that is committed is what the C beside it says."""

import os
import shutil
import subprocess

from filelock import FileLock

from tests.browser.chromium import LOCK
from tests.playground.node import run
from tests.serving import ROOT

SMALL = {"filters": 4, "pools": 2, "subjects": 4}
ALL = {  # whatever SMALL leaves out
    "augment": True, "norm": "batch", "dropout": 0.2, "loss": "dice_bce", "upsampling": "resize", "activation": "elu"
}  # fmt: skip


def llvm():
    """Look for clang and wasm-ld; on Debian, as root, get them by apt."""
    with FileLock(LOCK):
        if not (shutil.which("clang") and shutil.which("wasm-ld")) and shutil.which("apt-get") and os.geteuid() == 0:
            environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
            for command in (["update"], ["install", "-y", "clang", "lld"]):
                subprocess.run(["apt-get", "-q", *command], env=environment, check=False)
    for tool in ("clang", "wasm-ld"):
        assert shutil.which(tool), f"This test needs {tool}: install clang and lld, which Debian and Ubuntu have."


def test_the_sources_built_anew_train_as_the_committed_file_to_the_last_bit(tmp_path, monkeypatch):
    llvm()
    built = tmp_path / "ops.wasm"
    subprocess.run(["sh", ROOT / "space/playground/ops/build.sh", built], check=True)
    for settings in (SMALL, SMALL | ALL):
        committed = run("train.mjs", "16", settings)
        monkeypatch.setenv("OPS", str(built))
        assert run("train.mjs", "16", settings) == committed
        monkeypatch.delenv("OPS")
