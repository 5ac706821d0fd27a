"""The model card: a bundle's README.md with its `model-index`, written from the contract and the metrics.

References
----------
Mitchell M et al. Model cards for model reporting. FAT* 2019, arXiv:1810.03993.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from space.metrics import lowest_slices
from space.model.history import settings_of
from trainer.compare import markdown
from trainer.evaluate import figure, headline

CARD = """---
{yaml}
---

# {name} {version}

A U-Net that outlines the {target} on a single axial CT slice. It was made for teaching, after the article
'Magician's Corner: 4. Image Segmentation with U-Net' (Erickson and Cai, Radiology: Artificial Intelligence
2020;2(1):e190161, [doi:10.1148/ryai.2020190161](https://doi.org/10.1148/ryai.2020190161)).

## Intended use

{intended_use}

## Limits

{limits}

## Data and split

{citation}

Window {low:g} to {high:g} HU, 8-bit. Splits are by subject: no subject is in two of them.

{split_table}

{phantom_note}

## Training

Preset `{preset}` of the trainer in the demo's repository, {parameters:,} parameters, {epochs} epochs in
{minutes:.0f} minutes on {device}; the weights are those of epoch {kept}, the best on validation. {start_note} Every
setting, seed and package version is in `contract.json`; `history.csv` and `curves.png` hold the curves.

![training curves](curves.png)

## Evaluation

{metric_table}

Counted on whole slices with the ONNX file and a threshold of {threshold}, with and without {target}.
*Mean volume Dice* counts each subject's slices together and is averaged over subjects. *Pooled Dice* counts
all pixels of the split together (the article's measure). *Mean slice Dice* is the mean over slices with
{target}. Per-subject and per-slice figures are in `metrics.json`.

### Where it fails

{failures}

### On slices that are not as in training

Mean volume Dice on {robust_slices} validation slices, one change at a time; the dotted lines mark what training knew.

![Dice over the strength of eight changes](robustness.png)

{lessons}
## How to use

In the demo: set the variable `MODEL_REPO` to this repository's name, and `MODEL_REVISION` to `v{version}`.

```python
from huggingface_hub import snapshot_download
import numpy as np, onnxruntime as ort

folder = snapshot_download("{repo}", revision="v{version}")
session = ort.InferenceSession(folder + "/model.onnx")
gains = np.ones({levels}, np.float32)  # 1: every skip connection as trained
x = np.zeros((1, {crop}, {crop}, 1), np.float32)  # your slice: windowed, 0..1, sides multiples of {divisor}
probability = session.run(["probability"], {{"slice": x, "skip_gain": gains}})[0]
```

`keras.saving.load_model(folder)` opens the same network in Keras, to go on training it.

## Environmental cost

{minutes:.0f} minutes of training on {device}. Energy was not metered.

## Citation

{citation}
"""


def write_card(
    contract: Mapping[str, Any], metrics: Mapping[str, Any], history: Sequence[Mapping[str, float]], repo: str
) -> str:
    """Return the text of the card."""
    training, data = contract["training"], contract["data"]
    low, high = contract["window_hu"]
    phantoms = contract["settings"]["phantoms"]
    return CARD.format(
        yaml=front_matter(contract, metrics, repo).to_yaml(),
        **{name: contract[name] for name in ("name", "version", "target", "threshold", "preset", "parameters")},
        intended_use=contract["intended_use"],
        limits="\n".join(f"- {limit}" for limit in contract["limits"]),
        citation=data["citation"],
        low=low,
        high=high,
        split_table=split_table(data["splits"]),
        phantom_note=f"{phantoms} synthetic abdomens (phantoms, drawn by the trainer) were mixed into the training "
        "slices."
        if phantoms
        else "",
        start_note=f"It began with the weights of {contract['start']}, whose training comes on top."
        if contract.get("start")
        else "It began with random weights.",
        epochs=len(history),
        minutes=training["minutes"],
        device=training["device"],
        kept=training["kept_epoch"],
        metric_table=metric_table(metrics),
        failures=failures(metrics["test"], contract["target"]),
        robust_slices=metrics["robustness"]["slices"],
        lessons=lessons(contract, metrics),
        repo=repo,
        levels=contract["slice"]["levels"],
        crop=contract["slice"]["crop"],
        divisor=contract["slice"]["divisor"],
    )


def front_matter(contract: Mapping[str, Any], metrics: Mapping[str, Any], repo: str) -> ModelCardData:
    """Return the YAML head of the card; its `model-index` holds the test figures."""
    data = contract["data"]
    test = metrics.get("test")
    results = [
        EvalResult(
            task_type="image-segmentation",
            task_name=f"{contract['target']} segmentation",
            dataset_type=data["source"],
            dataset_name=f"{data['source']} (test split by subject)",
            dataset_split="test",
            metric_type="dice",
            metric_name=label,
            metric_value=round(value, 4),
        )
        for label, value in headline(test).items()
        if value is not None
    ]
    return ModelCardData(
        license="mit",
        library_name="keras",
        pipeline_tag="image-segmentation",
        tags=["medical", "ct", contract["target"], "u-net", "teaching", "onnx"],
        model_name=contract["name"],
        eval_results=results or None,
    )


def split_table(splits: Mapping[str, Mapping[str, int]]) -> str:
    """Return subjects and slices of each split as a Markdown table."""
    lines = ["| split | subjects | slices with | slices without |", "|---|---|---|---|"]
    for split, counts in splits.items():
        lines.append(f"| {split} | {counts['subjects']} | {counts['with_organ']} | {counts['without_organ']} |")
    return "\n".join(lines)


def failures(split: Mapping[str, Any], target: str) -> str:
    """Return the lowest slices of a split, grouped by subject, in words."""
    lowest = lowest_slices(split)
    lines = [
        f"Of the {len(lowest)} test slices with the lowest Dice, {sum(row['tp'] + row['fp'] == 0 for row in lowest)} "
        f"have nothing marked at all, and on {sum(row['tp'] == 0 < row['fp'] for row in lowest)} all that is marked "
        f"is something else than {target}:",
        "",
    ]
    for subject in sorted({row["subject"] for row in lowest}):
        slices = [
            f"slice {row['slice']} ({row['tp'] + row['fn']:,} pixels traced, "
            + (
                f"{row['tp'] + row['fp']:,} marked, {row['tp']:,} of them right)"
                if row["tp"] + row["fp"]
                else "none marked)"
            )
            for row in lowest
            if row["subject"] == subject
        ]
        lines.append(f"- subject {subject}: {', '.join(slices)}")
    return "\n".join(lines)


def lessons(contract: Mapping[str, Any], metrics: Mapping[str, Any]) -> str:
    """Return the tables of other runs, those that the bundle has."""
    text = ""
    if recipes := metrics.get("recipes"):
        text += (
            "### Beside other recipes\n\nTrained on the same slices; minutes and images a second are those of the "
            f"machine that each was trained on.\n\n{markdown(recipes)}\n\n"
        )
    if ablation := metrics.get("ablation"):
        text += (
            f"### What the ingredients are worth\n\nThe recipe for {ablation[0]['of']} epochs only, one ingredient "
            "left out at a time, measured on validation; the first line says how it differs from this model's, the "
            "others how they differ from the first. A difference as small as that of another seed says nothing. "
            "'Changed slices' is the mean Dice over all changes of the section above.\n\n"
            f"{markdown(ablation, settings_of(contract))}\n\n"
        )
    return text


def metric_table(metrics: Mapping[str, Any]) -> str:
    """Return the figures of each split as a Markdown table."""
    lines = [
        "| split | mean volume Dice | pooled Dice | mean slice Dice | precision | recall | worst subject "
        "| slices without it that have false positives |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for split in ("validation", "test"):
        entry = metrics[split]
        worst = min((row["dice"] for row in entry["per_subject"] if row["dice"] is not None), default=None)
        empty = entry["without_organ"]
        cells = [figure(value) for value in headline(entry).values()]
        cells += [figure(entry["pooled"][name]) for name in ("precision", "recall")]
        cells += [figure(worst), f"{empty['slices_with_false_positives']} of {empty['slices']}"]
        lines.append(f"| {split} | {' | '.join(cells)} |")
    return "\n".join(lines)
