"""The commands of the trainer, on phantoms and on small folders."""

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import numpy as np
import pytest
from PIL import Image

from space.model.settings import Settings
from tests.conftest import ROOT, fresh_env, trainer
from trainer.presets import PRESETS


def history(run):
    with (run / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_setting_is_a_flag_with_its_help():
    text = trainer("fit", "--help")
    for name in Settings.model_fields:
        assert f"--{name.replace('_', '-')}" in text
    unbroken = "".join(text.split())
    for preset in PRESETS:
        assert preset in unbroken


def test_fit_leaves_all_that_is_needed_to_know_what_was_run(tiny_run, phantom_data):
    config = json.loads((tiny_run / "config.json").read_text())
    assert config["preset"] == "tiny"
    assert config["settings"]["epochs"] == 2
    assert config["data"]["sha256"] == json.loads((phantom_data / "dataset.json").read_text())["sha256"]
    assert {"tensorflow", "keras", "numpy"} <= set(config["packages"])
    rows = history(tiny_run)
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(0 <= float(row["val_volume_dice"]) <= 1 for row in rows)
    assert (tiny_run / "best.weights.h5").exists()


def test_a_finished_run_is_not_trained_again(tiny_run, phantom_data):
    said = trainer("fit", phantom_data, "--preset", "tiny", "--epochs", 2, "--batch", 4, "--out", tiny_run)
    assert "nothing to do" in said
    assert len(history(tiny_run)) == 2


def test_a_run_folder_keeps_to_its_settings(tiny_run, phantom_data):
    said = trainer("fit", phantom_data, "--preset", "tiny", "--out", tiny_run, check=False)
    assert "Error:" in said
    assert "other settings (batch, epochs)" in said


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_goes_on_where_it_was(phantom_data, tmp_path, stop):
    small = ["--preset", "tiny", "--batch", 4, "--crop", 64, "--train-crop", 64]
    arguments = ["fit", phantom_data, *small, "--epochs", 8, "--out", tmp_path]
    command = [sys.executable, "-m", "trainer", *map(str, arguments)]
    # a shell starts what it runs in the background with Ctrl+C ignored, and children inherit that
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, cwd=ROOT, env=fresh_env(), stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    deadline = time.monotonic() + 200
    while not list((tmp_path / "checkpoints").glob("epoch-*")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(stop)
    said = process.communicate(timeout=60)[1]
    done = len(history(tmp_path))
    assert 1 <= done < 8
    if stop != signal.SIGKILL:
        assert process.returncode == 128 + stop
        assert "Stopped. The same command goes on" in said
        assert {line.split()[0] for line in said.splitlines() if line} == {
            "epoch",
            "Stopped.",
            "Stopping",
        }  # no stack, no greetings
    before = history(tmp_path)[:1]
    assert "Resuming after epoch" in trainer(*arguments)
    after = history(tmp_path)
    assert [row["epoch"] for row in after] == [str(epoch) for epoch in range(1, 9)]
    assert after[:1] == before


def test_a_run_that_was_stopped_before_its_calibration_gets_it(tiny_run, phantom_data, tmp_path):
    run = shutil.copytree(tiny_run, tmp_path / "run")
    expected = json.loads((run / "calibration.json").read_text())
    (run / "calibration.json").unlink()
    arguments = ("fit", phantom_data, "--preset", "tiny", "--epochs", 2, "--batch", 4, "--out", run)
    assert "alibrated" in trainer(*arguments)  # or not, with the reason
    assert json.loads((run / "calibration.json").read_text()) == pytest.approx(expected)
    assert "nothing to do" in trainer(*arguments)


def test_evaluate_prints_what_it_writes(tiny_run, phantom_data, tmp_path):
    out = tmp_path / "test.json"
    said = trainer("evaluate", tiny_run, phantom_data, "--split", "test", "--json", out)
    metrics = json.loads(out.read_text())
    assert "Keras and ONNX agree" in said
    for name, dice in (("mean volume", metrics["mean_volume_dice"]), ("pooled", metrics["pooled"]["dice"])):
        assert re.search(rf"(?i){name} Dice +{dice:.3f}", said)
    drawn = {path.name for path in (tiny_run / "figures").iterdir()}
    assert {"curves.png", "test-threshold.png", "test-subjects.png", "test-slices.png"} <= drawn


def test_robustness_prints_what_it_draws(tiny_run, phantom_data, tmp_path):
    out, picture = tmp_path / "robustness.json", tmp_path / "robustness.png"
    said = trainer("robustness", tiny_run, phantom_data, "--json", out, "--figure", picture)
    for change in json.loads(out.read_text())["changes"]:
        assert change["name"] in said
    with Image.open(picture) as drawn:
        assert min(drawn.size) > 400


def test_runs_are_compared_once_both_splits_are_evaluated(tiny_run, phantom_data):
    for split in ("validation", "test"):
        trainer("evaluate", tiny_run, phantom_data, "--split", split)
    (row,) = [line for line in trainer("compare", tiny_run).splitlines() if line.startswith("| tiny |")]
    metrics = json.loads((tiny_run / "metrics.json").read_text())
    assert row.split(" | ")[-3] == f"{metrics['test']['mean_volume_dice']:.3f}"


def test_publish_writes_a_bundle_that_evaluate_opens_and_leaves_alone(tiny_run, phantom_data, tmp_path):
    folder, first, second = tmp_path / "bundle", tmp_path / "1.json", tmp_path / "2.json"
    trainer("publish", tiny_run, "--repo", "alice/unet", "--dry-run", folder)
    files = sorted(path.name for path in folder.rglob("*"))
    trainer("evaluate", folder, phantom_data, "--json", first)
    trainer("evaluate", tiny_run, phantom_data, "--json", second)
    assert first.read_text() == second.read_text()
    published = json.loads((folder / "metrics.json").read_text())["test"]
    for row in (*published["per_subject"], *published["per_slice"]):
        assert row["subject"] == "test-01"
        row["subject"] = json.loads(first.read_text())["per_subject"][0]["subject"]
    assert json.loads(first.read_text()) == published
    assert sorted(path.name for path in folder.rglob("*")) == files


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prepare", "nowhere", "out"], "There is no folder nowhere"),
        (["fit", "nowhere", "--out", "out"], "is not a prepared data set"),
        (["fit", "{data}", "--preset", "huge", "--out", "{out}"], "There is no preset 'huge'"),
        (["fit", "{data}", "--filters", "8,x", "--out", "{out}"], "--filters takes numbers"),
        (["fit", "{data}", "--loss", "hinge", "--out", "{out}"], "--loss cannot be hinge: it should be 'dice', 'bce'"),
        (["fit", "{data}", "--dropout", "2", "--out", "{out}"], "--dropout cannot be 2"),
        (["evaluate", "nowhere", "{data}"], "nowhere is not a run folder, a bundle folder or a model on the Hub"),
        (["evaluate", "{data}", "{data}"], "is not a run folder"),
        (["robustness", "nowhere", "{data}"], "nowhere is not a run folder"),
        (["compare", "nowhere"], "nowhere is not a run folder"),
        (["ablation", "nowhere", "--out", "{out}"], "is not a prepared data set"),
        (["ablation", "{data}", "--out", "{out}", "--epochs", "0"], "--epochs cannot be 0"),
        (["publish", "nowhere", "--repo", "a/b", "--dry-run", "{out}"], "is not a run folder"),
        (
            ["publish", "{run}", "--repo", "a/b", "--overfitting", "nowhere", "--dry-run", "{out}"],
            "nowhere is not a run folder",
        ),
        (
            ["publish", "{run}", "--repo", "a/b", "--beside", "nowhere", "--dry-run", "{out}"],
            "nowhere is not a run folder",
        ),
        (["publish", "{run}", "--repo", "a/b", "--ablation", "nowhere", "--dry-run", "{out}"], "holds no ablation yet"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(arguments, sentence, phantom_data, tiny_run, tmp_path):
    places = {"data": phantom_data, "run": tiny_run, "out": tmp_path / "out"}
    said = trainer(*(argument.format(**places) for argument in arguments), check=False)
    assert said.startswith("Error: ")
    assert sentence in " ".join(said.split())


WHAT_IS_IMPORTED = """
import sys
from trainer.__main__ import main
try:
    main()
finally:
    print("tensorflow" in sys.modules, "keras" in sys.modules)
"""


@pytest.mark.parametrize("command", ["evaluate", "robustness"])
def test_a_wrong_split_is_refused_before_tensorflow_starts(command):
    arguments = [command, "nowhere", "nowhere", "--split", "all"]
    command = [sys.executable, "-c", WHAT_IS_IMPORTED, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "'all' is not one of 'train', 'validation', 'test'" in done.stderr
    assert done.stdout == "False False\n"


def test_help_keeps_what_stands_in_brackets():
    assert "owner/name[@revision]" in trainer("evaluate", "--help")


def test_a_folder_of_images_and_masks_is_prepared(tmp_path):
    rng = np.random.default_rng(0)
    for folder in ("images", "masks"):
        (tmp_path / "source" / folder).mkdir(parents=True)
    for subject in ("anna", "bert", "carl"):
        Image.fromarray(rng.integers(0, 255, (64, 64), np.uint8)).save(tmp_path / f"source/images/{subject}-1.png")
        Image.fromarray(np.eye(64, dtype=bool)).save(tmp_path / f"source/masks/{subject}-1.png")
    said = trainer("prepare", tmp_path / "source", tmp_path / "out")
    assert "train: 1 subjects, 1 slices with the organ, 0 without" in said
