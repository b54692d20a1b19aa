"""Utility profiles: what each utility offers, read from one data file each."""

from functools import cache
from pathlib import Path

from broker.utilities import loader
from broker.utilities.profile import Offer, UtilityProfile
from broker.utilities.reading import ProfileError

__all__ = [
    "Offer",
    "ProfileError",
    "UnknownUtility",
    "UtilityProfile",
    "find",
    "for_mode",
    "ids",
    "load",
    "load_overlay",
    "offer",
    "offers",
    "published",
]

FOLDER = Path(__file__).parent
OVERLAY = ".rehearsal.toml"


class UnknownUtility(LookupError):
    """No profile has this id."""


def load(path: Path) -> UtilityProfile:
    """Read a profile in which nothing is unknown, strictly; raises `ProfileError` with file and line."""
    found = load_offer(path)
    if not isinstance(found, UtilityProfile):
        raise ProfileError(path.name, 1, f"unknown: {', '.join(found.unknown)}")
    return found


def load_offer(path: Path) -> Offer:
    """Read a profile from a file, strictly, whatever it leaves unknown; raises `ProfileError` with file and line."""
    return loader.parse(path.read_text(encoding="utf-8"), path.name)


def load_overlay(path: Path, base: UtilityProfile, *, mode: str) -> UtilityProfile:
    """Lay a rehearsal's overrides over a profile; raises `ProfileError` in any mode but “rehearsal”."""
    return loader.overlay(path.read_text(encoding="utf-8"), path.name, base, mode=mode)


def offers() -> tuple[Offer, ...]:
    """Give all published profiles, also those of which something is unknown."""
    return tuple(_all().values())


def offer(utility_id: object) -> Offer | None:
    """Give what is published of the utility of this id, or nothing: enough to decide by, not to send by."""
    return _all().get(utility_id) if isinstance(utility_id, str) else None


def ids() -> tuple[str, ...]:
    """Give the ids of the published profiles in which nothing is unknown: those of utilities that can be reached."""
    return tuple(name for name, each in _all().items() if isinstance(each, UtilityProfile))


def find(utility_id: object) -> UtilityProfile | None:
    """Give the published profile of this id, or nothing: neither for one of which something is unknown."""
    found = offer(utility_id)
    return found if isinstance(found, UtilityProfile) else None


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
def _all() -> dict[str, Offer]:
    found = {}
    for path in sorted(FOLDER.glob("*.toml")):
        if not path.name.endswith(OVERLAY):
            profile = load_offer(path)
            if profile.id != path.stem:
                raise ProfileError(path.name, 1, f"the file of “{profile.id}” must be named {profile.id}.toml")
            found[profile.id] = profile
    return found
