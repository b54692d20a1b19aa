"""Whether a bill names one certain holder and nobody beside (rules: pure).

A name that stands in a longer one is found there, too: "BETTY SMITH" in "JAMES OR BETTY SMITH". With one account the
signer is asked for the line as billed and a second holder is heard (`consents.joint`); a letter for many accounts is
of one holder, so here what stands around the name counts.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from consents.joint.names import read

NAME, JOINT = "name", "joint"
_JOINS = r"(?:and\s*/\s*or|y\s*/\s*o|or|and|y|e|&|\+|/)"
_BEHIND = re.compile(rf"^\s*[,.]?\s*{_JOINS}(?=\W|$)|^\s*[&+/]")
_BEFORE = re.compile(rf"(?:^|\W){_JOINS}\s*$|[&+/]\s*$")
_TENANTS = re.compile(r"\b(?:jt\s*ten|jtwros|jtrs|ten\s*ent|husband|wife|spouse|et\s*ux|et\s*vir|et\s*al)\b")
_WORD = re.compile(r"\w+")
_CARE_OF = re.compile(r"^\s*(?:%|c/o\b|c\.o\.|care of\b|attn\b)")
_OTHER_COLUMN = re.compile(r"[\d:$#]")


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
    place = _place(line, _WORD.findall(name))
    if place is None:
        return NAME
    lead, trail = line[: place[0]].rpartition(":")[2].strip(), line[place[1] :].strip(" .,")
    # A name that goes on in the next line, or began in the one before.
    if _BEFORE.search(lead or before) or _BEHIND.search(trail or after) or _TENANTS.search(trail):
        return JOINT
    return "" if _is_edge(lead) and (_is_edge(trail) or bool(_CARE_OF.match(trail))) else NAME


def _place(line: str, words: Sequence[str]) -> tuple[int, int] | None:
    """Give where these words follow each other in a line: from, to."""
    there = list(_WORD.finditer(line))
    for first in range(len(there) - len(words) + 1 if words else 0):
        found = there[first : first + len(words)]
        if [each[0] for each in found] == list(words):
            return found[0].start(), found[-1].end()
    return None


def _is_edge(text: str) -> bool:
    """Say whether nothing more of a name stands there: nothing at all, or another column of the paper."""
    return not text or bool(_OTHER_COLUMN.search(text))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text)
    kept = "".join(sign for sign in folded if not unicodedata.combining(sign)).casefold()
    return " ".join(kept.replace("'", "").replace("’", "").split())
