"""The seam at which the gate joins mail that leaves: no mail is written while nobody looks at it."""

from collections.abc import Callable, Mapping

Check = Callable[[str, str, Mapping[str, object]], str | None]
_check: Check | None = None


def install(check: Check) -> None:
    """Install who looks at each mail: `check(template, text, context)` records and gives the rule that refuses it."""
    global _check
    _check = check


def refuses(template: str, text: str, context: Mapping[str, object]) -> str | None:
    """Give the rule by which a mail may not leave; raises `RuntimeError` where nobody was installed to look."""
    if _check is None:
        raise RuntimeError("no gate looks at mail that leaves")
    return _check(template, text, context)
