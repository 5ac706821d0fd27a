"""README.md is a Space's card and a manual: what it says must be so."""

import re

import pytest
import yaml
from huggingface_hub import HfApi

from space.metrics import score_text
from space.model.bundle import BUNDLED, open_bundle
from tests.conftest import ROOT, trainer
from tests.supply.locked import locked
from trainer.report import markdown

README = (ROOT / "README.md").read_text("utf-8")
NUMBERS = (ROOT / "docs" / "numbers.md").read_text("utf-8")
BUNDLE = open_bundle(BUNDLED, "")
HEAD = yaml.safe_load(README.split("---")[1])


def test_the_spaces_gradio_is_the_pinned_one():
    assert [pin.version for pin in locked("requirements.txt")["gradio"]] == [HEAD["sdk_version"]]
    assert HEAD["sdk"] == "gradio"


def test_the_card_has_what_a_space_needs():
    assert (ROOT / HEAD["app_file"]).exists()
    assert HEAD["python_version"] == "3.11"
    assert HEAD["license"] == "mit"
    assert len(HEAD["short_description"]) <= 60
    for key in ("title", "emoji", "colorFrom", "colorTo", "tags"):
        assert HEAD[key]


def test_the_hub_accepts_the_card(hub):
    api = HfApi()
    api.create_repo("alice/demo", repo_type="space", space_sdk="gradio")
    api.upload_file(path_or_fileobj=README.encode(), path_in_repo="README.md", repo_id="alice/demo", repo_type="space")


@pytest.mark.parametrize("path", sorted((ROOT / "space").rglob("*.py")), ids=lambda path: path.name)
def test_space_imports_neither_the_trainer_nor_tensorflow(path):
    imported = re.findall(r"(?m)^\s*(?:from|import)\s+(\w+)", path.read_text())
    assert not {"trainer", "tensorflow", "keras"} & set(imported)


def test_the_card_names_no_model_that_is_not_there():
    assert "models" not in HEAD  # `publish --space` names the one that it serves


MANUAL = {path: path.read_text("utf-8") for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}


def test_the_commands_of_the_manual_exist_with_their_flags():
    named: dict[str, set[str]] = {}
    for text in MANUAL.values():
        for command, rest in re.findall(r"python -m trainer ([a-z]+)([^#`]*)", text):
            named.setdefault(command, set()).update(re.findall(r"--[a-z][a-z-]+", rest.partition("\n")[0]))
    assert set(named) == {
        "prepare",
        "fit",
        "evaluate",
        "robustness",
        "compare",
        "ablation",
        "publish",
        "verify",
        "playground",
    }
    for command, flags in named.items():
        help_text = trainer(command, "--help")
        for flag in flags:
            assert flag in help_text, f"{command} {flag}"


def test_the_flags_that_are_described_exist():
    known = " ".join(trainer(command, "--help") for command in ("prepare", "fit", "evaluate", "publish"))
    text = MANUAL[ROOT / "docs" / "training.md"]
    for flag in re.findall(r"`(--[a-z][a-z-]+)", text):
        assert flag in known, flag


@pytest.mark.parametrize("path", MANUAL, ids=lambda path: path.name)
def test_files_that_are_named_exist(path):
    text = MANUAL[path]
    for name in re.findall(r"`((?:tests|trainer|space|docs)/[\w/.-]+)`", text):
        assert (ROOT / name).exists(), name
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (path.parent / link).exists(), link


def test_the_figures_are_those_of_the_bundled_model():
    metrics = BUNDLE.metrics
    for split, found in (("validation", metrics.validation), ("test", metrics.test)):
        row = re.search(rf"(?m)^\| {split} \|(.*)\|$", NUMBERS)
        assert row, split
        worst = min(subject.dice for subject in found.per_subject if subject.dice is not None)
        expected = [found.mean_volume_dice, found.pooled.dice, found.mean_slice_dice, worst]
        assert [cell.strip() for cell in row[1].split("|")] == [score_text(value) for value in expected]
    assert f"**{score_text(metrics.test.mean_volume_dice)}**" in README
    for text in (NUMBERS, (BUNDLED / "README.md").read_text("utf-8")):
        assert markdown(metrics.recipes) in text
        assert markdown(metrics.ablation, BUNDLE.contract) in text


def test_the_readme_is_short():
    assert len(README.encode()) <= 6000
