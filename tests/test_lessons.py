"""What a bundle shows of other runs: from run folders, and from a bundle that has it already."""

import json
import shutil

import numpy as np
import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, OVERFITTING_HISTORY, open_bundle
from space.model.figures import headline
from space.model.history import COLUMNS, differences
from space.model.segmenter import Segmenter
from tests.bundles import remove_overfitting
from tests.figures import robustness, split_figures
from trainer.export import load_best
from trainer.publish.bundling import build_bundle
from trainer.publish.lessons import Lessons, gather
from trainer.publish.publish import publish
from trainer.run import RunFolder

MODEL = "alice/unet"


@pytest.fixture
def second_run(tiny_run, tmp_path):
    """Another run, on one subject."""
    run = shutil.copytree(tiny_run, tmp_path / "second")
    config = json.loads((run / "config.json").read_text())
    config["settings"]["subjects"] = 1
    (run / "config.json").write_text(json.dumps(config))
    return run


def test_a_run_that_overfits_comes_along_without_a_path_of_this_machine(tiny_run, second_run, phantom_data, tmp_path):
    folder = tmp_path / "bundle"
    bundle = build_bundle(tiny_run, folder, repo=MODEL, version="1.0.0", lessons=Lessons(second_run))
    assert {"overfitting/history.csv", "overfitting/config.json"} <= set(bundle.contract.sha256)
    assert (folder / "overfitting/history.csv").read_bytes() == (second_run / "history.csv").read_bytes()
    assert bundle.overfitting is not None
    about = bundle.overfitting.about
    assert about.settings == bundle.contract.settings.but(subjects=1)
    assert about.preset == "tiny"
    assert about.training.kept_epoch in (1, 2)
    for name in ("contract.json", "overfitting/config.json"):
        assert str(phantom_data.parent) not in (folder / name).read_text()


def test_a_run_that_overfits_needs_an_epoch_before_anything_is_measured(tiny_run, second_run, tmp_path):
    (second_run / "history.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(UserError, match="second has not finished an epoch yet"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(second_run))
    (second_run / "history.csv").unlink()
    with pytest.raises(UserError, match="second has not finished an epoch yet"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(second_run))
    assert not (tmp_path / "bundle").exists()


def test_tables_of_other_runs_come_along(tiny_run, second_run, tmp_path, monkeypatch):
    monkeypatch.setattr("trainer.ablation.WITHOUT", {"nothing left out": {}, "one subject": {"subjects": 1}})
    split = split_figures(0.5)
    RunFolder(second_run).keep_figures(validation=split, test=split, robustness=robustness((0, (0, 1), (1, 1))))
    ablation = tmp_path / "ablation"
    for name in ("nothing-left-out", "one-subject"):
        shutil.copytree(second_run, ablation / name)
    folder = tmp_path / "bundle"
    lessons = Lessons(beside=[second_run], ablation=ablation)
    bundle = build_bundle(tiny_run, folder, repo=MODEL, version="1.0.0", lessons=lessons)
    ours, other = bundle.metrics.recipes
    assert ours.test is not None
    assert ours.test.mean_volume_dice == bundle.metrics.test.mean_volume_dice
    assert differences(other, bundle.contract) == ["subjects 1"]
    assert other.test == headline(split)
    assert [row.run for row in bundle.metrics.ablation] == ["nothing-left-out", "one-subject"]
    card = (folder / "README.md").read_text()
    assert "### Beside other recipes" in card
    assert "### What the ingredients are worth" in card
    assert "| nothing-left-out | subjects 1 |" in card  # from the model
    assert "| one-subject | - |" in card  # from the first of them


def test_the_network_of_another_run_comes_along_with_its_figures(tiny_run, second_run, tmp_path):
    split = split_figures(0.5)
    RunFolder(second_run).keep_figures(validation=split, test=split)
    once = build_bundle(
        tiny_run, tmp_path / "bundle", repo=MODEL, version="1.0.0", lessons=Lessons(networks=[second_run])
    )
    # as a bundle is published anew, also with the same run
    for folder, lessons in (("again", Lessons()), ("renewed", Lessons(networks=[second_run], beside=[second_run]))):
        bundle = build_bundle(once.folder, tmp_path / folder, repo=MODEL, version="1.0.1", lessons=lessons)
        (network,) = bundle.networks
        assert network.name == "second"
        assert network.about.settings == bundle.contract.settings.but(subjects=1)
        assert network.figures.test == headline(split)
        assert [row.run for row in bundle.metrics.recipes] == ["tiny", "second"]
        assert str(tmp_path) not in network.model.with_suffix(".json").read_text()
        hu = np.random.default_rng(0).integers(-200, 400, (64, 64), np.int16)
        seen, probability = Segmenter(network.model).network(hu)
        np.testing.assert_allclose(np.asarray(load_best(RunFolder(second_run))(seen)), probability, atol=1e-5)


def test_a_network_without_figures_or_with_a_name_that_is_no_file_name_is_refused(tiny_run, second_run, tmp_path):
    (second_run / "metrics.json").unlink(missing_ok=True)
    with pytest.raises(UserError, match="second was not evaluated yet"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(networks=[second_run]))
    RunFolder(second_run).keep_figures(validation=split_figures(0.5))
    odd = shutil.copytree(second_run, tmp_path / "my run")
    with pytest.raises(UserError, match="gives its network its name"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(networks=[odd]))
    with pytest.raises(UserError, match="takes the folder of a run"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(networks=[BUNDLED]))
    assert not (tmp_path / "bundle").exists()


def test_two_runs_of_one_name_are_not_told_apart_and_refused(tiny_run, second_run, tmp_path):
    RunFolder(second_run).keep_figures(validation=split_figures(0.5))
    other = shutil.copytree(second_run, tmp_path / "elsewhere" / "second")
    with pytest.raises(UserError, match="Two runs have the name 'second'"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(beside=[second_run, other]))


def test_a_run_beside_it_must_have_been_evaluated_before_anything_is_measured(tiny_run, second_run, tmp_path):
    (second_run / "metrics.json").unlink(missing_ok=True)
    with pytest.raises(UserError, match=r"second was not evaluated yet"):
        publish(tiny_run, MODEL, dry_run=tmp_path / "bundle", lessons=Lessons(beside=[second_run]))
    assert not (tmp_path / "bundle").exists()


def test_a_bundle_hands_on_what_it_has():
    bundle = open_bundle(BUNDLED, "")
    found = gather(Lessons(BUNDLED, [BUNDLED], BUNDLED), bundle.contract.data)
    assert bundle.overfitting is not None
    assert found.overfitting == (BUNDLED / OVERFITTING_HISTORY, bundle.overfitting.about)
    own, *others = bundle.metrics.recipes
    assert found.beside[0].run == bundle.contract.title
    assert found.beside[0].test == own.test
    assert found.beside[1:] == others
    assert tuple(found.ablation) == bundle.metrics.ablation


def test_a_bundle_is_asked_for_no_more_than_it_has(tmp_path):
    bundle = shutil.copytree(BUNDLED, tmp_path / "bundle")
    remove_overfitting(bundle)
    with pytest.raises(UserError, match="without a run that overfits"):
        gather(Lessons(overfitting=bundle), open_bundle(BUNDLED, "").contract.data)


@pytest.mark.parametrize("lessons", [Lessons(beside=[BUNDLED]), Lessons(ablation=BUNDLED)])
def test_figures_on_other_data_cannot_stand_beside_these(lessons, tiny_run):
    with pytest.raises(UserError, match="bundled was trained on another data set"):
        gather(lessons, RunFolder(tiny_run).config().data)
