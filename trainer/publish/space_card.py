"""A Space's README.md: how it is run is said as in this repo's, what it finds as its model's contract says it.

References
----------
https://huggingface.co/docs/hub/spaces-config-reference (`short_description`: at most 60 characters).
"""

import yaml

from space.anatomy import file_word
from space.metrics import score_text
from space.modality import in_words
from space.model.bundle import Bundle

TAGS = ("u-net", "keras", "teaching")
LONGEST = 60  # characters of a short description
CARD = """---
{head}---

# Find the {target}

A small neural network, a U-Net, outlines the {target} on an {plane} {modality} slice: move its threshold and see what
it finds and what it misses.

**It is no medical device. Never use it for diagnosis or treatment.**

It serves [{repo}](https://huggingface.co/{repo}) at {revision}, whose card says what it was trained on, how it was
measured and where it fails. {measured}The network sees {window} in 256 grey levels.

The demo follows 'Magician's Corner: 4. Image Segmentation with U-Net' (Erickson and Cai, Radiology: Artificial
Intelligence 2020;2(1):e190161, [doi:10.1148/ryai.2020190161](https://doi.org/10.1148/ryai.2020190161)).
"""


def space_card(readme: str, bundle: Bundle, repo: str, revision: str) -> str:
    """Return the text of the card.

    Parameters
    ----------
    readme : that of this repo, whose head says how the app is run.
    repo, revision : of the model on the Hub.
    """
    contract, test = bundle.contract, bundle.metrics.test
    target, modality = contract.target, contract.modality
    what = f"A U-Net finds the {target} on {modality}, for teaching"
    head = yaml.safe_load(readme.split("---\n")[1]) | {
        "title": f"Find the {target}",
        "short_description": what if len(what) <= LONGEST else f"A U-Net on {modality}, for teaching",
        "models": [repo],
        "tags": ["medical-imaging", "image-segmentation", modality.lower(), file_word(target), *TAGS],
    }
    people = "one person" if test.subjects == 1 else f"{test.subjects} people"
    dice = test.mean_volume_dice
    return CARD.format(
        head=yaml.safe_dump(head, allow_unicode=True, sort_keys=False),
        target=target,
        plane=contract.plane,
        modality=modality,
        repo=repo,
        revision=revision,
        measured="" if dice is None else f"On {people} of its test split its mean volume Dice is {score_text(dice)}. ",
        window=in_words(*contract.window, modality),
    )
