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
# Where the next column of the paper begins: a digit, a sign, or another label.
_NEXT = re.compile(
    r"[\d:$#|]|\b(?:account|acct|cuenta|statement|bill(?:ing|ed)?|invoice|factura|due|amount|total|balance|phone|page|"
    r"meter|medidor|rate|tarifa|fecha|date|service|direcci[oó]n|address|mail(?:ing)?|member\s+number|customer\s+number|"
    r"number|no\b|n[uú]mero)\b",
    re.I,
)
_SHORTEST = 2  # letters of a word of a name


def names_another(text: str, name: str) -> bool:
    """Say whether beside a label for the holder a name stands that is not this one; its words in any order."""
    wanted = set(folded(name))
    return any(not wanted <= set(each) for each in _held_by(text))


def _held_by(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if (label := _LABEL.search(line)) is None:
            continue
        words = folded(_NEXT.split(label["rest"], maxsplit=1)[0])
        if any(len(each) >= _SHORTEST for each in words):
            yield words
