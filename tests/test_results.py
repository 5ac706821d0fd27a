"""The tab 'Results', without a browser: every figure against `metrics.json`."""

import dataclasses
from html import escape
from typing import Any

import gradio as gr
import numpy as np
import pytest

from space.answer import Responder
from space.metrics import brier_score, reliability
from space.model.bundle import BUNDLED, Bundle, open_bundle
from space.report.results_charts import over_probability, over_strength, over_threshold
from space.report.results_text import examples_heading, figures, lowest, subjects, without_organ
from space.ui.results import build_results, ranked_pictures

BUNDLE = open_bundle(BUNDLED, "here")
RESPONDER = Responder(BUNDLE)
TEST = BUNDLE.metrics["test"]
EVIL = "<script>alert(1)</script>"
MISSING = "does not hold"
ODD_ENTRIES: list[Any] = [None, 3, "x", [3], [{}], {"dice": "x"}]


class OtherBundle(Responder):
    """Answers with the bundled network under another contract and other metrics."""

    def __init__(self, **changes: Any) -> None:
        self.bundle: Bundle = dataclasses.replace(BUNDLE, **changes)
        self.segmenter = RESPONDER.segmenter


def page_of(responder: Any) -> str:
    """Return all that the tab holds."""
    with gr.Blocks() as demo:
        build_results(responder)
    return str(demo.get_config_file()["components"])


def with_test(**entries: Any) -> dict[str, Any]:
    """Return the metrics with other entries of the test split."""
    return BUNDLE.metrics | {"test": TEST | entries}


def test_each_dice_stands_under_its_own_name():
    text = figures(BUNDLE)
    for name, of in (
        ("Mean volume Dice", lambda split: split["mean_volume_dice"]),
        ("Pooled Dice", lambda split: split["pooled"]["dice"]),
        ("Mean slice Dice", lambda split: split["mean_slice_dice"]),
        ("Recall", lambda split: split["pooled"]["recall"]),
    ):
        row = next(row for row in text.split("<tr>") if row.startswith(f"<th>{name} "))
        cells = [of(BUNDLE.metrics[split]) for split in ("test", "validation")]
        assert "".join(f"<td class='number'>{value:.3f}</td>" for value in cells) in row


def test_every_subject_has_its_numbers_and_a_bar_as_long_as_its_dice():
    text = subjects(BUNDLE.metrics)
    for split in ("test", "validation"):
        for row in BUNDLE.metrics[split]["per_subject"]:
            line = next(line for line in text.split("<tr>") if line.startswith(f"<th>{row['subject']}<"))
            assert f"width:{100 * row['dice']:.1f}%" in line
            assert [f">{row[name]:.3f}<" in line for name in ("dice", "precision", "recall")] == [True] * 3


def test_the_curves_over_the_threshold_count_every_pixel_of_the_split():
    data = over_threshold(BUNDLE)
    assert data is not None
    for view, split in zip(data["views"], ("test", "validation"), strict=True):
        recall, precision, dice = (series["points"] for series in view["plots"][0]["series"])
        for level in (0, 77, 128, 255):
            tp, fp, fn = BUNDLE.metrics[split]["table"][level]
            assert dice[level] == pytest.approx([level / 255, 2 * tp / (2 * tp + fp + fn)])
            # undefined where the network is that sure of no pixel
            assert precision[level][1] == (pytest.approx(tp / (tp + fp)) if tp + fp else None)
            assert recall[level][1] == pytest.approx(tp / (tp + fn))
        assert dice[128][1] == pytest.approx(BUNDLE.metrics[split]["pooled"]["dice"])


def test_the_pictures_are_best_median_and_worst_of_the_samples():
    dice = {}
    for sample in BUNDLE.samples:
        scores = RESPONDER.answer(sample.image, sample.mask, BUNDLE.contract["threshold"]).scores
        assert scores is not None
        dice[sample.name] = scores.dice
    names = sorted(dice, key=lambda name: -dice[name])
    shown = ranked_pictures(RESPONDER)["pictures"]
    assert [picture["title"] for picture in shown] == ["Best", "Median", "Worst"]
    for picture, name in zip(shown, (names[0], names[2], names[-1]), strict=True):
        assert picture["caption"] == f"{name}, Dice {dice[name]:.3f}"
        assert picture["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize(("count", "titles"), [(1, ["Best"]), (2, ["Best", "Worst"]), (3, ["Best", "Median", "Worst"])])
def test_fewer_samples_are_fewer_pictures(count, titles):
    few = OtherBundle(samples=BUNDLE.samples[:count])
    assert [picture["title"] for picture in ranked_pictures(few)["pictures"]] == titles


def test_a_sample_that_cannot_be_read_is_a_picture_less(tmp_path):
    (tmp_path / "broken.png").write_text("no picture")
    broken = dataclasses.replace(BUNDLE.samples[0], image=tmp_path / "broken.png")
    data = ranked_pictures(OtherBundle(samples=(broken, BUNDLE.samples[1])))
    assert [picture["title"] for picture in data["pictures"]] == ["Best"]
    assert ranked_pictures(OtherBundle(samples=(broken,)))["problem"] == "None of the model's examples can be scored."


def test_the_reliability_of_each_split_is_a_chart():
    data = over_probability(BUNDLE)
    assert data is not None
    views = {view["name"]: view["plots"][0] for view in data["views"]}
    for name in ("test", "validation"):
        table = np.array(BUNDLE.metrics[name]["table"])
        plot = views[name.capitalize()]
        assert [tuple(point) for point in plot["series"][1]["points"]] == reliability(table)
        assert f"{brier_score(table):.4f}" in plot["title"]


@pytest.mark.parametrize(
    ("settings", "said"), [({"calibration": "platt"}, True), ({"calibration": "none"}, False), (None, False)]
)
def test_the_curve_of_slices_that_the_calibration_was_fitted_on_says_so(settings, said):
    data = over_probability(OtherBundle(contract=BUNDLE.contract | {"settings": settings}).bundle)
    assert data is not None
    captions = {view["name"]: view["plots"][0]["caption"] for view in data["views"]}
    assert ("fitted on" in captions["Validation"]) == said
    assert not captions["Test"]


def test_each_change_of_the_slices_is_a_chart_of_its_measured_dice():
    data = over_strength(BUNDLE)
    assert data is not None
    changes = BUNDLE.metrics["robustness"]["changes"]
    assert [view["name"] for view in data["views"]] == [change["name"] for change in changes]
    for view, change in zip(data["views"], changes, strict=True):
        (plot,) = view["plots"]
        points = dict(plot["series"][0]["points"])
        assert points == dict(zip(change["strengths"], change["dice"], strict=True))
        assert plot["mark"]["x"] == change["trained"]
        assert change["unit"] in plot["x"]["label"]


@pytest.mark.parametrize("odd", ODD_ENTRIES)
def test_a_model_that_was_not_measured_on_changed_slices_has_no_such_chart(odd):
    metrics = {name: entry for name, entry in BUNDLE.metrics.items() if name != "robustness"}
    assert "not as in training" in page_of(RESPONDER)
    for other in (metrics, metrics | {"robustness": odd}):
        assert over_strength(dataclasses.replace(BUNDLE, metrics=other)) is None
        assert "not as in training" not in page_of(OtherBundle(metrics=other))


def test_phantoms_are_called_synthetic_and_real_slices_are_not():
    real = tuple(dataclasses.replace(sample, synthetic=False) for sample in BUNDLE.samples)
    assert "synthetic" in examples_heading(BUNDLE)
    assert "synthetic" not in examples_heading(dataclasses.replace(BUNDLE, samples=real))


def test_the_slices_without_the_organ_are_counted():
    entry = TEST["without_organ"]
    said = without_organ(BUNDLE)
    assert f"<b>{entry['slices_with_false_positives']} of {entry['slices']}</b>" in said
    assert f"{entry['mean_false_positive_pixels']:.1f} pixels" in said
    none = {"slices": 0, "slices_with_false_positives": 0, "mean_false_positive_pixels": None}
    assert "There are none" in without_organ(dataclasses.replace(BUNDLE, metrics=with_test(without_organ=none)))


def test_the_lowest_slices_are_those_with_the_organ_and_the_lowest_dice():
    with_organ = [row for row in TEST["per_slice"] if row["tp"] + row["fn"]]
    ranked = sorted(with_organ, key=lambda row: row["dice"])[:10]
    text = lowest(BUNDLE.metrics)
    assert text.count("<li>") == 10
    for row in ranked:
        assert (
            f"<li>Subject {row['subject']}, slice {row['slice']}: Dice {row['dice']:.3f}, {row['tp'] + row['fn']:,} "
            in text
        )
    nothing = sum(row["tp"] + row["fp"] == 0 for row in ranked)
    assert f"On {nothing} of these 10 the network marks nothing at all" in text


def test_the_articles_figures_stand_beside_its_own_collection_only():
    assert "The article reports" in figures(BUNDLE)
    other = BUNDLE.contract | {"data": BUNDLE.contract["data"] | {"source": "mine"}}
    assert "The article reports" not in figures(dataclasses.replace(BUNDLE, contract=other))


def test_what_comes_from_outside_is_text_and_never_html():
    contract = BUNDLE.contract | {"target": EVIL, "limits": [EVIL], "intended_use": EVIL}
    rows = [row | {"subject": EVIL} for row in TEST["per_subject"]]
    slices = [row | {"subject": EVIL} for row in TEST["per_slice"]]
    page = page_of(OtherBundle(contract=contract, metrics=with_test(per_subject=rows, per_slice=slices)))
    assert page.count(escape(EVIL)) > 10
    assert EVIL not in page


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"test": {}},
        *(
            {"test": {name: value for name, value in TEST.items() if name != missing}}
            for missing in ("pooled", "per_subject", "per_slice", "table", "without_organ")
        ),
        *(
            with_test(**{name: odd})
            for name in ("pooled", "per_subject", "per_slice", "table", "without_organ")
            for odd in ODD_ENTRIES
        ),
    ],
)
def test_missing_or_odd_figures_cost_a_sentence_and_not_the_page(metrics):
    page = page_of(OtherBundle(metrics=metrics))
    assert MISSING in page
    assert "Limits" in page


def test_undefined_scores_are_shown_as_such():
    rows = [row | {"dice": None} for row in TEST["per_subject"]]
    metrics = with_test(per_subject=rows, mean_volume_dice=None)
    assert ">n/a<" in subjects(metrics)
    assert ">n/a<" in figures(dataclasses.replace(BUNDLE, metrics=metrics))


@pytest.mark.parametrize("entry", ["limits", "intended_use", "data"])
def test_a_contract_without_an_entry_costs_a_sentence_and_not_the_page(entry):
    contract = {name: value for name, value in BUNDLE.contract.items() if name != entry}
    assert MISSING in page_of(OtherBundle(contract=contract))
