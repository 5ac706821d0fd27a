"""README.md is a Space's card and a manual: what it says must be so."""

import re
from pathlib import Path

import pytest
import yaml
from huggingface_hub import HfApi
from packaging.requirements import Requirement

from space.model.bundle import BUNDLED, open_bundle
from space.model.history import settings_of
from tests.conftest import ROOT, trainer
from trainer.compare import markdown
from trainer.evaluate import figure

README = (ROOT / "README.md").read_text("utf-8")
HEAD = yaml.safe_load(README.split("---")[1])


def pins(name):
    lines = (ROOT / name).read_text().splitlines()
    found = [Requirement(line.split("  #")[0]) for line in lines if line and not line.startswith(("#", "-r"))]
    return {requirement.name: requirement for requirement in found}


def test_the_spaces_gradio_is_the_pinned_one():
    assert str(pins("requirements.txt")["gradio"].specifier) == f"=={HEAD['sdk_version']}"
    assert HEAD["sdk"] == "gradio"


def test_the_card_has_what_a_space_needs():
    assert (ROOT / HEAD["app_file"]).exists()
    assert HEAD["python_version"] == "3.11"
    assert HEAD["license"] == "mit"
    assert len(HEAD["short_description"]) <= 60
    for key in ("title", "emoji", "colorFrom", "colorTo", "models", "tags"):
        assert HEAD[key]


def test_the_hub_accepts_the_card(hub):
    api = HfApi()
    api.create_repo("alice/demo", repo_type="space", space_sdk="gradio")
    api.upload_file(path_or_fileobj=README.encode(), path_in_repo="README.md", repo_id="alice/demo", repo_type="space")


@pytest.mark.parametrize(
    "name",
    ["requirements.txt", "requirements-train.txt", "requirements-train-gpu.txt", "requirements-dev.txt"],
)
def test_every_version_is_pinned(name):
    for requirement in pins(name).values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement


def test_the_app_needs_no_tensorflow():
    assert not {"tensorflow", "keras", "jax", "matplotlib"} & set(pins("requirements.txt"))


@pytest.mark.parametrize("path", sorted((ROOT / "space").rglob("*.py")), ids=lambda path: path.name)
def test_space_imports_neither_the_trainer_nor_tensorflow(path):
    imported = re.findall(r"(?m)^\s*(?:from|import)\s+(\w+)", path.read_text())
    assert not {"trainer", "tensorflow", "keras"} & set(imported)


def commands(word):
    return re.findall(rf"python -m {re.escape(word)} (\w+)([^\n#`]*)", README)


def test_the_commands_of_the_manual_exist_with_their_flags():
    named = commands("trainer")
    assert {command for command, _ in named} == {
        "prepare", "fit", "evaluate", "robustness", "compare", "ablation", "publish"
    }  # fmt: skip
    for command, rest in named:
        help_text = trainer(command, "--help")
        for flag in re.findall(r"--[a-z-]+", rest):
            assert flag in help_text, f"{command} {flag}"
    for command, flags in (("prepare", "--target"), ("publish", "--dry-run --overfitting --beside --ablation")):
        for flag in flags.split():
            assert flag in README
            assert flag in trainer(command, "--help")


def test_files_that_are_named_exist():
    for name in re.findall(r"`((?:tests|trainer|space|docs)/[\w/.-]+)`", README):
        assert (ROOT / name).exists(), name
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).exists(), picture


def test_the_figures_are_those_of_the_bundled_model():
    bundle = open_bundle(BUNDLED, "")
    for split in ("validation", "test"):
        row = re.search(rf"(?m)^\| {split} \|(.*)\|$", README)
        assert row, split
        metrics = bundle.metrics[split]
        shown = [cell.strip() for cell in row[1].split("|")]
        expected = [metrics["mean_volume_dice"], metrics["pooled"]["dice"], metrics["mean_slice_dice"]]
        assert shown[: len(expected)] == [figure(value) for value in expected]
    card = Path(BUNDLED / "README.md").read_text()
    assert figure(bundle.test_dice) in card
    for text in (README, card):
        assert markdown(bundle.metrics["recipes"]) in text
        assert markdown(bundle.metrics["ablation"], settings_of(bundle.contract)) in text
