"""A run, a bundle or a repo on the Hub, opened once behind one type: what it is, what was measured, its network."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from space.errors import UserError
from space.model.bundle import Bundle, is_bundle, open_bundle
from space.model.contract import Run
from space.model.figures import Figures
from space.model.history import Epoch
from space.model.hub import PATIENT, had
from space.model.segmenter import Segmenter
from trainer.dataset import Slices, every
from trainer.run import RunFolder

REPO = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


@dataclass(frozen=True)
class Target:
    """What is evaluated, compared, published, or gone on from.

    Attributes
    ----------
    name : of the run's folder; of a bundle the model's name and version.
    folder : of the run or the bundle.
    about : its settings, data and training.
    figures : what was measured of it.
    threshold : the probability from which a pixel counts as predicted.
    bundle, run : the one of the two that it is.
    whole : whether the Keras files are at hand; of a repo only the app's part is pulled.
    """

    name: str
    folder: Path
    about: Run
    history: list[Epoch]
    figures: Figures
    threshold: float
    bundle: Bundle | None = None
    run: RunFolder | None = None
    whole: bool = True

    @property
    def organ(self) -> str:
        """What its network marks."""
        return self.bundle.contract.target if self.bundle else RunFolder(self.folder).config().data.target

    def doubts(self, slices: Slices) -> list[str]:
        """Return what makes figures on some slices meaningless, in sentences."""
        if slices.target.lower() == self.organ.lower():
            return []
        return [f"{self.name} marks the {self.organ}, and the masks of these data outline the {slices.target}."]

    def keras(self) -> Any:
        """Return its network in Keras, as it is published."""
        from trainer.export import load_best, load_published

        return load_best(self.run) if self.run else load_published(self.folder)

    def segmenter(self, slices: Slices) -> Segmenter:
        """Return its model file, ready to run; a run's is exported first.

        Where the Keras files are at hand, the two are compared on eight of `slices`.
        """
        for doubt in self.doubts(slices):
            print(f"Warning: {doubt}")
        if self.bundle and not self.whole:
            return Segmenter(self.folder / "model.onnx")
        from trainer.export import check_agreement, export_onnx, slice_geometry

        model = self.keras()
        if self.run:
            geometry = slice_geometry(self.about.settings, max(slices.voxels.shape[1:]), slices.refined_mm)
            export_onnx(model, self.about.settings, slices.window, geometry, self.run.onnx)
        segmenter = Segmenter(self.run.onnx if self.run else self.folder / "model.onnx")
        some = every(slices, max(1, len(slices.indices) // 8)).indices[:8]
        worst = check_agreement(model, segmenter, map(slices.hu, some))
        print(f"Keras and ONNX agree on {len(some)} slices: they differ by {worst:.1e} at most.")
        return segmenter


def open_target(target: str) -> Target:
    """Open a run folder, a bundle folder or a repo on the Hub (owner/name, or owner/name@revision).

    Raises
    ------
    UserError
        if it is none of these, or not whole.
    """
    path = Path(target)
    if is_bundle(path):
        return bundle_target(open_bundle(path, target))
    if path.is_dir():
        run = RunFolder(path)
        about = run.about()
        return Target(run.name, path, about, run.history(), run.figures(), about.settings.threshold, run=run)
    if REPO.fullmatch(target):
        repo, _, revision = target.partition("@")
        bundle, problem = had(repo, revision or "main", PATIENT)
        if problem:
            print(problem)
        return bundle_target(bundle, whole=False)
    raise UserError(f"{target} is not a run folder, a bundle folder or a model on the Hub (owner/name).")


def bundle_target(bundle: Bundle, *, whole: bool = True) -> Target:
    """Return a bundle as a target."""
    contract, metrics = bundle.contract, bundle.metrics
    return Target(
        contract.title,
        bundle.folder,
        contract,
        bundle.history,
        Figures(validation=metrics.validation, test=metrics.test, robustness=metrics.robustness),
        contract.threshold,
        bundle=bundle,
        whole=whole,
    )
