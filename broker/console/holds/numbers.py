"""Numbers of holds and disposals: counted by year, unique by constraint, so two at once cannot get the same."""

from datetime import datetime

from django.db.models import Model


def next_number(model: type[Model], letter: str, now: datetime) -> str:
    """Give the next number of the year: `H-2026-0001`."""
    prefix = f"{letter}-{now:%Y}-"
    rows = model._default_manager.filter(number__startswith=prefix).order_by("-number")
    last = rows.values_list("number", flat=True).first()
    return f"{prefix}{(int(last.removeprefix(prefix)) if last else 0) + 1:04d}"
