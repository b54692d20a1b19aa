"""One query for one account or for a whole list of them (interface)."""

import csv
import io
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from broker.audit import log
from broker.console import search_limits
from broker.console.find import Line, lines_of
from broker.console.forms import MOST_LINES, SearchForm
from broker.console.officers import actor_of, looked, officer_only
from broker.parties.models import User
from broker.terms import Actor

MOST_BYTES = 262_144
PURPOSE = "compliance"


@officer_only
@require_http_methods(["GET", "POST"])
def search_page(request: HttpRequest, user: User) -> HttpResponse:
    """Find what the log holds about one value or a list; the search is one event for each person who was found."""
    if request.method == "GET":
        looked(user, "search")
        return render(request, "console/search.html", {"form": SearchForm()})
    form = SearchForm(request.POST, request.FILES)
    values = _values(form) if form.is_valid() else []
    if not values:
        if form.is_valid():
            form.add_error("values", _("Give at least one value and at most 1,000, as text."))
        return render(request, "console/search.html", {"form": form}, status=422)
    if not search_limits.may_search(user, search_limits.LIST, page="search", now=timezone.now()):
        form.add_error("values", _("You searched 30 times within this hour. Wait until the next one begins."))
        return render(request, "console/search.html", {"form": form}, status=429)
    lines = lines_of(form.cleaned_data["field"], values)
    _logged(user, form.cleaned_data["field"], lines)
    found = sum(line.found for line in lines)
    # The words are not repeated on the page: it may be printed or left open.
    context = {"form": SearchForm(initial={"field": form.cleaned_data["field"]}), "lines": lines, "found": found}
    return render(request, "console/search.html", context)


def _values(form: SearchForm) -> list[str]:
    """The lines of the text and the first column of the file; nothing where there are too many or it is no text."""
    values = form.cleaned_data["values"].splitlines()
    upload = form.cleaned_data["file"]
    if upload is not None:
        try:
            text = upload.read(MOST_BYTES + 1).decode("utf-8-sig") if upload.size <= MOST_BYTES else ""
        except UnicodeDecodeError:
            return []
        values += [row[0] for row in csv.reader(io.StringIO(text)) if row]
    found = [value.strip()[:254] for value in values if value.strip()]
    return found if len(found) <= MOST_LINES else []


def _logged(user: User, field: str, lines: list[Line]) -> None:
    """Say before anything is shown that the log was searched, and for whom; never by which words."""
    actor = actor_of(user)
    customers = sorted({customer for line in lines for customer in line.customers})
    facts: dict[str, Any] = {"page": "search", "field": field, "sought": len(lines), "found": len(customers)}
    if not customers:
        log.append_read("log.searched", actor=actor, subject=None, purpose=PURPOSE, obj="event", body=facts)
        return
    parent = _searched(actor, None, facts)
    children = [_searched(actor, customer, {"page": "search"}) for customer in customers]
    log.append_group(parent, children, read=True)


def _searched(actor: Actor, customer: uuid.UUID | None, body: dict[str, Any]) -> log.Act:
    return {
        "act": "log.searched",
        "actor": actor,
        "subject": customer,
        "body": body,
        "obj": "event",
        "purpose": PURPOSE,
    }
