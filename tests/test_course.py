"""The course: its notebook runs, its links lead somewhere, its numbers are right."""

import base64
import io
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from space.answer import Responder
from space.metrics import Counts, score, score_text
from space.model.bundle import BUNDLED, open_bundle
from space.model.microscope import Microscope
from space.preprocessing import grey_to_hu, threshold_level
from tests.serving import ROOT

COURSE = ROOT / "course"
NOTEBOOK = COURSE / "unet.ipynb"
HANDOUT = (COURSE / "README.md").read_text()
QUESTIONS = (COURSE / "questions.md").read_text()
SMALL = "SUBJECTS, EPOCHS = 3, 2"  # three phantoms are the fewest that can be split by subject
PICTURES = {"window", "masks", "levels", "dice", "train", "test", "threshold", "curve"}
BUNDLE = open_bundle(BUNDLED, "")
CASES = {sample.name for sample in BUNDLE.samples}
PARAMETERS: dict[str, set[str]] = {
    "tab": {"segment", "draw", "dice", "inside", "learned", "playground", "results"},
    "lesson": {"find", "dice", "threshold", "networks", "overfitting", "quiz"},
    "step": set(map(str, range(1, 11))),
    "play-lesson": {"epoch", "overfitting", "skips", "loss", "zeros"},
    "case": CASES,
    "mode": {"fill", "contour", "error", "heat"},
    "theme": {"light", "dark"},
    "embed": {"1"},
    "engine": {"browser"},
    "network": {network.name for network in BUNDLE.networks},
    "operation": {
        operation.kind
        for model in (BUNDLED / "model.onnx", *(network.model for network in BUNDLE.networks))
        for arrow in Microscope(model).arrows
        for operation in arrow.operations
    },
    "change": {change.name for change in BUNDLE.metrics.robustness.changes} if BUNDLE.metrics.robustness else set(),
}


def read_notebook() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The outputs of every cell by the cell's id, after a real run in an empty folder."""
    notebook = read_notebook()
    (place,) = [i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", ())]
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(SMALL))
    folder = tmp_path_factory.mktemp("course")
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", str(ROOT))
        environment.setenv("IPYTHONDIR", str(folder / "ipython"))  # nobody's own start-up files
        client.execute()  # a cell that fails raises CellExecutionError
    assert (folder / "runs").is_dir()
    assert (folder / "data").is_dir()
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def text(outputs: list[Any]) -> str:
    return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stdout")


def pictures(outputs: list[Any]) -> list[bytes]:
    return [base64.b64decode(o.data["image/png"]) for o in outputs if "image/png" in o.get("data", {})]


def test_the_cells_print_what_the_text_promises(executed):
    assert re.search(r"all together +193,409\n", text(executed["parameters"]))
    counted = [int(number.replace(",", "")) for number in re.findall(r"  ([\d,]+)\n", text(executed["parameters"]))]
    assert sum(counted[:-1]) == counted[-1] == 193_409
    assert "1 subjects" in text(executed["get-data"])
    assert "tp 3, fp 1, fn 1" in text(executed["dice"])
    assert "= 0.750" in text(executed["dice"])
    assert "Dice n/a" in text(executed["dice"])
    assert "epoch 2: loss" in text(executed["train"])


def test_the_notebook_ends_with_a_dice(executed):
    (found,) = re.findall(r"Final Dice \(mean volume Dice, test\): (\S+)", text(executed["test"]))
    assert 0 <= float(found) <= 1


def test_the_losses_fall_as_a_right_answer_gets_more_confident(executed):
    rows = [line.split() for line in text(executed["loss"]).splitlines()[1:]]
    for losses in (np.array(rows, float)[:, 1], np.array(rows, float)[:, 2]):
        assert (np.diff(losses) < 0).all()


def test_the_pictures_show_something(executed):
    assert {name for name, outputs in executed.items() if pictures(outputs)} == PICTURES
    for name in PICTURES:
        for picture in pictures(executed[name]):
            assert np.asarray(Image.open(io.BytesIO(picture)).convert("L")).std() > 10, name


def test_the_notebook_is_valid_and_without_outputs():
    notebook = read_notebook()
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_the_notebook_has_the_six_cells_of_the_article():
    headings = re.findall(r"(?m)^## Cell (\d)", "\n".join(cell.source for cell in read_notebook().cells))
    assert headings == ["1", "2", "3", "4", "5", "6"]


def test_every_link_to_the_app_leads_to_a_view():
    links = re.findall(r"/\?[^`\s\"]+", HANDOUT)
    assert len(links) > 6
    shown: dict[str, set[str]] = {"tab": set(), "lesson": set(), "play-lesson": set()}
    for link in links:
        for name, values in parse_qs(urlsplit(link).query, strict_parsing=True).items():
            (value,) = values
            if name == "threshold":
                assert 0 <= float(value) <= 1, link
            else:
                assert value in PARAMETERS[name], link
            if name in shown:
                shown[name].add(value)
    assert shown == {name: PARAMETERS[name] for name in shown}


def test_other_names_of_the_handout_exist():
    assert set(re.findall(r"phantom-\d+", HANDOUT)) <= CASES
    for name in re.findall(r"&(\w+)=", HANDOUT):
        assert name in {*PARAMETERS, "threshold"}
    for name in re.findall(r"`([\w./-]+\.(?:md|ipynb|txt))`", HANDOUT + QUESTIONS):
        assert (COURSE / name).exists() or (ROOT / name).exists(), name


def test_the_handouts_figures_are_those_of_the_bundled_model():
    metrics = BUNDLE.metrics.test
    worst = min(row.dice for row in metrics.per_subject if row.dice is not None)
    said = f"mean volume Dice is {score_text(metrics.mean_volume_dice)}, its worst subject {score_text(worst)}"
    assert said in HANDOUT
    reached = {row.run: row.test.mean_volume_dice for row in BUNDLE.metrics.recipes if row.test}
    pair = [score_text(reached[name]) for name in ("article-today", "no-skips")]
    assert f"test Dice {pair[0]} and {pair[1]}" in HANDOUT
    assert f"has a test Dice of {pair[0]}, the one that never had them {pair[1]}" in " ".join(QUESTIONS.split())


def test_the_cases_want_the_thresholds_that_the_handout_says():
    sample = {sample.name: sample for sample in BUNDLE.samples}
    responder = Responder(BUNDLE)

    def dice(case: str, threshold: float) -> float:
        answer = responder.answer(sample[case].image, sample[case].mask, threshold)
        assert answer.scores
        return answer.scores.dice

    assert dice("phantom-1", 0.8) > dice("phantom-1", 0.2) + 0.1
    assert f"{dice('phantom-5', 0.89):.2f} {dice('phantom-5', 0.5):.2f}" == "0.90 0.83"
    assert 0.5 < dice("phantom-4", 0.89) / dice("phantom-4", 0.5) < 0.6
    for case, best in (("phantom-1", "0.72"), ("phantom-3", "0.04"), ("phantom-4", "0.07")):
        table = responder.answer(sample[case].image, sample[case].mask, 0.5).table
        assert table is not None
        tp, fp, fn = table.T.astype(float)
        assert rounds_to(float(np.argmax(2 * tp / (2 * tp + fp + fn)) / 255), best)


def rounds_to(value: float, said: str) -> bool:
    return f"{value:.{len(said.partition('.')[2])}f}" == said


def test_the_scores_in_the_questions_are_right():
    found = re.findall(r"tp (\d+), fp (\d+), fn (\d+): Dice ([\d.]*\d)(?:, IoU ([\d.]*\d))?", QUESTIONS)
    assert len(found) >= 10
    for *numbers, dice, iou in found:
        scores = score(Counts(*map(int, numbers)))
        assert rounds_to(scores.dice, dice), numbers
        assert not iou or rounds_to(scores.iou, iou), numbers


def test_the_conversions_in_the_questions_are_right():
    found = re.findall(r"Dice ([\d.]+\d) is IoU ([\d.]+\d)", QUESTIONS)
    assert len(found) == 3
    for dice, iou in found:
        tp = round(1000 * float(dice))  # then 2 tp + fp + fn = 2000
        assert rounds_to(score(Counts(tp, 2000 - 2 * tp, 0)).iou, iou)


def test_the_mean_size_in_the_questions_is_that_of_the_test_slices():
    metrics = BUNDLE.metrics.test
    mean = metrics.pooled.traced / (metrics.slices - metrics.without_organ.slices)
    ((said, share),) = re.findall(r"has (\d+) pixels on average[^%]*right for ([\d.]+)%", QUESTIONS)
    assert rounds_to(mean, said)
    assert rounds_to(100 * (1 - mean / 512**2), share)


def test_every_question_has_its_answer_and_every_source_is_used():
    body, _, sources = QUESTIONS.partition("## Sources")
    assert len(re.findall(r"(?m)^\*\*\d+\. ", body)) == body.count("<details>") == body.count("</details>")
    for page, listed in ((body, sources), HANDOUT.split("## Sources")):
        cited = {number for group in re.findall(r"\[([\d, ]+)(?:, text)?\]", page) for number in group.split(", ")}
        assert cited == set(re.findall(r"(?m)^(\d+)\. ", listed))


def test_the_cut_that_the_handout_describes_does_what_it_says():
    sample = next(sample for sample in BUNDLE.samples if sample.name == "phantom-2")
    responder = Responder(BUNDLE)
    whole = responder.answer(sample.image, sample.mask, 0.5)
    hu = grey_to_hu(whole.pixels, BUNDLE.contract.window)

    def dice_without(skip: int) -> float:
        gain = responder.segmenter.all_skips.copy()
        gain[skip - 1] = 0
        table = responder.segmenter.predict(hu, whole.reference, gain=gain).table
        return score(Counts(*map(int, table[threshold_level(0.5)]))).dice

    (said,) = re.findall(r"Cut skip 3: the Dice falls from ([\d.]+\d) to ([\d.]+\d)", HANDOUT)
    assert whole.scores
    assert rounds_to(whole.scores.dice, said[0])
    assert rounds_to(dice_without(3), said[1])
    assert abs(dice_without(1) - whole.scores.dice) < 0.01
