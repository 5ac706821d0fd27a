"""The model card, against the contract and the metrics that it is written from."""

import re
from typing import Any

import numpy as np
from huggingface_hub import ModelCard
from PIL import Image

from space.model.bundle import BUNDLED, Bundle
from space.model.segmenter import Segmenter
from space.preprocessing import grey_to_hu
from space.report.recipes import judged
from tests.bundles import BUNDLE, with_contract, with_metrics, with_settings
from trainer.presets import PRESETS
from trainer.publish.card import write_card
from trainer.report import markdown

REPO = "alice/unet"
CONTRACT, METRICS = BUNDLE.contract, BUNDLE.metrics
CARD = write_card(CONTRACT, METRICS, BUNDLE.history, REPO)


def card_of(bundle: Bundle) -> str:
    return write_card(bundle.contract, bundle.metrics, bundle.history, REPO)


def head_of(card: str) -> Any:
    return ModelCard(card).data


def test_the_head_holds_the_test_figures():
    named = {result.metric_name: result.metric_value for result in head_of(CARD).eval_results}
    test = METRICS.test
    expected = [test.mean_volume_dice or 0, test.pooled.dice or 0, test.mean_slice_dice or 0]
    assert list(named) == ["mean volume Dice", "pooled Dice", "mean slice Dice"]
    assert list(named.values()) == [round(value, 4) for value in expected]


def test_an_undefined_figure_is_left_out_of_the_head():
    test = METRICS.test.model_copy(update={"mean_volume_dice": None})
    results = head_of(card_of(with_metrics(test=test))).eval_results
    assert [result.metric_name for result in results] == ["pooled Dice", "mean slice Dice"]


def test_what_the_slices_are_comes_from_the_contract():
    data = CONTRACT.data.model_copy(update={"licence": "CC BY 4.0", "citation": ""})
    card = card_of(with_contract(modality="MR", plane="coronal", window_hu=(0.0, 80.0), target="liver", data=data))
    assert "outlines the liver on a single coronal MR slice" in card
    assert "from 0 to 80 of the scanner's grey values" in card
    assert "your slice in grey values" in card
    assert "--modality MR --window 0 80" in card
    assert "- The data: CC BY 4.0." in card
    assert "- The model and the code that made it: MIT." in card
    assert "sample slices show real people" not in card
    assert head_of(card).datasets == [data.source]
    assert "mr" in head_of(card).tags


def test_how_the_figures_were_measured_is_said_beside_them():
    assert "Measured with this very file." in CARD
    assert "Measured with other weights." in card_of(with_contract(measured="with other weights"))


def test_what_the_contract_holds_is_named():
    for package, version in CONTRACT.training.packages.items():
        assert f"{package} {version}" in CARD
    assert "Code: its commit was not recorded." in CARD
    training = CONTRACT.training.model_copy(update={"code": "https://host/owner/name at commit 123"})
    assert "Code: https://host/owner/name at commit 123." in card_of(with_contract(training=training))
    assert "Every setting" not in CARD
    assert f"of epoch {CONTRACT.training.kept_epoch}, the best on validation" in CARD


def test_the_commands_are_those_that_make_its_settings():
    prepared, trained = re.findall(r"python -m trainer .*", card_of(with_settings(filters=(8, 16), seed=3)))
    assert prepared == f"python -m trainer prepare {CONTRACT.data.source} DATA --target pancreas --seed 0"
    words = dict(zip(trained.split()[5::2], trained.split()[6::2], strict=True))
    changed = {
        name: words.get(f"--{name.replace('_', '-')}", ",".join(map(str, value)) if name == "filters" else str(value))
        for name, value in PRESETS[words["--preset"]].model_dump().items()
    }
    expected = CONTRACT.settings.but(filters=(8, 16), seed=3).model_dump() | {"filters": "8,16"}
    assert changed == {name: str(value) for name, value in expected.items()}


def test_phantoms_are_told_where_they_were():
    assert "Slices of 12 synthetic abdomens" in CARD
    assert "All training slices are of the data set" in card_of(with_settings(phantoms=0))


def test_a_start_is_told():
    assert "It began with random weights" in CARD
    assert "It began with the weights of other 1.0.0" in card_of(with_contract(start="other 1.0.0"))


def test_tables_of_other_runs_are_there_if_the_bundle_has_them():
    assert markdown(METRICS.recipes) in CARD
    assert markdown(judged(METRICS.ablation), CONTRACT) in CARD
    assert "Not shown: 'no average of the weights' and" in CARD
    assert "no-average-of-the-weights" not in CARD
    without = card_of(with_metrics(recipes=(), ablation=()))
    assert "### Beside other recipes" not in without
    assert "### What the ingredients" not in without


def test_the_snippet_segments_a_slice_as_the_app_does():
    (code,) = re.findall(r"```python\n(.*?)```", CARD, re.DOTALL)
    assert f'snapshot_download("{REPO}", revision="v{CONTRACT.version}")' in code
    # the file is at hand, and so are a slice and its mask
    code = code.replace("from huggingface_hub import snapshot_download\n", "")
    code = re.sub(r"snapshot_download\(.*\)", repr(str(BUNDLED)), code)
    code = code.replace("np.zeros((512, 512), np.float32)", "own_slice").replace(
        "np.zeros(hu.shape, np.uint8)", "own_mask"
    )
    sample = BUNDLE.samples[0]
    assert sample.mask
    hu = grey_to_hu(np.asarray(Image.open(sample.image).convert("L")), CONTRACT.window).astype(np.float32)
    mask = np.asarray(Image.open(sample.mask).convert("L")) > 0
    names: dict[str, Any] = {"own_slice": hu, "own_mask": mask.astype(np.uint8)}
    exec(code, names)
    expected = Segmenter(BUNDLED / "model.onnx").predict(hu)
    marked = expected.probability / 255 >= CONTRACT.threshold
    np.testing.assert_array_equal(names["pixels"], expected.pixels)
    np.testing.assert_array_equal(names["marked"], marked)
    counts = tuple(int(part.sum()) for part in (marked & mask, marked & ~mask, ~marked & mask))
    assert (names["tp"], names["fp"], names["fn"]) == counts
    assert counts[0] > 100
