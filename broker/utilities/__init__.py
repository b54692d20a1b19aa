"""Utility profiles: what each utility offers, read from one data file each."""

from functools import cache
from pathlib import Path

from broker.utilities import loader
from broker.utilities.profile import UtilityProfile
from broker.utilities.reading import ProfileError

__all__ = [
    "ProfileError",
    "UnknownUtility",
    "UtilityProfile",
    "find",
    "for_mode",
    "ids",
    "load",
    "load_overlay",
    "published",
]

FOLDER = Path(__file__).parent
OVERLAY = ".rehearsal.toml"


class UnknownUtility(LookupError):
    """No profile has this id."""


def load(path: Path) -> UtilityProfile:
    """Read a profile from a file, strictly; raises `ProfileError` with file and line."""
    return loader.parse(path.read_text(encoding="utf-8"), path.name)


def load_overlay(path: Path, base: UtilityProfile, *, mode: str) -> UtilityProfile:
    """Lay a rehearsal's overrides over a profile; raises `ProfileError` in any mode but “rehearsal”."""
    return loader.overlay(path.read_text(encoding="utf-8"), path.name, base, mode=mode)


def ids() -> tuple[str, ...]:
    """Give the ids of all published profiles."""
    return tuple(_all())


def find(utility_id: object) -> UtilityProfile | None:
    """Give the published profile of this id, or nothing."""
    return _all().get(utility_id) if isinstance(utility_id, str) else None


def published(utility_id: str) -> UtilityProfile:
    """Give the published profile of this id; raises `UnknownUtility`."""
    profile = find(utility_id)
    if profile is None:
        raise UnknownUtility(utility_id)
    return profile


@cache
def for_mode(utility_id: str, mode: str) -> UtilityProfile:
    """Give the profile by which a database of this mode works: in a rehearsal, the played counterparties' contacts."""
    base = published(utility_id)
    if mode == "live":
        return base
    if mode != "rehearsal":
        raise ValueError(f"no such mode: {mode}")
    path = FOLDER / f"{utility_id}{OVERLAY}"
    if not path.exists():
        raise ProfileError(path.name, 1, "this utility has no overrides for a rehearsal")
    return load_overlay(path, base, mode=mode)


@cache
def _all() -> dict[str, UtilityProfile]:
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        if not path.name.endswith(OVERLAY):
            profile = load(path)
            if profile.id != path.stem:
                raise ProfileError(path.name, 1, f"the file of “{profile.id}” must be named {profile.id}.toml")
            found[profile.id] = profile
    return found
