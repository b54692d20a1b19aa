"""What a new version of the template asks of the letters that are out."""

import hashlib
import json
from pathlib import Path

import pytest

from consents.loa import template, versions
from consents.loa.letter import TEMPLATE_VERSION
from consents.loa.versions import Change


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("loa 1.0.0", "loa 1.0.0", Change.NONE),
        ("loa 1.0.0", "loa 1.0.1", Change.PATCH),
        ("loa 1.0.9", "loa 1.1.0", Change.MINOR),
        ("loa 1.9.9", "loa 2.0.0", Change.MAJOR),
        ("loa 9.0.0", "loa 10.0.0", Change.MAJOR),
    ],
)
def test_how_far_a_template_went(old: str, new: str, change: Change) -> None:
    """Only a major version asks for letters to be issued anew."""
    assert versions.change(old, new) is change
    assert versions.is_affected(old, new) is (change is Change.MAJOR)


@pytest.mark.parametrize("odd", ["", "1.0.0", "loa 1.0", "loa 1.0.0 ", "loa 01.0.0", "loa 1.0.0-rc1", "test"])
def test_an_odd_version_is_refused_and_its_letter_is_listed(odd: str) -> None:
    """Nobody is left out because a version cannot be read."""
    with pytest.raises(ValueError, match="version"):
        versions.read(odd)
    assert versions.is_affected(odd, "loa 1.0.0")


def test_there_is_no_way_back() -> None:
    """A newer letter is not affected by an older template; that is a mistake."""
    with pytest.raises(ValueError, match="older"):
        versions.change("loa 2.0.0", "loa 1.9.0")


def test_the_template_in_use_has_a_version() -> None:
    """Of this form."""
    assert versions.read(TEMPLATE_VERSION)


GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "fixtures" / "golden_letters.json").read_text())
OLDER = sorted({*GOLDEN, "loa 1.1.0"} - {TEMPLATE_VERSION}) or ["loa 1.1.0"]


@pytest.mark.parametrize("version", OLDER)
def test_the_files_of_each_older_version_are_kept_and_have_its_hash(version: str) -> None:
    """Whoever changes the template copies the old files: a pack shows the words of every letter that was signed."""
    kept = template.older(version)
    said = json.loads(kept["template.json"])
    assert said["version"] == version
    whole = hashlib.sha256()
    for each in said["files"]:
        assert hashlib.sha256(kept[each["name"]]).hexdigest() == each["sha256"]
        whole.update(bytes.fromhex(each["sha256"]))
    for each in said["typefaces"]:
        whole.update(bytes.fromhex(each["sha256"]))
    whole.update(" ".join(said["programs"]).encode())
    assert whole.hexdigest() == said["sha256"]


def test_of_a_version_that_was_not_kept_there_are_no_files() -> None:
    assert template.older("loa 0.0.1") == {}
