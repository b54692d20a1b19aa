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
_LABELS = re.compile(rf"{_WORD}|and|of|y|de|del|la", re.I)
_FEWEST = 2  # words of a name; "Barn" is what somebody calls an account


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
            words = folded(_NEXT.split(rest, maxsplit=1)[0])
            said = [each for each in words if _LABELS.fullmatch(each) is None]
            if len(words) >= _FEWEST and any(len(each) > 1 for each in said):
                yield words
