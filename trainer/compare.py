"""``python -m trainer compare RUN RUN ...``: what runs cost and reached, side by side.

A bundle stands for its run and for those that it shows beside it.
"""

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

from space.errors import UserError
from space.model.contract import Run
from space.model.figures import USEFUL, Figures, Metrics, Reached, headline
from space.model.history import Epoch
from trainer.target import Target, open_target


def compare(sources: Iterable[Path]) -> list[Reached]:
    """Return what each run cost and reached; of a bundle, its own run and those beside it.

    Raises
    ------
    UserError
        if a folder is no run and no bundle, or a run was not evaluated on validation.
    """
    return [row for source in sources for row in _rows(open_target(str(source)))]


def reached(
    name: str, about: Run, parameters: int, history: Sequence[Epoch], figures: Figures | Metrics
) -> Reached | None:
    """Return what a run cost and reached; None if it was not evaluated on validation."""
    if not figures.validation:
        return None
    speeds = sorted(row.images_per_second for row in history)
    return Reached(
        run=name,
        preset=about.preset,
        settings=about.settings,
        parameters=parameters,
        epochs=len(history),
        minutes=sum(row.seconds for row in history) / 60,
        images_per_second=speeds[len(speeds) // 2],
        minutes_to_useful=minutes_to(USEFUL, history),
        validation=headline(figures.validation),
        test=headline(figures.test) if figures.test else None,
        changed=figures.robustness.mean if figures.robustness else None,
    )


def minutes_to(dice: float, history: Sequence[Epoch]) -> float | None:
    """Return when validation first reached a Dice, in minutes from the start; None if it never did."""
    elapsed = itertools.accumulate(row.seconds for row in history)
    times = (seconds for seconds, row in zip(elapsed, history, strict=True) if row.val_volume_dice >= dice)
    first = next(times, None)
    return None if first is None else first / 60


def _rows(target: Target) -> list[Reached]:
    if target.bundle:
        parameters = target.bundle.contract.parameters
    else:
        from trainer.unet import build_unet

        settings = target.about.settings
        parameters = build_unet(settings, curve=settings.calibration == "curve").count_params()
    own = reached(target.name, target.about, parameters, target.history, target.figures)
    if own is None:
        raise UserError(
            f"{target.folder} was not evaluated yet: run 'python -m trainer evaluate {target.folder} DATA --split "
            "validation' first (and '--split test' for its test figures)."
        )
    return [own, *(target.bundle.metrics.recipes[1:] if target.bundle else ())]
