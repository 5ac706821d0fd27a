"""``python -m space.site BUNDLE_OR_REPO OUT``: the demo as a folder of files that any web server can send.

The student's own browser reads the slices and runs the network; nothing is sent anywhere. `docs/site.md` says where
to put the folder.
"""

import argparse
import sys
from pathlib import Path

from space.console import write_on_any_console
from space.errors import UserError
from space.model.bundle import BUNDLED, is_bundle, open_bundle
from space.model.hub import PATIENT, had
from space.site.build import README, write_one_file, write_site
from space.site.place import UNKNOWN, place_of


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    write_on_any_console()
    parser = argparse.ArgumentParser(prog="python -m space.site", description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder of a bundle, OWNER/NAME on the Hub, or 'bundled'")
    parser.add_argument("out", type=Path, help="folder to write, new or a site already; with --one-file, an HTML file")
    parser.add_argument("--one-file", action="store_true", help="one HTML file, which opens without any server")
    parser.add_argument(
        "--inside", metavar="ADDRESS", help="where the page will stand, for what other sites show where it is shared"
    )
    parser.add_argument("--revision", default="main", help="of a repository on the Hub")
    given = parser.parse_args(arguments)
    try:
        place = place_of(given.inside, with_picture=not given.one_file) if given.inside else UNKNOWN
        problem = ""
        if given.model == "bundled":
            bundle = open_bundle(BUNDLED, "bundled with the demo")
        elif is_bundle(Path(given.model)):
            bundle = open_bundle(Path(given.model), "from a folder")
        else:
            bundle, problem = had(given.model, given.revision, PATIENT)
        if problem:
            print(problem)
        site = (write_one_file if given.one_file else write_site)(bundle, given.out, place)
    except UserError as error:
        print(f"The site is not written: {error}", file=sys.stderr)
        return 1
    if given.one_file:
        print(f"{given.out} is the site of {bundle.contract.title}, {site.megabytes:.1f} MB: open it in a browser.")
    else:
        print(f"{given.out} holds the site of {bundle.contract.title}: {site.files} files, {site.megabytes:.1f} MB.")
        print(f"To see it: python -m http.server --directory {given.out} 8000, then http://localhost:8000")
        print(f"Where it can stand, and how it gets there: {given.out / README}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
