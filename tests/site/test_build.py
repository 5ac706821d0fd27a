"""Writing the site: what it refuses, in sentences, and what it holds."""

import gzip
import re
from pathlib import Path

import pytest
import yaml

from space.model.bundle import BUNDLED
from space.site import packages
from space.site.__main__ import main
from space.site.notices import notices
from tests.hub_store import card_errors
from tests.site.building import files_of

pytestmark = pytest.mark.usefixtures("site_folder")  # the packages are there


def test_a_folder_with_something_else_is_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work")
    assert main(["bundled", str(tmp_path)]) == 1
    assert "is something else already: choose a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_one_file_must_be_called_html(tmp_path, capsys):
    assert main(["bundled", str(tmp_path / "demo"), "--one-file"]) == 1
    assert "choose one like demo.html" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["PACKAGES", "node"])
def test_what_is_not_installed_is_named_with_the_way_to_it(tmp_path, capsys, monkeypatch, missing):
    if missing == "node":
        monkeypatch.setattr(packages.shutil, "which", lambda name, path: None)
    else:
        monkeypatch.setattr(packages, missing, tmp_path / "nowhere")
    assert main(["bundled", str(tmp_path / "site")]) == 1
    assert "npm ci" in capsys.readouterr().err


def test_a_model_that_is_none_is_refused_in_a_sentence(tmp_path, capsys):
    assert main([str(tmp_path / "no model"), str(tmp_path / "site")]) == 1
    assert capsys.readouterr().err.startswith("The site is not written: ")


def test_the_model_is_sent_as_it_is(site_folder: Path):
    packed = (files_of(site_folder) / "model.onnx.gz").read_bytes()
    assert gzip.decompress(packed) == (BUNDLED / "model.onnx").read_bytes()


def test_a_site_is_written_anew_over_an_older_one(site_folder: Path):
    (site_folder / "files" / "of-an-older-version.js").write_text("")
    before = {path: path.read_bytes() for path in site_folder.rglob("*") if path.is_file()}
    assert main(["bundled", str(site_folder)]) == 0
    after = {path: path.read_bytes() for path in site_folder.rglob("*") if path.is_file()}
    assert {path.name for path in set(before) - set(after)} == {"of-an-older-version.js"}
    assert [path.name for path in after if after[path] != before[path]] == []


def test_it_names_no_other_host(site_folder: Path):
    page = (site_folder / "index.html").read_text("utf-8")
    assert re.findall(r'http-equiv="([^"]+)"', page) == ["Content-Security-Policy"]
    assert ' src="http' not in page
    assert "@import" not in page


def test_the_readme_lets_a_static_space_show_the_page(site_folder: Path):
    head = yaml.safe_load((site_folder / "README.md").read_text("utf-8").split("---\n")[1])
    assert (head["sdk"], head["app_file"], head["title"]) == ("static", "index.html", "Find the pancreas")
    assert card_errors("space", (site_folder / "README.md").read_text("utf-8")) == []
    assert "models" not in head  # it was written from a folder
    assert "thumbnail" not in head  # nobody said where it will stand


def test_the_licences_of_others_go_with_it(site_folder: Path):
    assert (site_folder / "THIRD-PARTY.txt").read_text("utf-8") == notices()
