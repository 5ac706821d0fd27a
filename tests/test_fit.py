import json

import keras
import numpy as np
import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED
from space.model.settings import Settings
from trainer.export import load_best
from trainer.fit import batch_dice, load_run, load_start, suited_to, take_weights, write_config
from trainer.presets import PRESETS
from trainer.unet import build_unet


def test_phantoms_are_not_mixed_with_masks_of_another_organ(capsys):
    assert suited_to("pancreas", Settings()) == Settings()
    assert suited_to("liver", Settings()).phantoms == 0
    assert "not the liver: none are mixed in" in capsys.readouterr().out


def test_the_batch_dice_counts_pixels_at_the_threshold():
    truth = np.array([1, 1, 0, 0], np.float32)[:, None]
    prediction = np.array([0.9, 0.4, 0.6, 0.1], np.float32)[:, None]
    assert float(batch_dice(0.5, truth, prediction)) == pytest.approx(2 * 1 / (2 + 2))
    assert float(batch_dice(0.3, truth, prediction)) == pytest.approx(2 * 2 / (2 + 3))


def test_a_run_is_read_back_as_it_was_set(tmp_path):
    settings = PRESETS["notebook"]
    (tmp_path / "config.json").write_text(json.dumps({"settings": settings.model_dump()}))
    assert load_run(tmp_path)[0] == settings


@pytest.mark.parametrize("text", ["", "{", "{}", '{"settings": {"colour": 1}}'])
def test_a_folder_that_is_no_run_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match="is no run folder"):
        load_run(tmp_path)


def test_a_run_whose_settings_are_not_all_known_is_refused_by_their_names(tmp_path):
    older = PRESETS["tiny"].model_dump()
    del older["neighbours"], older["blur"]
    (tmp_path / "config.json").write_text(json.dumps({"settings": older}))
    with pytest.raises(UserError, match="older version of the trainer, without the settings blur, neighbours"):
        load_run(tmp_path)


def test_a_run_starts_with_the_weights_of_a_bundle():
    start = load_start(BUNDLED)
    settings = PRESETS["default"].but(dropout=0.3)  # no weights are in that layer
    model = build_unet(settings)
    take_weights(model, start)
    expected = keras.saving.load_model(BUNDLED)
    slices = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    np.testing.assert_allclose(model(slices), expected(slices), atol=1e-6)
    assert start.name.startswith("pancreas-unet ")


def test_a_run_starts_with_the_weights_of_a_run(tiny_run):
    model = build_unet(load_run(tiny_run)[0])
    take_weights(model, load_start(tiny_run))
    again = load_best(tiny_run, load_run(tiny_run)[0])
    for mine, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_the_neighbours_masks_begin_as_the_slices_own(tiny_run):
    settings, _ = load_run(tiny_run)
    model = build_unet(settings, masks=3)
    take_weights(model, load_start(tiny_run))
    slices = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    own = load_best(tiny_run, settings)(slices)
    np.testing.assert_allclose(model(slices), np.repeat(own, 3, -1), atol=1e-6)


@pytest.mark.parametrize("other", [{"filters": (8, 16)}, {"normalization": "group"}, {"stem": 0}])
def test_another_network_cannot_be_continued(tiny_run, other):
    model = build_unet(load_run(tiny_run)[0].but(**other))
    with pytest.raises(UserError, match="is another network than these settings describe"):
        take_weights(model, load_start(tiny_run))


def test_a_run_that_began_elsewhere_is_not_resumed(phantom_data, tmp_path):
    write_config(phantom_data, tmp_path, PRESETS["tiny"], "tiny", "CPU", "pancreas-unet 1.0.0")
    write_config(phantom_data, tmp_path, PRESETS["tiny"], "tiny", "CPU", "pancreas-unet 1.0.0")
    with pytest.raises(UserError, match="the network to start from"):
        write_config(phantom_data, tmp_path, PRESETS["tiny"], "tiny", "CPU", "")
