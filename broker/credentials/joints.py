"""Words that signs join: names of files, hosts and paths, what stands before the sign of an address (rules)."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from broker.credentials import digests, words
from broker.credentials.labels import Label, fold, label_of
from broker.credentials.shape import is_of_chance
from broker.credentials.views import View, rewrite

MAX_UNDERSCORES = 20_000  # of one text; file names have a few
MOST_NAMES = 6  # file names that are read by themselves
MAX_NAMED_FILES = 20_000  # characters of a text in which file names are read as words

_UNDERSCORED = re.compile(r"(?<![^\s/])[^\s_/]+(?:_[^\s_/]++){2,}(?!\S)")  # file names
_FILE = re.compile(
    r"\A([^\n]{8,180})\.(pdf|docx?|xlsx?|csv|txt|png|jpe?g|rtf|odt|zip)\s*\Z"
)  # a text that is one file name


def of_underscores(view: View) -> View:
    """Give the names of files in a text as words."""
    if 1 < view.text.count("_") < MAX_UNDERSCORES and view.search(_UNDERSCORED):
        return rewrite(view, _UNDERSCORED, lambda match: _spread(match[0]))
    return view


def of_file_name(view: View) -> View:
    """Give a text that is one name of a file as words, if one of them speaks of signing in."""
    text = view.text
    if _FILE.search(text) and any(
        label_of(fold(word)) or fold(word) in words.ACCESS for word in re.split(r"[\W_]+", text)
    ):
        return rewrite(view, _FILE, lambda match: re.sub(r"[-._]", " ", match[1]) if " " not in match[1] else match[1])
    return view


def of_joints(view: View) -> View:
    """Give sentences whose words are joined by signs as words."""
    return rewrite(view, _JOINED, _parted) if view.search(_JOINED) else view


def of_address(view: View) -> View:
    """Give what says before the sign of an address that it is a password, as words."""
    if "@" not in view.text or view.search(_RUN_TOGETHER) is None:
        return view
    return rewrite(view, _RUN_TOGETHER, lambda match: f"{match[1]} {match[2]} {match[3]} {match[4]} ")


# A sentence as a form sends it: `my+password+is+Gravel9`.
_PLUSES = re.compile(r"(?<!\S)[^\W\d_]{1,20}(?:\+[^\s+]{1,24}){3,}+(?!\S)")


def of_pluses(view: View) -> View:
    """Give a sentence whose words are joined by pluses as words, if one of them names a secret."""
    if "+" not in view.text or view.search(_PLUSES) is None:
        return view
    return rewrite(view, _PLUSES, _said)


def _said(match: re.Match[str]) -> str:
    parts = match[0].split("+")
    return " ".join(parts) if sum(map(_is_plain, parts)) > 2 and any(map(_names_secret, parts)) else match[0]


_ENDING = re.compile(r"\.\w{2,4}$")


def _spread(name: str) -> str:
    """Give a file name as words, without its ending; a program's token is no name and has none."""
    bare = _ENDING.sub("", name)
    if is_of_chance(name) or (bare == name and not any(map(label_of, fold(name).split("_")))):
        return name
    return bare.replace("_", " ")


# A file name that stands among other words and names a secret: `smarthub-pass-Haywire_30.txt`.
_NAMED_FILE = re.compile(
    r"(?<![\w/.-])([\w()~.+@'!&=-]{8,120}|[\"“][^\"”\n]{8,120}?)\.(?:pdf|docx?|xlsx?|csv|txt|png|jpe?g|heic|rtf|odt|"
    r"msg|eml)(?![\w-])"
)


_ENDS_A_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|csv|txt|png|jpe?g|heic|rtf|odt|msg|eml)")


def named_files(view: View) -> Iterator[View]:
    """Give names of files that stand among other words and name a secret: in their place, and each by itself."""
    if len(view.text) > MAX_NAMED_FILES or not view.search(_ENDS_A_FILE) or not view.search(_NAMED_FILE):
        return
    made = rewrite(view, _NAMED_FILE, _as_words)
    if made.text == view.text:
        return
    yield made
    for match in islice(view.finditer(_NAMED_FILE), MOST_NAMES):
        at = match.span()
        if (name := _as_words(match)) != match[0]:
            yield View(
                name,
                lambda _s, _e, span=at: view.back(*span),  # type: ignore[misc]
                dressed=True,
            )


def _as_words(match: re.Match[str]) -> str:
    parts = re.split(r"[-_\s()]+", match[1].strip('"“'))
    last = parts[-1]
    if len(parts) < 2 or len(last) < 4 or not any(_names_secret(part) for part in parts[:-1]):
        return match[0]
    return " " + " ".join(parts) + " "


# A sentence without blanks, as it stands in a path, a host, or before the sign of an e-mail address:
# `my-portal-password-is-Gravel9`.
_JOINED = re.compile(r"(?<![\w.+=-])[^\W\d_][^\W_]*+(?:(?:[-_.][^\W_]++){2,}+(?![+=])|(?:[-_.+=][^\W_]++)++(?=@))")
_JOINT = re.compile(r"[-_.+=]")
_HUMPS = re.compile(r"[^\W\d_][a-z\u00e0-\u00ff]++(?:[A-Z][a-z]{2,}+)*+")  # Gravel, SmartHub
_LONGEST_SECRET = 20  # signs of a password between joined words
# The same without anything between the words, before the sign of an address: only what says that it is one.
_RUN_TOGETHER = re.compile(
    r"(?i)(?<![\w.+=-])((?:my|mi|our|the|el|la|su|new|portal|smarthub|hub|web|login|site|account){0,4})"
    r"(password|passcode|passphrase|contrase(?:ñ|ny?)a|clave|pin|nip)((?:delportal)?(?:is|es|was|era))"
    r"(?=[^@\s]{0,40}\d)([^\W_][\w!$#%&*-]{3,30})(?=@)"
)


def _parted(match: re.Match[str]) -> str:
    parts = _JOINT.split(match[0])
    local = match.string[match.end() : match.end() + 1] == "@"
    if not local and match[0].count(".") == len(parts) - 1 > 1:
        return match[0]  # a host
    mixed = [part for part in parts if not _is_plain(part)]
    if len(mixed) > 1 or any(len(part) > _LONGEST_SECRET for part in mixed):
        # A token that a program made: words and one secret hold no two such parts, and no such long one.
        return match[0]
    said = sum(part.isalpha() and len(part) > 1 for part in parts)
    named = any(_names_secret(part) for part in parts)
    if said >= 4 or (named and (said >= 3 or local)) or (mixed == parts[-1:] and _is_bare_label(parts[-2])):
        return " ".join(parts) + " " * local  # what stands before the sign is no address then
    return match[0]


def _is_bare_label(part: str) -> bool:
    return label_of(fold(part)) is Label.STRONG


def _is_plain(part: str) -> bool:
    """Say whether a part is a number, or is written as people write a word."""
    return part.isdecimal() or (part.isalpha() and (part.islower() or part.isupper() or bool(_HUMPS.fullmatch(part))))


def _names_secret(part: str) -> bool:
    word = fold(part)
    return label_of(word) is not None or word in words.ACCESS


def of_path(view: View) -> View:
    """Give what stands behind a step of a path that names a secret as that step's value."""
    if "/" not in view.text or view.search(_MAYBE_IN_PATH) is None:
        return view
    made = rewrite(view, _IN_PATH, _as_label)
    if made.text == view.text:
        return view
    # Into a hash chance writes `/pw/` as well.
    hashes = [at for span in digests.spans(view) if is_of_chance(view.text[slice(*span)]) for at in span]
    if not hashes:
        return made
    made = rewrite(
        view, _IN_PATH, lambda match: match[0] if bisect_right(hashes, match.start()) % 2 else _as_label(match)
    )
    return view if made.text == view.text else made


# A path that names what it holds: `/id/rob77/pw/Gravel`.
_IN_PATH = re.compile(r"(?<=/)([A-Za-z_-]{2,20})/(?=([^/\s?#&=]{3,64}))")
_MAYBE_IN_PATH = re.compile(r"/[A-Za-z_-]{2,20}/[^/\s?#&=]{3}")


# A path goes on: `/properties/password/description` names a field and no secret.
_INNER = re.compile(r"/[A-Za-z_-]{1,64}/\Z")


def _as_label(match: re.Match[str]) -> str:
    if label_of(fold(match[1])) is None or (match[2].isalpha() and _INNER.search(match.string, 0, match.start())):
        return match[0]
    return f"\n{match[1]}: {match[2]}\n"  # what is named may be a name too
