"""The name line of a bill: which people it names as holders (rules: pure).

OBEC's bylaws (Art. I, section 2) hold a membership jointly with the spouse, and a bill prints both in one line:
"JAMES R OR BETTY SMITH". A line is read for two purposes only: to ask the signer about the other holder, and to
compare a name that somebody types. In doubt both readings count (`Holder.spellings`), because an extra question does
no harm; a business, a church, an estate or a trust is one holder, whatever "&" its name holds.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 200  # characters of a line; more is no name
_JOIN = re.compile(r"\s+(?:AND\s*/\s*OR|OR|AND|&|\+|Y/O)\s+|\s*&\s*|\s*\+\s*")
_SLASH = re.compile(r"(?<=[^\WC])\s*/\s*(?=[^\WO])")
_CARE_OF = re.compile(r"\s*(?:%|\bC/O\b|\bC\.O\.\s|\bCARE OF\b|\bATTN:?(?=\s)).*$")
_TRADING = re.compile(r"\s+(?:D/?B/?A|T/A|A/?K/?A|F/?K/?A)\b.*$")
_TAIL = re.compile(r"[,\s]+(?:OR|AND|&|AND/OR)\s*$")
_UNNAMED = re.compile(r"[,\s]+(?:ET\s*UX|ET\s*VIR|ET\s*AL|(?:AND|&|OR)\s+(?:WIFE|HUSBAND|SPOUSE))\.?\s*$")
_MARKS = re.compile(r"[,\s]+(?:JT\s*TEN|JTWROS|JTRS|TEN\s*ENT|TIC|H\s*/\s*W|HUSBAND AND WIFE|WIFE AND HUSBAND)\.?\s*$")
_COUPLE = re.compile(r"^(?:MR\.?\s*(?:&|AND)\s*MRS|MRS\.?\s*(?:&|AND)\s*MR|SR\.?\s*Y\s*SRA)\.?\s+(?P<rest>.+)$")
_TITLES = frozenset({"MR", "MRS", "MS", "MISS", "MX", "DR", "REV", "HON", "SRA", "SRTA"})
_SUFFIXES = frozenset({"JR", "SR", "II", "III", "IV", "V", "ESQ", "MD", "DDS", "DVM", "DO", "PHD", "CPA"})
# One of these words makes the line the name of one body, not of people.
_BODIES = frozenset({
    "LLC", "LLP", "LP", "INC", "INCORPORATED", "CORP", "CORPORATION", "CO", "COMPANY", "LTD", "PC", "PLLC", "BANK",
    "CHURCH", "MINISTRIES", "MINISTRY", "TEMPLE", "SCHOOL", "SCHOOLS", "DISTRICT", "COUNTY", "CITY", "TOWN",
    "VILLAGE", "STATE", "DEPT", "DEPARTMENT", "ESTATE", "TRUST", "TRUSTEE", "TRUSTEES", "TTEE", "TR", "FOUNDATION",
    "ASSOCIATION", "ASSN", "ASSOC", "CLUB", "LODGE", "POST", "CEMETERY", "FARM", "FARMS", "RANCH", "RANCHES",
    "DAIRY", "STORE", "SHOP", "GARAGE", "MOTEL", "RESTAURANT", "CAFE", "PROPERTIES", "PROPERTY", "RENTALS", "RENTAL",
    "APARTMENTS", "APTS", "ENTERPRISES", "ENTERPRISE", "HOLDINGS", "INVESTMENTS", "SERVICES", "SERVICE", "SONS",
    "SON", "BROS", "BROTHERS", "SISTERS", "DAUGHTERS", "PARTNERSHIP", "PARTNERS", "GROUP", "LIBRARY", "HOSPITAL",
    "CLINIC", "COOPERATIVE", "COOP", "UNIVERSITY", "COLLEGE", "HOA", "LIVESTOCK", "CATTLE", "SUPPLY", "LUMBER",
    "TRUCKING", "CONSTRUCTION", "REALTY",
})  # fmt: skip


@dataclass(frozen=True)
class Holder:
    """One person of a name line, as it is most likely meant, with every other way to read it."""

    name: str
    spellings: frozenset[str]


@dataclass(frozen=True)
class NameLine:
    """What a bill's name line says: its holders in order, and whether one more is meant who is not named."""

    holders: tuple[Holder, ...]
    unnamed: bool = False
    body: bool = False

    @property
    def is_joint(self) -> bool:
        """Say whether the account has more than one holder."""
        return len(self.holders) + self.unnamed > 1


@dataclass(frozen=True)
class _Part:
    """The words of one person before the surname of the other is known."""

    words: tuple[str, ...]
    suffix: str
    reversed: bool  # "SMITH, JAMES R"

    @property
    def only_given(self) -> bool:
        """Say whether it is a given name (with initials) that lacks its surname."""
        return len(self.words) == 1 or (len(self.words) > 1 and all(len(each) == 1 for each in self.words[1:]))


def read(line: str) -> NameLine:
    """Read a name line as printed on a bill; a line that cannot be read is one holder, spelled as it stands."""
    plain = _plain(line)[:LONGEST]
    if not plain:
        return NameLine(())
    plain = _TRADING.sub("", _CARE_OF.sub("", plain)).strip(" ,") or plain
    if set(re.split(r"[^\w]+", plain)) & _BODIES:
        return NameLine((_whole(plain),), body=True)
    unnamed = False
    if couple := _COUPLE.match(plain):
        unnamed, plain = True, couple["rest"]
    for mark in (_MARKS, _UNNAMED, _TAIL):
        shorter = mark.sub("", plain).strip(" ,")
        unnamed = unnamed or (shorter != plain and mark is not _MARKS)
        plain = shorter or plain
    parts = [_part(each) for each in _split(plain)]
    parts = [each for each in parts if each.words]
    if not parts:
        return NameLine((_whole(plain),))
    holders = _people(parts)
    return NameLine(holders, unnamed=unnamed and len(holders) == 1)


def names_a_holder(typed: str, line: str) -> bool:
    """Say whether a typed name is the whole line or one of its people; case, accents and initials forgiven."""
    wanted = _plain(typed)
    if not wanted:
        return False
    if _bare(wanted) == _bare(_plain(line)):
        return True
    found = read(line)
    if found.body:
        return False
    return any(_same_person(wanted, spelling) for holder in found.holders for spelling in holder.spellings)


def people(line: str) -> tuple[str, ...]:
    """Give the people of a line that names two or more; none for one person, or for a body."""
    found = read(line)
    return tuple(each.name for each in found.holders) if len(found.holders) > 1 else ()


def signs_alone(typed: str, line: str) -> bool:
    """Say whether a typed name is that of one of the people whom a line names, and not the names of several."""
    return not people(typed) and names_a_holder(typed, line)


def lines_agree(one: str, other: str) -> bool:
    """Say whether two name lines can be the same bill's: they share a holder, or are alike word for word."""
    return names_a_holder(one, other) or any(names_a_holder(each.name, other) for each in read(one).holders)


def are_two_holders(one: str, other: str, line: str) -> bool:
    """Say whether two names are those of different people of a line; False where either could be the other's.

    A name of several people is nobody's own.
    """
    mine, theirs = _which(one, line), _which(other, line)
    return bool(mine and theirs) and not mine & theirs and not people(one) and not people(other)


def others(line: str, signer: str) -> tuple[str, ...]:
    """Give the names of the holders who are not the signer; all but the first where the signer is none of them."""
    holders, mine = read(line).holders, min(_which(signer, line), default=0)
    return tuple(each.name for n, each in enumerate(holders) if n != mine)


def _which(typed: str, line: str) -> set[int]:
    """Give the places in a line of the people whom a typed name can name."""
    wanted = _plain(typed)
    return {n for n, each in enumerate(read(line).holders) if any(_same_person(wanted, s) for s in each.spellings)}


def _plain(text: str) -> str:
    folded = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(folded.replace("’", "'").upper().split())


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[.,]", " ", text).split())


def _whole(plain: str) -> Holder:
    return Holder(plain, frozenset({_bare(plain)}))


def _split(plain: str) -> list[str]:
    """Cut at the joining words; "A, B AND C SMITH" has commas as joins too, "SMITH, JAMES" has not."""
    pieces = [each.strip(" ,") for each in _JOIN.split(plain)]
    if len(pieces) == 1 and _SLASH.search(plain):
        pieces = [each.strip(" ,") for each in _SLASH.split(plain)]
    if len(pieces) > 1 and "," in pieces[0] and len(pieces[-1].split()) > 1:
        head = [each.strip() for each in pieces[0].split(",")]
        if all(len(each.split()) == 1 for each in head) and not set(head[1:]) & _SUFFIXES:
            pieces = [*head, *pieces[1:]]
    return [each for each in pieces if each]


def _part(text: str) -> _Part:
    before, comma, after = (each.strip() for each in text.partition(","))
    behind = _bare(after).split() if comma else []  # nothing where signs alone stand behind it
    is_reversed = bool(behind) and behind[0] not in _SUFFIXES
    words = _bare(text).split()
    suffix = " ".join(each for each in words if each in _SUFFIXES and len(words) > 1)
    kept = [each for each in words if each not in _TITLES and not (each in _SUFFIXES and len(words) > 1)]
    if is_reversed:
        last = [each for each in _bare(before).split() if each not in _SUFFIXES]
        kept = [*kept[len(last) :], *last]
    return _Part(tuple(kept), suffix, is_reversed)


def _people(parts: list[_Part]) -> tuple[Holder, ...]:
    first, last = parts[0], parts[-1]
    surnames: tuple[str, ...] = ()
    if len(parts) > 1:
        if first.reversed:
            surnames = (first.words[-1],)
        elif len(last.words) > 1 and len(last.words[-1]) > 1:
            surnames = (last.words[-1],)
        elif len(first.words) > 1:
            # "SMITH JAMES R & BETTY" or "JAMES SMITH & BETTY": the surname stands at one end of the first name.
            ends = (first.words[0],) if len(first.words[-1]) == 1 else (first.words[-1], first.words[0])
            surnames = ends
    return tuple(_person(part, surnames, alone=len(parts) == 1) for part in parts)


def _person(part: _Part, surnames: tuple[str, ...], *, alone: bool) -> Holder:
    own = " ".join(part.words)
    found = [own]
    if not alone:
        lent = [f"{own} {each}" for each in surnames if each not in part.words]
        found = [*lent, own] if part.only_given else [own, *lent]
    # "SMITH JAMES R": the surname first, without a comma.
    turned = [" ".join([*part.words[1:], part.words[0]])] if len(part.words) > 1 and not part.reversed else []
    is_turned = bool(turned) and len(part.words[-1]) == 1 and part.words[0] in surnames
    name = turned[0] if is_turned else found[0]
    spellings = {each for each in (*found, *turned) if len(each.split()) > 1 or not surnames}
    return Holder(f"{name} {part.suffix}".strip(), frozenset(spellings or {own}))


def _same_person(typed: str, spelling: str) -> bool:
    """Compare given name and surname; middle names must only not contradict each other."""
    mine = [each for each in _bare(typed).split() if each not in _TITLES and each not in _SUFFIXES]
    theirs = [each for each in spelling.split() if each not in _SUFFIXES]
    if len(mine) < 2 or len(theirs) < 2:
        return bool(mine) and mine == theirs
    if mine[-1] != theirs[-1] or not _fits(mine[0], theirs[0]):
        return False
    return all(_fits(a, b) for a, b in zip(mine[1:-1], theirs[1:-1], strict=False))


def _fits(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
