"""The sentence in which a utility named a fee, as it stands in its mail (rules)."""

import re
from collections.abc import Iterable
from decimal import Decimal

from broker.looking import look
from requests_app.inbound.quotes import new_words

LONGEST = 200
INLET = "mail"
_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
# What a sentence may hold and nobody has to read to know a fee: addresses, and numbers as long as an account's.
_HIDDEN = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|\d(?:[ -]?\d){4,}")


def sentence(texts: Iterable[str], amount: Decimal) -> str:
    """Give the first sentence that names this amount in dollars; empty where none does, or a portal login is in it.

    In one line of at most `LONGEST` characters, without addresses and long numbers, and without what the mail quotes.
    """
    named = _amount(amount)
    for text in texts:
        for paragraph in _PARAGRAPH.split(new_words(text)):
            for each in _SENTENCE.split(" ".join(paragraph.split())):
                if named.search(each):
                    return "" if look(each, INLET) is not None else _short(each, named)
    return ""


def _amount(amount: Decimal) -> re.Pattern[str]:
    whole, _, cents = f"{amount:,.2f}".partition(".")
    digits = whole.replace(",", ",?") + (r"(?:\.00)?" if cents == "00" else rf"\.{cents}")
    after = r"(?![\d]|[.,]\d)"
    return re.compile(rf"\$\s?{digits}{after}|(?<![\d.,$]){digits}\s?(?:USD|US dollars|dollars)\b", re.I)


def _short(text: str, named: re.Pattern[str]) -> str:
    plain = _HIDDEN.sub("…", "".join(each for each in text if each.isprintable()))
    found = named.search(plain)
    if found is None or len(plain) <= LONGEST:
        return plain if found is not None else ""
    # The amount stays in it, with as much of both sides as there is room for.
    begin = max(0, min(found.start() - LONGEST // 2, len(plain) - LONGEST + 2))
    cut = plain[begin : begin + LONGEST - 2]
    return f"{'…' if begin else ''}{cut.strip()}{'…' if begin + LONGEST - 2 < len(plain) else ''}"
