"""The disclosure about electronic records, item by item (rules), with the exact text that a person is shown.

15 U.S.C. 7001(c)(1) lists what a consumer must be told before she agrees; each item here names its paragraph, so that
a list check finds every one of them in every language. Missouri's UETA (RSMo 432.220) asks for agreement, transaction
by transaction. A change of the needs of hardware or software is a new version
(7001(c)(1)(D)): `consents.rules.DISCLOSURE`.
"""

import hashlib
import json
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext_noop as _

from consents.rules import DISCLOSURE

# Every paragraph of 7001(c)(1) that must be told, and what it asks for.
REQUIRED: dict[str, str] = {
    "B(i)(I)": "right or option to have the record on paper",
    "B(i)(II)": "right to withdraw, with conditions, consequences and fees",
    "B(ii)": "which transactions or categories of records the agreement covers",
    "B(iii)": "how to withdraw, and how to update contact data",
    "B(iv)": "how to get a paper copy afterwards, and its fee",
    "C(i)": "hardware and software that are needed",
}
_ITEMS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("B(i)(I)",),
        _(
            "Paper: you may have this letter on paper and sign it by hand instead, free of charge."
            " Choose “I want paper instead” below."
        ),
    ),
    (
        ("B(ii)",),
        _("What your agreement covers: this letter, your receipt, and our mails about this letter. Nothing else."),
    ),
    (
        ("B(i)(II)",),
        _(
            "Withdrawing: you may take back your agreement to electronic records whenever you like, free of charge."
            " We then write to you on paper. Taking it back does not stop the sharing;"
            " for that there is “Stop sharing”."
        ),
    ),
    (
        ("B(iii)",),
        _(
            "How to withdraw or to change your e-mail address: call, write or mail us;"
            " the addresses stand below on this page."
            " A new e-mail address counts after you confirm it with a code."
        ),
    ),
    (
        ("B(iv)",),
        _("Paper copies: ask us by the same ways for a paper copy of the letter, also later; it is free."),
    ),
    (
        ("C(i)",),
        _(
            "What you need: a device with a current web browser, an e-mail mailbox, a program that opens PDF files,"
            " and room to keep or print them."
        ),
    ),
)


class Item(NamedTuple):
    """One item: the paragraphs of 7001(c)(1) that it answers, and its text in one language."""

    paragraphs: tuple[str, ...]
    text: str


class Disclosure(NamedTuple):
    """The whole text in one language; `sha256` (hex) is over version, locale and items as canonical JSON."""

    version: str
    locale: str
    items: tuple[Item, ...]
    sha256: str


def disclosure(locale: str) -> Disclosure:
    """Give the text in this language, as it is shown."""
    with translation.override(locale):
        items = tuple(Item(paragraphs, translation.gettext(text)) for paragraphs, text in _ITEMS)
    return Disclosure(DISCLOSURE, locale, items, _hash(locale, items))


def missing_items(shown: Disclosure) -> set[str]:
    """Give the required paragraphs that a disclosure leaves out or leaves empty."""
    return set(REQUIRED) - {each for item in shown.items if item.text.strip() for each in item.paragraphs}


def _hash(locale: str, items: tuple[Item, ...]) -> str:
    whole = {"version": DISCLOSURE, "locale": locale, "items": [[list(i.paragraphs), i.text] for i in items]}
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
