import dataclasses
import json

import keras
import numpy as np
import pytest

from space.errors import UserError
from trainer.fit import batch_dice, build_optimizer, load_run, suited_to
from trainer.presets import PRESETS, Settings


def test_phantoms_are_not_mixed_with_masks_of_another_organ(capsys):
    assert suited_to("pancreas", Settings()) == Settings()
    assert suited_to("liver", Settings()).phantoms == 0
    assert "not the liver: none are mixed in" in capsys.readouterr().out


def test_the_learning_rate_rises_for_an_epoch_and_falls_to_zero():
    settings = dataclasses.replace(Settings(), epochs=5)
    rate = build_optimizer(settings, steps_an_epoch=10)._learning_rate
    values = [float(rate(step)) for step in range(51)]
    assert values[0] == 0
    assert values[10] == pytest.approx(settings.learning_rate)
    assert values[10:] == sorted(values[10:], reverse=True)
    assert values[50] == pytest.approx(0, abs=1e-9)
    half_way = 0.5 * settings.learning_rate * (1 + np.cos(np.pi / 2))  # Loshchilov, Hutter 2017
    assert values[30] == pytest.approx(half_way)


def test_the_article_is_trained_with_plain_adam():
    optimizer = build_optimizer(PRESETS["article"], steps_an_epoch=10)
    assert type(optimizer) is keras.optimizers.Adam
    assert float(optimizer.learning_rate) == pytest.approx(1e-3)
    assert not optimizer.use_ema
    assert optimizer.global_clipnorm is None


def test_the_batch_dice_counts_pixels_at_the_threshold():
    truth = np.array([1, 1, 0, 0], np.float32)
    prediction = np.array([0.9, 0.4, 0.6, 0.1], np.float32)
    assert float(batch_dice(0.5, truth, prediction)) == pytest.approx(2 * 1 / (2 + 2))
    assert float(batch_dice(0.3, truth, prediction)) == pytest.approx(2 * 2 / (2 + 3))


def test_a_run_is_read_back_as_it_was_set(tmp_path):
    settings = PRESETS["notebook"]
    (tmp_path / "config.json").write_text(json.dumps({"settings": dataclasses.asdict(settings)}))
    assert load_run(tmp_path)[0] == settings


@pytest.mark.parametrize("text", ["", "{", "{}", '{"settings": {"colour": 1}}'])
def test_a_folder_that_is_no_run_is_refused(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UserError, match="is no run folder"):
        load_run(tmp_path)
