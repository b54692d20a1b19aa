"""The log with its filters: pages in a stable order, exact counts on demand (interface)."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from broker.audit import log, timeline
from broker.audit.timeline import Page
from broker.console import computed, criteria, rows, search_limits
from broker.console.criteria import Criteria
from broker.console.find import customers_of, masked
from broker.console.forms import ExportForm, FindForm, LogFilterForm, ReasonWordsForm, SaveViewForm
from broker.console.officers import actor_of, listed, officer_only
from broker.db import serving
from broker.parties.models import User

PAGE = 50


@officer_only
@require_GET
def log_page(request: HttpRequest, user: User) -> HttpResponse:
    """The log, newest first, filtered; reading it is an event, the customer's where it is filtered by her."""
    form = LogFilterForm(request.GET or None)
    if form.is_bound and not form.is_valid():
        return render(request, "console/log.html", _context(form, criteria.of({}), Page([], None)), status=422)
    chosen = form.cleaned_data if form.is_bound else {}
    wanted = criteria.of(criteria.words_of(chosen))
    before, origin, counting = chosen.get("before"), chosen.get("log"), "count" in request.GET
    listed(
        user,
        "log",
        {"filters": dict(wanted.words), "before": before or 0, "of": origin or 0, "counted": counting},
        subject=wanted.subject,
    )
    page = timeline.page(wanted.filters, before=before, origin=origin, limit=PAGE, keep=wanted.keep)
    context = _context(form, wanted, page)
    context["nobody"], context["noreason"] = "nobody" in request.GET, "noreason" in request.GET
    if counting:
        with serving.reading_long():
            context["count"] = timeline.count(wanted.filters, keep=wanted.keep)
    return render(request, "console/log.html", context)


@officer_only
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest, user: User) -> HttpResponse:
    """Find a customer by blind index and show the part of the log; the search is an event without the words.

    Whoever comes without words, by a kept address, is sent to the page that searches.
    """
    if request.method != "POST":
        return redirect("console-search")
    if "reason_words" in request.POST:
        return _by_reason(request)
    if not search_limits.may_search(user, search_limits.ONE, page="log", now=timezone.now()):
        messages.error(request, _("You searched 120 times within this hour. Wait until the next one begins."))
        return redirect("console-log")
    form = FindForm(request.POST)
    found = customers_of(form.cleaned_data["sought"]) if form.is_valid() else []
    for each in found:
        _searched(user, each)
    if not found:
        _searched(user, None)
    if len(found) > 1:
        return render(request, "console/choose.html", {"choices": masked(found)})
    return redirect(f"{reverse('console-log')}?{'customer=' + str(found[0]) if found else 'nobody'}")


def _by_reason(request: HttpRequest) -> HttpResponse:
    """Lead to the decisions whose reasons have these words; our own texts are searched, nothing of anybody's."""
    form = ReasonWordsForm(request.POST)
    codes = computed.reasons_with(form.cleaned_data["reason_words"]) if form.is_valid() else []
    query = urlencode({"reasons": ",".join(codes)}) if codes else "noreason"
    return redirect(f"{reverse('console-log')}?{query}")


def _searched(user: User, found: uuid.UUID | None) -> None:
    body = {"page": "log", "found": found is not None}
    log.append_read("log.searched", actor=actor_of(user), subject=found, purpose="compliance", obj="event", body=body)


def _context(form: LogFilterForm, wanted: Criteria, page: Page) -> dict[str, Any]:
    return {
        "form": form,
        "find": FindForm(auto_id="find_%s"),
        "reason_words": ReasonWordsForm(auto_id="words_%s"),
        "save": SaveViewForm(auto_id="save_%s"),
        "export": ExportForm(auto_id="export_%s"),
        "rows": rows.of(page.entries),
        "older": page.older,
        "looked_to": page.looked_to,
        "origin": page.origin,
        "hidden": page.hidden,
        "wanted": wanted,
        "open": bool(set(wanted.words) - {"act", "group", "res", "since", "until", "computed"}) or bool(form.errors),
    }
