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
    r"|(?<![^\W\d_])(?:nombre\s+del?\s+(?:cliente|titular|socio)|titular\s+de\s+la\s+cuenta)\b\s*[:.]?)\s*(?P<rest>[^\n]*)$",
    re.I,
)
# Where the next column of the paper begins: a digit, a sign, or another label; a row of labels alone names nobody.
_NEXT = re.compile(
    r"[\d:$#|]|\b(?:accounts?|acct|cuenta|statement|bill(?:ing|ed)?|invoice|factura|due|amounts?|total|balance|charges?|"
    r"payments?|phone|page|meters?|medidor|rates?|tariff|tarifa|fecha|dates?|service|locations?|direcci[oó]n|address|"
    r"mail(?:ing)?|customer|member|consumer|name|numbers?|no|id|n[uú]mero|cycle|route|book|class|district|sequence|map|type|"
    r"description|periods?|days?|previous|present|current|read(?:ings?)?|usage|used|kwh|kw|multiplier|since|desde)\b",
    re.I,
)
_FEWEST = 2  # words of a name; "Barn" is what somebody calls an account


def names_another(text: str, name: str) -> bool:
    """Say whether beside a label for the holder a name stands that is not this one; its words in any order."""
    wanted = set(folded(name))
    return any(not wanted <= set(each) for each in _held_by(text))


def _held_by(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if (label := _LABEL.search(line)) is None:
            continue
        words = folded(_NEXT.split(label["rest"], maxsplit=1)[0])
        if sum(len(each) > 1 for each in words) >= _FEWEST:
            yield words
