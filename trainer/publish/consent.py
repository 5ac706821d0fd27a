"""What leaves the machine, said before it does: slices of people need a licence and a statement, everything a yes."""

import sys
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from space.errors import UserError
from space.metrics import score_text
from space.model.bundle import Bundle, Sample
from space.model.figures import Slice, SplitFigures, Subject
from space.site.build import Site

Named = TypeVar("Named", Subject, Slice)
NEAR_ZERO = 0.05
"""A mean volume Dice on validation below it: the network does not know the organ, and would be pulled for nothing."""


class Consent(NamedTuple):
    """What the publisher says of the slices."""

    licence: str = ""
    """Under which the data, and slices of them, may be used; empty: as the data set says."""
    may_be_shared: bool = False
    """Whether slices of people may leave the machine."""


NO_CONSENT = Consent()


def check_shared(consent: Consent, licence: str) -> None:
    """Refuse to show slices of people unless it is stated that they may be shared, and under which licence.

    Parameters
    ----------
    licence : what the data set itself says, in case that the publisher says nothing.
    """
    missing = []
    if not (consent.licence or licence):
        missing.append("--data-licence with the licence under which they may be shown")
    if not consent.may_be_shared:
        missing.append("--may-be-shared, to state that whoever is responsible for them allows it")
    if missing:
        raise UserError(f"These sample slices show real people. To publish them give {' and '.join(missing)}.")


def real(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples that are not synthetic."""
    return [sample for sample in samples if not sample.synthetic]


def without_names(figures: SplitFigures, split: str) -> SplitFigures:
    """Return the figures of a split with pseudonyms in place of the subjects' names, which may be those of people."""
    names = pseudonyms([row.subject for row in figures.per_subject], split)
    return figures.model_copy(
        update={
            "per_subject": tuple(_renamed(row, names) for row in figures.per_subject),
            "per_slice": tuple(_renamed(row, names) for row in figures.per_slice),
        }
    )


def pseudonyms(subjects: Sequence[str], split: str) -> dict[str, str]:
    """Return another name for every subject of a split: 'test-01' and so on, in the order of their own names."""
    return {subject: f"{split}-{number:02d}" for number, subject in enumerate(sorted(set(subjects)), 1)}


def check_useful(bundle: Bundle) -> None:
    """Refuse a network that has learned nothing."""
    dice = bundle.metrics.validation.mean_volume_dice
    if dice is None or dice < NEAR_ZERO:
        raise UserError(
            f"The network has learned nothing that is worth publishing: its mean volume Dice on validation is "
            f"{score_text(dice)}. Give --force to publish it all the same."
        )


def summary(bundle: Bundle, repos: Sequence[str], *, public: bool, site: Site | None = None) -> str:
    """Return in words what is about to be uploaded, and who will see it.

    Parameters
    ----------
    site : the page without a server, where it comes along.
    """
    files = [path for path in bundle.folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    people, data = real(bundle.samples), bundle.contract.data
    own = any(name.startswith("samples/") for name in bundle.contract.sha256)
    if not own:
        samples = "none"
    elif not people:
        samples = f"{len(bundle.samples)} synthetic slices"
    else:
        samples = f"{len(people)} slices of real people: {', '.join(sample.name for sample in people)}"
    subjects = [row.subject for split in bundle.metrics.splits.values() for row in split.per_subject]
    lines = {
        "Upload to": ", ".join(repos),
        "Seen by": "everybody" if public else "you, and whom you let in (private)",
        "Files": f"{len(files)}, {size:.1f} MB",
        **({"Page": f"{site.files} files with the same network and slices, {site.megabytes:.1f} MB"} if site else {}),
        "Sample slices": samples,
        "Data set": f"named '{data.source}', licence: {data.licence or 'not stated apart'}",
        "Subjects in the figures": ", ".join(dict.fromkeys(subjects)),
    }
    width = max(map(len, lines))
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in lines.items())


def check_can_ask(yes: bool) -> None:
    """Refuse to start what nobody can confirm at its end."""
    if not yes and not sys.stdin.isatty():
        raise UserError("There is no terminal to ask whether to upload: give --yes, after a look at --dry-run FOLDER.")


def confirm(text: str, *, yes: bool) -> None:
    """Show what is about to be uploaded, and go on at a yes only."""
    print(f"About to be uploaded:\n{text}")
    if not yes and input("Upload? [y/N] ").strip().lower() not in ("y", "yes"):
        raise UserError("Nothing was uploaded.")


def _renamed(row: Named, names: dict[str, str]) -> Named:
    return row.model_copy(update={"subject": names[row.subject]})
