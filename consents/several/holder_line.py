"""Whether a bill names one certain holder and nobody beside (rules: pure).

A name that stands in a longer one is found there, too: "BETTY SMITH" in "JAMES OR BETTY SMITH". With one account the
signer is asked for the line as billed and a second holder is heard (`consents.joint`); a letter for many accounts is
of one holder, so here what stands around the name counts.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from consents.joint.names import read

NAME, JOINT = "name", "joint"
_JOIN = r"(?:and\s*/\s*or|y\s*/\s*o|or|and|&|\+|(?<!c)/(?!o\b))"
_LETTER = r"(?:y|e)"  # joins in Spanish, and is the name of many a road
_ANY = rf"(?:{_JOIN}|{_LETTER})"
# Each with the words alone, and with the letters as well.
_INSIDE, _BEHIND, _BEFORE = (
    tuple(re.compile(pattern % joining) for joining in (_JOIN, _ANY))
    for pattern in (
        r"(?:^|[\s,.])%s(?=[\s,.]|$)|[&+]|\w\s*(?<!c)/(?!o\b)\s*\w",
        r"[,.]?\s*%s(?=\W|$)|[&+/]",
        r"(?:^|\W)%s$|[&+/]$",
    )
)
_TENANTS = re.compile(r"\b(?:jt\s*ten|jtwros|jtrs|ten\s*ent|husband|wife|spouse|et\s*ux|et\s*vir|et\s*al)\b")
_WORD = re.compile(r"\w+")
_CARE_OF = re.compile(r"(?:(?<=\s)|^)(?:%|c/o\b|c\.o\.|care of\b|attn\b)[^\d:$#]*")
# Words with which another column of the paper begins.
_LABEL = (
    r"(?:accounts?|acct|cuenta|statement|billing|billed|invoice|bill\s+(?:date|period|number|no|to|type)|factura|due|payment|amount|total|balance|customer|"
    r"member|phone|page\s+\d+|meter|medidor|rate|tarifa|fecha|date|service\s+(?:address|location|from|to|period|dates?|type)|"
    r"direcci[oó]n|reading|read\s+date|previous|present|current|usage|cycle)\b"
)
_COLUMN = re.compile(rf"[\d:$#]|\b{_LABEL}")
_NUMBER = re.compile(rf"\b{_LABEL}(?:\s+[^\W\d]+){{0,2}}\s*[:#$]*\s*\S{{0,40}}\d\S*|(?<!\S)\S{{0,40}}\d\S*|[:$#|]")
_STREETS = (
    r"\b(?:highway|hwy|road|rd|street|st|avenue|ave|drive|dr|lane|ln|court|ct|circle|cir|blvd|trail|trl|pkwy|place|"
    r"pl|terrace|ter|missouri|mo|arkansas|ar)\b"
)
_STREET = re.compile(_STREETS)
_PLACE = re.compile(rf"{_STREETS}|\b(?:route|rte|rt|county|cr|state|us|box)\b")
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "esq", "md"})


def judge(lines: Iterable[Sequence[str]], name: str) -> str:
    """Say of the lines of a bill with this name (each with its neighbours) what it says of the holder.

    "" where a line names this holder and no line another beside; `joint` where one does; else `name`.
    """
    found = [_of(*map(_plain, each), name=_plain(name)) for each in lines]
    if JOINT in found:
        return JOINT
    return "" if "" in found else NAME


def is_joint(name: str) -> bool:
    """Say whether a typed name is that of more than one holder."""
    return read(name).is_joint or bool(_TENANTS.search(_plain(name)) and not read(name).body)


def _of(before: str, line: str, after: str, *, name: str) -> str:
    """Say of one line what it says of the holder; another column beside the name hides nothing."""
    places = list(_places(line, _WORD.findall(name)))
    if not places:
        return NAME
    surname = _surname(name)
    ends = [0, *(end for _begin, end in places)]
    starts = [*(begin for begin, _end in places), len(line)]
    rest = [line[end:start] for end, start in zip(ends, starts, strict=True)]
    named = any(_is_of(_CARE_OF.sub("", each), surname) for each in (before, *rest, after))
    # A name that goes on in the next line, or began in the one before.
    if named or _ends_joined(before) or _begins_joined(after):
        return JOINT
    found = [_around(line[:begin], line[end:]) for begin, end in places]
    if JOINT in found:
        return JOINT
    return "" if "" in found else NAME


def _around(lead: str, trail: str) -> str:
    """Say what stands on both sides of a name, up to the next column of the paper."""
    own = _CARE_OF.sub("", _COLUMN.split(trail, maxsplit=1)[0]).strip(" .,")
    ahead = _COLUMN.split(lead)[-1].strip(" .,")
    if _joins(own) or _joins(ahead) or _TENANTS.search(own):
        return JOINT
    return NAME if own or ahead else ""


def _joins(text: str) -> bool:
    """Say whether a word that joins two names stands in a text without digits."""
    return bool(_INSIDE[not _PLACE.search(text)].search(text))


def _begins_joined(after: str) -> bool:
    """Say whether a column of the next line goes on with another holder."""
    goes_on = _BEHIND[not _is_place(after)]
    return any(goes_on.match(each) or _TENANTS.match(each) for each in _columns(after))


def _ends_joined(before: str) -> bool:
    """Say whether a column of the line before ends with a word that joins."""
    goes_on = _BEFORE[not _is_place(before)]
    return any(goes_on.search(each) for each in _columns(before))


def _is_of(text: str, surname: str) -> bool:
    """Say whether a column names somebody of this surname, and is no place."""
    there = [_WORD.findall(each) for each in _columns(text)]
    return bool(surname) and any(
        word == surname and len(words) > 1 and not _STREET.search(" ".join(words[place + 1 : place + 3]))
        for words in there
        for place, word in enumerate(words)
    )


def _is_place(text: str) -> bool:
    return bool(re.search(r"\d", text) or _PLACE.search(text))


def _columns(text: str) -> list[str]:
    """Cut a line at its numbers and signs: what stands between them can be of a column of its own."""
    return [each for each in (piece.strip(" .,") for piece in _NUMBER.split(text)) if each]


def _surname(name: str) -> str:
    """Give the surname of a typed name; "" for that of a body, which has none."""
    before, comma, _after = name.partition(",")
    words = [each for each in _WORD.findall(before if comma else name) if len(each) > 1 and each not in _SUFFIXES]
    is_turned = not comma and len(name.split()[-1].strip(".")) == 1  # "SMITH JAMES R"
    return "" if read(name).body or not words else words[0 if is_turned else -1]


def _places(line: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Give where these words follow each other in a line: from, to."""
    there = list(_WORD.finditer(line))
    for first in range(len(there) - len(words) + 1 if words else 0):
        found = there[first : first + len(words)]
        if [each[0] for each in found] == list(words):
            yield found[0].start(), found[-1].end()


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    kept = "".join(sign for sign in folded if not unicodedata.combining(sign)).casefold()
    return " ".join(kept.replace("'", "").replace("’", "").split())
