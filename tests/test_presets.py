"""The named experiments: complete, consistent with the code that reads them, and as published."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

import trainer
from space.errors import UserError
from space.model.settings import AUGMENTATION, RecordedSettings, Settings
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
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_setting_is_read_somewhere() -> None:
    modules = Path(trainer.__file__).parent.glob("*.py")
    read = set().union(*(settings_read_in(path) for path in modules))
    assert set(Settings.model_fields) - read == set()


def test_the_defaults_are_the_preset_default() -> None:
    assert PRESETS["default"] == Settings()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("loss", "hinge", "--loss cannot be hinge: it should be 'dice', 'bce', 'dice_bce' or 'dice_focal'"),
        ("normalization", "instance", "'none', 'layer', 'group' or 'batch'"),
        ("precision", "float8", "'auto', 'float32', 'bfloat16' or 'float16'"),
        ("epochs", 0, "--epochs cannot be 0: it should be greater than or equal to 1"),
        ("train_crop", -1, "--train-crop cannot be -1"),
        ("dropout", 1.5, "--dropout cannot be 1.5: it should be less than or equal to 1"),
        ("learning_rate", 0, "--learning-rate cannot be 0: it should be greater than 0"),
        ("learning_rate", float("nan"), "--learning-rate cannot be nan: it should be a finite number"),
        ("filters", (), "--filters cannot be .*one positive number for each level"),
        ("filters", (8, 0), "--filters cannot be .*one positive number for each level"),
    ],
)
def test_an_impossible_setting_is_refused_with_what_is_possible(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        PRESETS["default"].but(**{name: value})


def test_every_loss_has_its_function_and_the_other_way_round() -> None:
    assert set(get_args(Settings.model_fields["loss"].annotation)) == set(LOSSES)


def test_settings_cannot_be_changed_after_the_start() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PRESETS["tiny"].epochs = 1


def test_the_settings_of_a_finished_run_must_all_be_there() -> None:
    known = PRESETS["tiny"].model_dump()
    assert RecordedSettings(**known).model_dump() == known
    del known["neighbours"], known["blur"]
    with pytest.raises(ValidationError, match="an older version of the trainer wrote it, without blur, neighbours"):
        RecordedSettings(**known)


@pytest.mark.parametrize("name", PRESETS)
def test_settings_survive_a_json_file(name: str) -> None:
    back = json.loads(json.dumps(PRESETS[name].model_dump()))
    assert Settings(**back | {"filters": tuple(back["filters"])}) == PRESETS[name]


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
