"""What a new version of the letter's template asks of the letters that are out (rules).

`loa MAJOR.MINOR.PATCH`. A patch changes layout and no words: new golden bytes, nothing else. A minor version says the
same more clearly: new letters only. A major one changes scope, recipient or law: every letter in force of an older
major version is listed for re-issue. None is rendered anew: an old letter is valid for its own text until its end.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_FORM = re.compile(r"loa (0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


class Change(StrEnum):
    """How far two versions lie apart."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True, order=True)
class Version:
    """The version of a template, in the order in which they came."""

    major: int
    minor: int
    patch: int


def read(text: str) -> Version:
    """Read `loa 1.2.3`; raises ValueError for anything else."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError("not a version of the letter's template")
    return Version(*(int(each) for each in found.groups()))


def change(old: str, new: str) -> Change:
    """Say how far a template went; raises ValueError for a step back."""
    before, after = read(old), read(new)
    if after < before:
        raise ValueError("a template has no older version after a newer one")
    if before.major != after.major:
        return Change.MAJOR
    if before.minor != after.minor:
        return Change.MINOR
    return Change.NONE if before == after else Change.PATCH


def is_affected(signed_with: str, now: str) -> bool:
    """Say whether a letter in force is to be re-issued; one whose version cannot be read is, so that none is missed."""
    try:
        return change(signed_with, now) is Change.MAJOR
    except ValueError:
        return True
