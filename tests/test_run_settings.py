"""The settings of a run in words."""

import pytest

from space.model.settings import Settings
from space.report.run_settings import every_setting, in_words
from tests.bundles import ABOUT, BUNDLE
from trainer.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_told_in_words(preset):
    settings = BUNDLE.contract.settings.but(**PRESETS[preset].model_dump())
    said = in_words(ABOUT.model_copy(update={"settings": settings, "preset": preset}))
    assert said["Preset of the trainer"] == preset
    assert said["Epochs"] == f"{settings.epochs}, {settings.batch} slices per step"
    assert all(said.values())


@pytest.mark.parametrize(
    ("setting", "line", "said"),
    [
        ({"neighbours": 5}, "Masks to learn from", "the slice's own, and those 5 slices below and above it"),
        ({"neighbours": 0}, "Masks to learn from", "the slice's own"),
        ({"subjects": 6}, "Subjects to learn from", "6"),
        ({"subjects": 0}, "Subjects to learn from", "56"),
        ({"subjects": 99}, "Subjects to learn from", "56"),
        ({}, "Changed at random", "nothing"),
        ({"rotate": 20.0, "noise": 0.1}, "Changed at random", "turned by up to 20 degrees, with noise"),
        ({"filters": (8, 16)}, "Filters per level", "8, 16"),
    ],
)
def test_a_setting_is_told_as_it_was(setting, line, said):
    about = ABOUT.model_copy(update={"settings": ABOUT.settings.but(**setting)})
    assert in_words(about)[line] == said


@pytest.mark.parametrize(
    ("device", "said"),
    [("CPU, bfloat16", "CPU, in 16-bit numbers (bfloat16)"), ("2 GPU(s), float32", "2 GPU(s), in 32-bit numbers")],
)
def test_the_precision_is_explained(device, said):
    training = ABOUT.training.model_copy(update={"device": device, "minutes": 90.6})
    assert in_words(ABOUT.model_copy(update={"training": training}))["Time"] == f"91 minutes on {said}"


def test_every_setting_has_its_meaning_and_its_value_in_each_run():
    rows = every_setting([BUNDLE.contract, ABOUT])
    assert [name for name, _, _ in rows] == list(Settings.model_fields)
    assert all(meaning for _, meaning, _ in rows)
    values = {name: values for name, _, values in rows}
    assert values["filters"] == ["16, 32, 64, 128, 256"] * 2
    assert values["epochs"] == ["30", "3"]
