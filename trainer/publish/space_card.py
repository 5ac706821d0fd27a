"""A Space's README.md: how it is run is said as in this repo's, what it finds as its model's contract says it."""

import yaml

from space.model.bundle import Bundle
from space.site.readme import ARTICLE, about, measured

CARD = """---
{head}---

# Find the {target}

A small neural network, a U-Net, outlines the {target} on an {plane} {modality} slice: move its threshold and see what
it finds and what it misses.

**It is no medical device. Never use it for diagnosis or treatment.**

{measured}The demo follows {article}
"""


def space_card(readme: str, bundle: Bundle, repo: str, revision: str) -> str:
    """Return the text of the card.

    Parameters
    ----------
    readme : that of this repo, whose head says how the app is run.
    repo, revision : of the model on the Hub.
    """
    contract = bundle.contract
    head = yaml.safe_load(readme.split("---\n")[1]) | about(bundle) | {"models": [repo]}
    return CARD.format(
        head=yaml.safe_dump(head, allow_unicode=True, sort_keys=False),
        target=contract.target,
        plane=contract.plane,
        modality=contract.modality,
        measured=measured(bundle, (repo, revision)),
        article=ARTICLE,
    )
