"""The seam at which the gate joins mail that leaves: no mail is written while nobody looks at it."""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import Protocol


class Gate(Protocol):
    """Who reads a mail of ours as it will leave: its words and what is in its files.

    Both raise `looking.Unchecked` where that cannot be read to its end: the mail stays here.
    """

    def hold(self, template: str, mail: EmailMessage, context: Mapping[str, object], /) -> str | None:
        """Give the rule by which this mail of ours may not leave, with its entry in the log."""

    def rule_against(self, mail: EmailMessage, /) -> str | None:
        """Give the rule alone, for whoever cannot write what the gate writes."""


_gate: Gate | None = None


def install(gate: Gate) -> None:
    """Install who looks at each mail."""
    global _gate
    _gate = gate


def refuses(template: str, mail: EmailMessage, context: Mapping[str, object]) -> str | None:
    """Give the rule by which a mail may not leave; raises `RuntimeError` where nobody was installed to look."""
    return _installed().hold(template, mail, context)


def rule_against(mail: EmailMessage) -> str | None:
    """Give the same without any entry; raises `RuntimeError` as well."""
    return _installed().rule_against(mail)


def _installed() -> Gate:
    if _gate is None:
        raise RuntimeError("no gate looks at mail that leaves")
    return _gate
