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
_FEWEST = 2  # words of a name; "Barn" is what somebody calls an account
# So does somebody who has two of them: "NORTH BARN" beside the label for the name of an account is no person.
_ACCOUNT_NAME = re.compile(r"(?:account|acct)(?:[’']?s)?\s+name\b", re.I)
_PLACES = re.compile(
    r"north|south|east|west|upper|lower|big|little|old|new|main|home|house|barns?|shop|sheds?|garage|cabin|farm|ranch|"
    r"field|pasture|well|pump|pond|grain|bins?|silo|dairy|rental|trailer|lot|yard|office|store|gate|lights?|casa|granero",
    re.I,
)
# Words of a sentence, and no person's name: what stands beside the label then says what a holder does.
_SENTENCE = re.compile(
    r"must|shall|should|please|if|when|you|yours?|we|our|is|are|be|been|was|were|has|have|for|with|by|at|as|"
    r"this|that|these|which|any|pay|return|write|contact|changes?|changed|made|portion|reverse|check|listed|shown|above|"
    r"responsible|required|debe|deben|por|favor|sus|para|que|llame|pague|escriba|devuelva|cheque",
    re.I,
)
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
            value = _NEXT.split(rest, maxsplit=1)[0]
            if ":" not in label.group() and _is_in_a_sentence(line[: label.start()], value):
                continue
            words, is_place = folded(value), _ACCOUNT_NAME.match(label.group().strip())
            said = [each for each in words if not (_LABELS.fullmatch(each) or (is_place and _PLACES.fullmatch(each)))]
            is_name = len(words) >= _FEWEST and any(len(each) > 1 for each in said)
            if is_name and not any(map(_SENTENCE.fullmatch, words)):
                yield words


def _is_in_a_sentence(before: str, behind: str) -> bool:
    """Say whether words that could be a label are part of a sentence; a bill prints a name with capitals."""
    capitals = [each[0].isupper() for each in behind.split()]
    return bool(_ARTICLE.search(before)) or sum(capitals) < _FEWEST or not capitals[0]
