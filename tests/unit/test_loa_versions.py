"""What a new version of the template asks of the letters that are out."""

import pytest

from consents.loa import versions
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
