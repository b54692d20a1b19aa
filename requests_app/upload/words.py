"""What her files are said to be, in plain words and in her language (rules)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import formats, translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broker.notices.templatetags.notices import data_type, day, last_day
from requests_app import share_words
from requests_app.upload.drafts import TOO_MANY, TWICE
from requests_app.upload.facts import Days, Facts
from requests_app.upload.months import SHORT, Month, between_readings, count, months

MOST_NAMED = 6  # missing months that a sentence names


def of_file(facts: Facts, code: str) -> str:
    """Say in a sentence or two what one file is, or why it is not taken."""
    if code:
        return _refused(code, facts.why)
    if facts.unread:
        return _unread(facts.unread)
    said = _bill(facts) if facts.data_type == "bill" else _use(facts)
    return f"{said} {_('We have this very file already; saving it again changes nothing.')}" if facts.known else said


def covered(days: Sequence[Days]) -> str:
    """Say how many months some days fill, and which are missing between them."""
    there = count(days)
    if not there:
        return _("It does not say which days it is about.")
    if there < SHORT:
        first, end = min(each[0] for each in days), max(each[1] for each in days)
        said = ngettext("We read %(n)s day: %(span)s.", "We read %(n)s days: %(span)s.", there)
        return said % {"n": there, "span": span(first, last_day(end))}
    found = months(days)
    read = [each for each in found if not each.is_missing]
    said = ngettext("We read %(n)s month.", "We read %(n)s months.", len(read)) % {"n": len(read)}
    return f"{said} {_missing(found)}"


def span(first: date, last: date | None) -> str:
    """Write two days as people do; one where they are the same."""
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def month_name(first: date) -> str:
    """Name a month and its year."""
    spanish = (translation.get_language() or "").startswith("es")
    return formats.date_format(first, r"F \d\e Y" if spanish else "F Y")


def _missing(found: Iterable[Month]) -> str:
    gone = [each.first for each in found if each.is_missing]
    if not gone:
        return _("No month between them is missing.")
    names = [month_name(each) for each in gone[:MOST_NAMED]]
    if len(gone) > MOST_NAMED:
        names.append(_("%(n)s more") % {"n": len(gone) - MOST_NAMED})
    said = ngettext("%(n)s is missing: %(names)s.", "%(n)s are missing: %(names)s.", len(gone))
    return said % {"n": len(gone), "names": get_text_list(names, _("and"))}


def _refused(code: str, why: str) -> str:
    if code == TWICE:
        return _("You chose this file twice; it counts once.")
    if code == TOO_MANY:
        return _("These are more files than we look at together. Save these first, then choose the others.")
    return f"{_('We do not take this file, and nothing of it is kept.')} {share_words.said(code, why)}"


def _unread(code: str) -> str:
    if code == "file.no_words":
        said = _(
            "We could not read this one: it or a page of it is a picture, a scan, or in letters that no program reads."
        )
        more = _("If you save it, a person looks at it first; until then nothing is taken from it or passed on.")
    else:
        said = _("We could not read this one with certainty.")
        more = _("If you save it, a person looks at it; nothing is taken from it until then.")
    return f"{said} {more}"


def _bill(facts: Facts) -> str:
    if not facts.bills:
        return _("This is a bill. Our program is not sure of its days; they are read after you save it.")
    if len(facts.bills) > 1:
        said = _("This file holds %(n)s bills.") % {"n": len(facts.bills)}
        return f"{said} {covered(between_readings(facts.stretches))}"
    bill = facts.bills[0]
    dates = span(date.fromisoformat(bill["first"]), date.fromisoformat(bill["last"]))
    said = _("This is a bill of %(span)s.") % {"span": dates}
    numbers = _numbers(bill)
    return f"{said} {numbers}" if numbers else said


def _numbers(bill: dict[str, Any]) -> str:
    amount, kwh = bill["amount"], bill["kwh"]
    if amount and kwh:
        return _("It came to $%(amount)s for %(kwh)s kWh.") % {"amount": _plain(amount), "kwh": kwh}
    if amount:
        return _("It came to $%(amount)s.") % {"amount": _plain(amount)}
    return _("It says %(kwh)s kWh.") % {"kwh": kwh} if kwh else ""


def _plain(amount: str) -> str:
    return f"{Decimal(amount):,.2f}"


def _use(facts: Facts) -> str:
    said = f"{data_type(facts.data_type)}. {covered(facts.stretches)}"
    missing = sum(int(each["missing"]) for each in facts.series)
    if not missing:
        return said
    holes = ngettext("%(n)s value inside is missing.", "%(n)s values inside are missing.", missing)
    return f"{said} {holes % {'n': missing}}"
