"""What a reason is (rules)."""

from dataclasses import dataclass


def _(text: str) -> str:
    """Mark a text for translation without needing a framework here."""
    return text


@dataclass(frozen=True)
class Reason:
    """One reason: its code, a short title, the text, and what would work instead."""

    code: str
    title: str
    text: str
    instead: str
