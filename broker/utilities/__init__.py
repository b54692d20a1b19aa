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
    "forget",
    "ids",
    "in_mode",
    "load",
    "load_overlay",
    "offer",
    "offers",
    "published",
    "read_text",
    "text",
]

FOLDER = Path(__file__).parent
OVERLAY = ".rehearsal.toml"
_rehearsed: dict[tuple[str, str], UtilityProfile | None] = {}  # by id and version


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


def for_mode(utility_id: str, mode: str) -> UtilityProfile:
    """Give the published profile as a database of this mode works by it; raises `UnknownUtility`, `ProfileError`."""
    found = in_mode(published(utility_id), mode)
    if found is None:
        raise ProfileError(f"{utility_id}{OVERLAY}", 1, "this utility has no overrides for a rehearsal")
    return found


def in_mode(profile: UtilityProfile, mode: str) -> UtilityProfile | None:
    """Give a profile as a database of this mode works by it: in a rehearsal, with the played counterparties' contacts.

    Nothing where a rehearsal plays no such utility: its own contacts are never used there.
    """
    if mode == "live":
        return profile
    if mode != "rehearsal":
        raise ValueError(f"no such mode: {mode}")
    if (key := (profile.id, profile.version)) not in _rehearsed:
        path = FOLDER / f"{profile.id}{OVERLAY}"
        _rehearsed[key] = load_overlay(path, profile, mode=mode) if path.exists() else None
    return _rehearsed[key]


def text(utility_id: str) -> str:
    """Give the text of a published profile's file; raises `UnknownUtility`."""
    if offer(utility_id) is None:
        raise UnknownUtility(utility_id)
    return _file(utility_id).read_text(encoding="utf-8")


def read_text(text: str, utility_id: str) -> Offer:
    """Read a profile from a text that is to be the one of this utility; raises `ProfileError` with the line."""
    found = loader.parse(text, _file(utility_id).name)
    if found.id != utility_id:
        raise ProfileError(_file(utility_id).name, 1, f"this is the profile of “{found.id}”, not of “{utility_id}”")
    return found


def _file(utility_id: str) -> Path:
    return FOLDER / f"{utility_id}.toml"


def forget() -> None:
    """Read the files again when they are asked for next: somebody put others into the folder."""
    _all.cache_clear()
    _rehearsed.clear()


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
