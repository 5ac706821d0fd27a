"""README.md is a Space's card and a manual: what it says must be so."""

import re

import pytest
import yaml
from huggingface_hub import HfApi
from packaging.requirements import Requirement

from space.metrics import score_text
from space.model.bundle import BUNDLED, open_bundle
from tests.conftest import ROOT, trainer
from trainer.report import markdown

README = (ROOT / "README.md").read_text("utf-8")
NUMBERS = (ROOT / "docs" / "numbers.md").read_text("utf-8")
TRAINING = (ROOT / "docs" / "training.md").read_text("utf-8")
MANUAL = README + TRAINING
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "course").glob("*.md")])
BUNDLE = open_bundle(BUNDLED, "")
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
    for key in ("title", "emoji", "colorFrom", "colorTo", "tags"):
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
    return re.findall(rf"python -m {re.escape(word)} ([a-z]+)([^\n#`]*)", MANUAL)


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
            assert flag in MANUAL
            assert flag in trainer(command, "--help")


def test_files_that_are_named_exist():
    for name in re.findall(r"`((?:tests|trainer|space|docs)/[\w/.-]+)`", README):
        assert (ROOT / name).exists(), name
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).exists(), picture


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_pages_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link.partition("#")[0]).exists(), link
