"""What 'Break it yourself' says, for the loaded network."""

import pytest

from space.changes import changes_from
from space.model.settings import AUGMENTATION
from space.report.changes_text import broken_heading, change_in_words, picture_in_words
from tests.bundles import BUNDLE, with_contract, with_settings
from tests.other import foreign_words, other_bundle

NAMES = [change.name for change in changes_from(BUNDLE.contract.window, "CT")]


@pytest.mark.parametrize("name", NAMES)
def test_each_change_says_what_becomes_of_the_mask(name):
    moves = name in ("rotation", "size", "shift")
    assert ("The mask moves with the slice" if moves else "The mask stays") in change_in_words(name, BUNDLE.contract)


def test_what_training_varied_is_the_contracts():
    settings = BUNDLE.contract.settings
    assert f"turned by up to {settings.rotate:g} degrees" in change_in_words("rotation", BUNDLE.contract)
    assert f"moved by up to {settings.shift:g} pixels" in change_in_words("shift", BUNDLE.contract)
    assert "up to 10 grey levels" in change_in_words("noise", BUNDLE.contract)  # 0.04 of white
    still = with_settings(**dict.fromkeys(AUGMENTATION, 0.0)).contract
    for name in ("noise", "blur", "rotation", "size", "shift"):
        assert "saw none of this" in change_in_words(name, still)


def test_only_a_network_that_looks_at_a_part_says_so():
    cut = BUNDLE.contract.slice
    assert f"middle {cut.crop} x {cut.crop} pixels only" in change_in_words("shift", BUNDLE.contract)
    whole = with_contract(slice=cut.model_copy(update={"crop": cut.matrix}))
    assert "only" not in change_in_words("shift", whole.contract)


def test_only_another_window_needs_the_values_of_a_picture():
    said = {name: picture_in_words(name, BUNDLE.contract) for name in NAMES}
    assert "-40 to 310 HU" in said["window level"] == said["window width"]
    assert not any(said[name] for name in NAMES[2:])


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_another_networks_words_are_its_own(tmp_path, modality):
    contract = other_bundle(tmp_path / "bundle", modality).contract
    texts = [broken_heading(contract, measured=True)]
    texts += [words(name, contract) for name in NAMES for words in (change_in_words, picture_in_words)]
    assert "liver" in texts[0]
    assert not foreign_words("\n".join(texts), modality)


def test_a_curve_is_spoken_of_where_there_is_one():
    assert "the curve the mean" in broken_heading(BUNDLE.contract, measured=True)
    assert "curve" not in broken_heading(BUNDLE.contract, measured=False)
