import hashlib
import json
import shutil

import pytest

from space.errors import UserError
from space.model.bundle import BUNDLED, open_bundle
from space.model.history import COLUMNS
from space.model.settings import Settings
from tests.bundles import ABOUT, HISTORY, add_network, add_overfitting, change_contract, rehash, remove_overfitting


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(BUNDLED, tmp_path / "bundle")


def test_the_bundled_model_is_whole_and_every_file_matches_its_hash():
    bundle = open_bundle(BUNDLED, "here")
    for name, digest in bundle.contract.sha256.items():
        assert hashlib.sha256((BUNDLED / name).read_bytes()).hexdigest() == digest, name
    assert bundle.source == "here"
    assert bundle.contract.title == f"{bundle.contract.name} {bundle.contract.version}"


def test_the_bundled_samples_are_synthetic():
    assert all(sample.synthetic for sample in open_bundle(BUNDLED, "").samples)


def test_the_headline_is_the_test_splits_mean_volume_dice():
    bundle = open_bundle(BUNDLED, "")
    by_hand = [2 * row.tp / (2 * row.tp + row.fp + row.fn) for row in bundle.metrics.test.per_subject]
    assert bundle.metrics.test.mean_volume_dice == pytest.approx(sum(by_hand) / len(by_hand), abs=1e-12)


@pytest.mark.parametrize("name", ["contract.json", "history.csv", "metrics.json", "model.onnx", "samples/samples.csv"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        open_bundle(folder, "")


@pytest.mark.parametrize("name", ["history.csv", "metrics.json", "model.onnx"])
def test_an_altered_file_is_named(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[-2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(UserError, match=f"altered: {name}"):
        open_bundle(folder, "")


def test_an_altered_sample_is_named(folder):
    image = next((folder / "samples").glob("*-mask.png"))
    image.write_bytes(image.read_bytes() + b"\0")
    with pytest.raises(UserError, match=image.name):
        open_bundle(folder, "")


@pytest.fixture(scope="module")
def with_network(tmp_path_factory):
    folder = shutil.copytree(BUNDLED, tmp_path_factory.mktemp("networks") / "bundle")
    add_network(folder, "plain", Settings(filters=(4, 6, 8), stem=0, convolutions=1, dropout=0.0, skips="none"))
    return folder


def test_further_networks_are_read_with_their_settings_and_figures(with_network):
    network = open_bundle(with_network, "").networks[-1]
    assert (network.name, network.about.settings.skips, network.figures.run) == ("plain", "none", "plain")
    assert network.model == with_network / "networks" / "plain.onnx"


@pytest.mark.parametrize("name", ["networks/plain.onnx", "networks/plain.json"])
def test_a_further_network_that_is_altered_or_missing_is_named(with_network, tmp_path, name):
    folder = shutil.copytree(with_network, tmp_path / "bundle")
    (folder / name).write_bytes((folder / name).read_bytes() + b" ")
    with pytest.raises(UserError, match=f"altered: {name}"):
        open_bundle(folder, "")
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        open_bundle(folder, "")


def test_a_further_network_needs_its_figures(with_network, tmp_path):
    folder = shutil.copytree(with_network, tmp_path / "bundle")
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["recipes"].pop()
    (folder / "metrics.json").write_text(json.dumps(metrics))
    rehash(folder, "metrics.json")
    with pytest.raises(UserError, match="no recipe 'plain'"):
        open_bundle(folder, "")


def test_a_newer_contract_asks_for_a_newer_app(folder):
    change_contract(folder, lambda contract: contract.update(contract=3))
    with pytest.raises(UserError, match=r"version 3.*knows version 2: update the app"):
        open_bundle(folder, "")


def test_an_older_contract_says_how_it_is_converted(folder):
    change_contract(folder, lambda contract: contract.update(contract=1))
    with pytest.raises(UserError, match=r"publish it anew with 'python -m trainer publish .* which converts it"):
        open_bundle(folder, "")


@pytest.mark.parametrize("entry", ["name", "threshold", "slice", "sha256", "settings", "intended_use", "target"])
def test_a_contract_without_an_entry_is_refused(folder, entry):
    change_contract(folder, lambda contract: contract.pop(entry))
    with pytest.raises(UserError, match=f"the model's contract.json lacks the entry '{entry}'"):
        open_bundle(folder, "")


@pytest.mark.parametrize(
    ("entry", "value"),
    [("threshold", 1.5), ("name", ""), ("slice", {}), ("window_hu", [1]), ("parameters", "many"), ("sha256", [])],
)
def test_a_contract_with_a_value_that_cannot_be_is_refused(folder, entry, value):
    change_contract(folder, lambda contract: contract.update({entry: value}))
    with pytest.raises(UserError, match=rf"the model's contract\.json .*'{entry}"):
        open_bundle(folder, "")


def test_a_contract_from_before_a_setting_was_known_is_refused_by_its_name(folder):
    change_contract(folder, lambda contract: contract["settings"].pop("blur"))
    with pytest.raises(UserError, match="an older version of the trainer wrote it, without blur"):
        open_bundle(folder, "")


def test_figures_that_do_not_fit_are_named_with_their_place(folder):
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["test"]["per_subject"][1]["dice"] = "high"
    (folder / "metrics.json").write_text(json.dumps(metrics))
    rehash(folder, "metrics.json")
    with pytest.raises(UserError, match=r"the model's metrics\.json holds an entry 'test\.per_subject\.1\.dice'"):
        open_bundle(folder, "")


def without_samples(folder, **changes):
    shutil.rmtree(folder / "samples")

    def change(contract):
        contract["sha256"] = {n: h for n, h in contract["sha256"].items() if not n.startswith("samples/")}
        contract.update(changes)

    change_contract(folder, change)


def test_a_bundle_without_samples_is_served_with_the_phantoms_of_the_app(folder):
    without_samples(folder)
    assert open_bundle(folder, "").samples == open_bundle(BUNDLED, "").samples


def test_the_phantoms_masks_are_not_taken_for_those_of_another_organ(folder):
    without_samples(folder, target="liver")
    samples = open_bundle(folder, "").samples
    assert samples
    assert {sample.mask for sample in samples} == {None}


def test_a_contract_that_is_no_json_is_refused(folder):
    (folder / "contract.json").write_text("{")
    with pytest.raises(UserError, match=r"contract\.json is no valid JSON"):
        open_bundle(folder, "")


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [(["x,../contract.json,m.png,yes"], "outside its folder"), ([], "has no samples")],
)
def test_a_samples_table_that_points_elsewhere_or_at_nothing_is_refused(folder, lines, sentence):
    table = folder / "samples" / "samples.csv"
    table.write_text("\n".join(["name,image,mask,synthetic", *lines]) + "\n")
    rehash(folder, "samples/samples.csv")
    with pytest.raises(UserError, match=sentence):
        open_bundle(folder, "")


def test_the_history_has_a_row_per_epoch():
    bundle = open_bundle(BUNDLED, "")
    lines = (BUNDLED / "history.csv").read_text().splitlines()
    assert [row.epoch for row in bundle.history] == list(range(1, len(lines)))
    assert list(bundle.history[-1].model_dump().values()) == [float(cell) for cell in lines[-1].split(",")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "history.csv holds no epochs"),
        (",".join(COLUMNS) + "\n", "history.csv holds no epochs"),
        (",".join(COLUMNS) + "\n" + ",".join(["nan"] * len(COLUMNS)) + "\n", "history.csv is no record"),
        (",".join(COLUMNS) + "\n1,2\n", "history.csv has 2 cells in row 1, but 9 columns"),
        (
            ",".join(COLUMNS) + "\n" + ",".join(["x"] * len(COLUMNS)) + "\n",
            "history.csv is no record of a training run",
        ),
        ("epoch,loss\n1,2\n", "history.csv is no record of a training run"),
    ],
)
def test_a_history_that_cannot_be_read_is_refused(folder, text, sentence):
    (folder / "history.csv").write_text(text)
    rehash(folder, "history.csv")
    with pytest.raises(UserError, match=sentence):
        open_bundle(folder, "")


def test_a_bundle_without_a_run_that_overfits_is_whole(folder):
    remove_overfitting(folder)
    assert open_bundle(folder, "").overfitting is None


def test_a_run_that_overfits_comes_along(folder):
    add_overfitting(folder)
    run = open_bundle(folder, "").overfitting
    assert run is not None
    assert run.about == ABOUT
    assert [list(row.model_dump().values()) for row in run.history] == HISTORY


@pytest.mark.parametrize("name", ["history.csv", "config.json"])
def test_a_run_that_overfits_is_verified_like_the_rest(folder, name):
    add_overfitting(folder)
    path = folder / "overfitting" / name
    path.write_text(path.read_text() + "\n")
    with pytest.raises(UserError, match=f"altered: overfitting/{name}"):
        open_bundle(folder, "")
    path.unlink()
    with pytest.raises(UserError, match=f"incomplete: overfitting/{name} is missing"):
        open_bundle(folder, "")
