"""What the tab 'Training' says, against the run that it is said of."""

from html import escape

from space.model.bundle import TrainingRun
from space.report.training_text import data_and_split, dice_caption, loss_caption, numbers, reading, settings
from tests.bundles import ABOUT, BUNDLE, OTHER, OWN, with_contract


def test_the_caption_says_how_the_run_went():
    said = dice_caption(OTHER, overfits=True)
    assert "from 6 subjects, without changing" in said
    assert "best at epoch 2: 0.630 (training 0.800)" in said
    assert "At the end it is 0.520 (training 0.970)." in said
    augmented = TrainingRun(
        OTHER.history, ABOUT.model_copy(update={"settings": ABOUT.settings.but(rotate=5.0, subjects=0)})
    )
    assert "from 56 subjects, with changing" in dice_caption(augmented, overfits=True)


def test_different_losses_are_not_to_be_compared():
    runs = [OWN, OTHER]
    assert "Loss function: 1 minus Dice, plus cross-entropy. Training adds a share" in loss_caption(OWN, runs)
    assert "Loss function: 1 minus Dice. The two charts" in loss_caption(OTHER, runs)
    assert "compare the shapes" in loss_caption(OWN, runs)
    assert "compare the shapes" not in loss_caption(OWN, [OWN, OWN])


def test_the_reading_fits_the_run():
    assert "parts of 256 x 256 pixels, changed at random" in reading([OWN])
    assert f"Epoch {BUNDLE.contract.training.kept_epoch} did best" in reading([OWN])
    assert "running average of the weights" in reading([OWN])
    assert "at random" not in reading([OTHER])
    assert "running average" not in reading([OTHER])
    assert "as in the second chart" in reading([OWN, OTHER])
    assert "second chart" not in reading([OWN])


def test_every_setting_stands_in_the_table_for_both_runs():
    text = settings([OWN, OTHER])
    for name, value in ABOUT.settings.model_dump().items():
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        row = next(row for row in text.split("<tr>") if row.startswith(f"<th scope='row'>{name} <span"))
        assert row.endswith(f"<td>{shown}</td></tr>") or f"<td>{shown}</td></tr></tbody>" in row


def test_the_split_the_source_and_the_licence_are_the_contracts():
    data = BUNDLE.contract.data
    text = data_and_split(BUNDLE.contract)
    assert escape(data.citation) in text
    assert "Licence:" not in text  # it stands in the citation
    for _, split in data.splits:
        assert f">{split.subjects}</td>" in text
        assert f">{split.with_organ:,}</td>" in text
    other = with_contract(data=data.model_copy(update={"licence": "CC BY 4.0", "citation": ""})).contract
    assert "<p>Licence: CC BY 4.0</p>" in data_and_split(other)
    assert "Source: not stated" in data_and_split(other)


def test_the_numbers_of_every_epoch_are_there():
    text = numbers(BUNDLE.history)
    for row in BUNDLE.history:
        assert f"<th scope='row'>{row.epoch}</th><td class='number'>{row.dice:.3f}</td>" in text
        assert f">{row.val_volume_dice:.3f}<" in text
    assert text.count("<tr>") == len(BUNDLE.history) + 1
