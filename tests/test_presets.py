"""The named experiments: complete, consistent with the code that reads them, and as published."""

from __future__ import annotations

import ast
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

import trainer
from space.errors import UserError
from space.model.history import AUGMENTATION
from space.model.settings import Settings
from trainer.losses import LOSSES
from trainer.presets import PRESETS

ARTICLE = ("article", "notebook")


def settings_read_in(path: Path) -> set[str]:
    """Return the names of the settings that a module reads."""
    return {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name | ast.Attribute)
        and (node.value.id if isinstance(node.value, ast.Name) else node.value.attr).endswith("settings")
    }


def test_every_setting_has_a_text_for_the_command_line() -> None:
    assert [field.name for field in dataclasses.fields(Settings) if not field.metadata.get("help")] == []


def test_every_setting_is_read_somewhere() -> None:
    modules = Path(trainer.__file__).parent.glob("*.py")
    read = set().union(*(settings_read_in(path) for path in modules))
    assert {field.name for field in dataclasses.fields(Settings)} - read == set()


def test_the_defaults_are_the_preset_default() -> None:
    assert PRESETS["default"] == Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("loss", "hinge", "There is no loss 'hinge': choose dice, bce, dice_bce, dice_focal"),
        ("normalization", "instance", "none, layer, group, batch"),
        ("normalize", "everywhere", "convolution, level"),
        ("upsampling", "bilinear", "transpose, resize"),
        ("optimizer", "sgd", "adam, adamw, muon"),
        ("schedule", "step", "constant, cosine"),
        ("precision", "float8", "auto, float32, bfloat16, float16"),
        ("epochs", 0, "--epochs must be at least 1, not 0"),
        ("train_crop", -1, "--train-crop must be at least 1"),
        ("filters", (), "--filters needs one positive number"),
        ("filters", (8, 0), "--filters needs one positive number"),
    ],
)
def test_an_impossible_setting_is_refused_with_what_is_possible(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Settings(**{name: value})


def test_every_loss_has_its_function_and_the_other_way_round() -> None:
    (loss,) = [field for field in dataclasses.fields(Settings) if field.name == "loss"]
    assert set(loss.metadata["choices"]) == set(LOSSES)


def test_settings_cannot_be_changed_after_the_start() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        PRESETS["tiny"].epochs = 1  # type: ignore[misc]


@pytest.mark.parametrize("name", PRESETS)
def test_settings_survive_a_json_file(name: str) -> None:
    back = json.loads(json.dumps(PRESETS[name].model_dump()))
    assert Settings(**back | {"filters": tuple(back["filters"])}) == PRESETS[name]


@pytest.mark.parametrize("name", PRESETS)
def test_each_value_has_the_type_of_its_setting(name: str) -> None:
    kinds: dict[str, type] = {"int": int, "float": float, "str": str, "tuple[int, ...]": tuple}
    for field in dataclasses.fields(Settings):
        kind = field.type if isinstance(field.type, type) else kinds.get(str(field.type), tuple)
        assert isinstance(getattr(PRESETS[name], field.name), kind), field.name


@pytest.mark.parametrize("name", PRESETS)
def test_a_training_window_fits_the_total_stride(name: str) -> None:
    levels = len(PRESETS[name].filters) + bool(PRESETS[name].stem)
    assert PRESETS[name].train_crop % 2 ** (levels - 1) == 0


@pytest.mark.parametrize("name", PRESETS)
def test_four_filters_a_group_divide_every_width(name: str) -> None:
    assert all(width % 4 == 0 for width in (*PRESETS[name].filters, PRESETS[name].stem))


@pytest.mark.parametrize("name", ARTICLE)
def test_the_articles_networks_train_as_published(name: str) -> None:
    settings = PRESETS[name]
    assert (settings.loss, settings.optimizer, settings.schedule) == ("dice", "adam", "constant")
    assert settings.crop == settings.train_crop == 256
    assert settings.convolutions == 1
    assert settings.first_kernel == 5
    assert settings.stem == settings.phantoms == 0


@pytest.mark.parametrize("knob", [*AUGMENTATION, "dropout"])
@pytest.mark.parametrize("name", ARTICLE)
def test_the_articles_networks_train_without_augmentation(name: str, knob: str) -> None:
    assert getattr(PRESETS[name], knob) == 0
