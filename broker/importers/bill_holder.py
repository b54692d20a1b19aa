"""Whether a bill calls somebody else its holder, beside a label that says so (in the sandbox).

A name stands on a bill for other reasons too: whoever the paper is mailed to, a contact, who pays. Where the bill says
by a label whose the account is, that counts.
"""

import re
from collections.abc import Iterator

from broker.importers.bill_identity import folded

_LABEL = re.compile(
    r"(?:(?<![^\W\d_])(?:account|acct|customer|member|consumer)(?:[’']?s)?\s+(?:holder(?:[’']?s)?(?:\s+name)?|name)\b\s*[:.]?"
    r"|(?:^|\s{2,})(?:account\s+of|in\s+the\s+name\s+of)\b\s*:?"
    r"|(?:^|\s{2,}|\d\s)(?:name|customer|member|holder|nombre|cliente|titular)\s*:"
    r"|(?<![^\W\d_])(?:nombre\s+del?\s+(?:cliente|titular|socio)|titular\s+de\s+la\s+cuenta)\b\s*[:.]?)",
    re.I,
)
# Where the next column of the paper begins: a digit, a sign, wide blanks, or another label with its value. People are
# called Bill, Day and Page, so such a word alone ends no name; a row of labels alone names nobody.
_WORD = (
    r"(?:accounts?|acct|cuenta|statement|bill(?:ing|ed)?|invoice|factura|due|amounts?|total|balance|charges?|"
    r"payments?|phone|page|meters?|medidor|rates?|tariff|tarifa|fecha|dates?|service|locations?|direcci[oó]n|address|"
    r"mail(?:ing)?|customer|member|consumer|name|numbers?|no|id|n[uú]mero|cycle|route|book|class|district|sequence|map|type|"
    r"description|periods?|days?|previous|present|current|read(?:ings?)?|usage|used|kwh|kw|multiplier|since|desde)"
)
_NEXT = re.compile(rf"[\d:$#|]|\s{{2,}}|\b(?:since|desde)\b|\b{_WORD}(?=\s?[:#$\d|])", re.I)
_LABELS = re.compile(rf"{_WORD}|and|of|y|de|del|la|the|from|to|on|in", re.I)
_MOST = 5  # words of a name in small letters: more are a sentence
_FEWEST = 2  # words of a name; "Barn" is what somebody calls an account
# So does somebody who has two of them: "NORTH BARN" beside the label for the name of an account is no person.
_ACCOUNT_NAME = re.compile(r"(?:account|acct)(?:[’']?s)?\s+name\b", re.I)
_PLACES = re.compile(
    r"north|south|east|west|upper|lower|big|little|old|new|main|home|house|barns?|shop|sheds?|garage|cabin|farm|ranch|"
    r"field|pasture|well|pump|pond|grain|bins?|silo|dairy|rental|trailer|lot|yard|office|store|gate|lights?|casa|granero",
    re.I,
)
# Words of a sentence, and no person's name: where one begins a value, it says what a holder does; else the name ends.
_SENTENCE = re.compile(
    r"\b(?:must|shall|should|please|if|when|you|yours?|we|our|is|are|be|been|was|were|has|have|for|with|by|at|as|"
    r"this|that|these|which|any|pay|return|write|contact|changes?|changed|made|portion|reverse|check|listed|shown|above|"
    r"responsible|required|debe|deben|por|favor|sus|para|que|llame|pague|escriba|devuelva|cheque)\b",
    re.I,
)
# A company has such a word in its name: "ALL FOR ONE LLC".
_COMPANY = re.compile(r"\b(?:llc|llp|lp|inc|corp|corporation|co|company|ltd|trust)\b\.?", re.I)
# A name in small letters begins with none of these.
_GOES_ON = re.compile(
    r"(?:and|or|of|to|from|on|in|who|whose|may|will|can|cannot|does|not|agrees?|authori[sz]es?|i|y|o|en|quien)\b", re.I
)
_PARTICLE = re.compile(r"(?:de|del|la|las|los|van|von|der|den|di|da|du|st|al|el|bin)\b", re.I)
_ARTICLE = re.compile(r"\b(?:the|your|an?|each|any|this|el|la|su|un|cada|este)\s*$", re.I)


def names_another(text: str, name: str) -> bool:
    """Say whether beside a label for the holder a name stands that is not this one; its words in any order."""
    wanted = folded(name)
    return any(not _is_same(wanted, each) for each in _held_by(text))


def _is_same(wanted: list[str], held: list[str]) -> bool:
    """Say whether each word of a name stands in another one; `G GRANT` is as much of Gwen Grant as a bill prints."""
    if all(word in held for word in wanted):
        return True
    return len(held) == len(wanted) and all(word in held or word[0] in held for word in wanted)


def _held_by(text: str) -> Iterator[list[str]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        labels = list(_LABEL.finditer(line))
        for label, following in zip(labels, [*labels[1:], None], strict=False):
            rest = line[label.end() : following.start() if following else len(line)].strip()
            if not rest and label.group().strip() == line.strip() and number + 1 < len(lines):
                rest = lines[number + 1].strip()  # the label stands above its value
            value = _named(_NEXT.split(rest, maxsplit=1)[0])
            before = line[: label.start()]
            above = "" if before.strip() or not number else lines[number - 1]
            if ":" not in label.group() and _is_in_a_sentence(before, above, value):
                continue
            words, is_place = folded(value), _ACCOUNT_NAME.match(label.group().strip())
            said = [each for each in words if not (_LABELS.fullmatch(each) or (is_place and _PLACES.fullmatch(each)))]
            if len(words) >= _FEWEST and any(len(each) > 1 for each in said):
                yield words


def _named(value: str) -> str:
    """Give what of a value can be a name: what stands before the first word of a sentence, or a whole company."""
    front = _SENTENCE.split(value, maxsplit=1)[0]
    company = _COMPANY.search(value)
    return value[: company.end()] if company and 0 < len(folded(front)) < _FEWEST else front


def _is_in_a_sentence(before: str, above: str, behind: str) -> bool:
    """Say whether words that could be a label are part of a sentence; a bill prints a name with capitals.

    In small letters it is a name where the label begins a line or a column, and neither what stands before it nor what
    stands behind it goes on with a sentence.
    """
    if _ARTICLE.search(before):
        return True
    words = behind.split()
    capitals = [each[0].isupper() for each in words]
    if sum(capitals) >= _FEWEST and (capitals[0] or _PARTICLE.match(behind)):
        return False
    if any(capitals) and _PARTICLE.match(behind):
        return False
    told = sum(not _LABELS.fullmatch(each) for each in folded(behind))
    is_apart = not before.strip() or before.endswith("  ")
    goes_on = bool(_ARTICLE.search(above) or _GOES_ON.match(behind))
    return not is_apart or goes_on or len(words) > _MOST or told < _FEWEST
