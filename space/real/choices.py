"""What the page offers: the cases, what the model knows of each, and whose data they are."""

from typing import Any

from space.model.contract import Contract
from space.real.table import MEGABYTE, SLICES_OF_A_FEW, RealCase, Source, Table, split_of, traces

KNOWN = {
    "test": "in this model's test set: not used to make it",
    "validation": "in this model's validation set: not trained on, but used to choose it",
    "train": "this model was trained on it: it looks better here than on new patients",
    "": "not used to make or to test this model",
    None: "not known to this model: it may have been trained on it",
}


def choices(table: Table, contract: Contract) -> dict[str, Any]:
    """Return what `space/page/real.js` is built with."""
    cases = [_choice(case, KNOWN[split_of(case.patient, contract, table)]) for case in table.cases]
    return {
        "collection": table.collection,
        "traced": traces(contract),
        "cases": cases,
        "credits": [_credit("CT", table.ct), *([_credit("Mask", table.seg)] if traces(contract) else [])],
    }


def _choice(case: RealCase, known: str) -> dict[str, Any]:
    return {
        "patient": case.patient,
        "name": case.name,
        "known": known,
        "few": {"slices": min(SLICES_OF_A_FEW, case.ct.objects), "megabytes": _megabytes(case.size(whole=False))},
        "whole": {"slices": case.ct.objects, "megabytes": _megabytes(case.size(whole=True))},
    }


def _credit(what: str, source: Source) -> dict[str, str]:
    return {
        "what": what,
        "licence": source.licence,
        "citation": source.citation,
        "url": f"https://doi.org/{source.doi}",
    }


def _megabytes(count: int) -> int:
    return max(1, round(count / MEGABYTE))
