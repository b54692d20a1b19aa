"""The page on which a customer says of files that somebody brought whether they are hers (interface)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from broker import utilities, vault
from broker.audit import log
from broker.parties.models import Customer
from broker.terms import Actor
from consents.models import Consent
from consents.my_views import with_customer
from requests_app.brought import answering
from requests_app.brought.forms import AnswerForm
from requests_app.brought.models import BroughtFile, consent_of
from requests_app.upload import preview, words
from requests_app.upload.facts import Facts
from requests_app.upload.preview import Part


@dataclass(frozen=True)
class Line:
    """One file: its number on the page, what it is in words, and until when she may answer."""

    number: int
    file: BroughtFile
    text: str


@dataclass(frozen=True)
class Group:
    """What one company brought under one permission of hers."""

    consent: Consent
    utility: str
    until: datetime
    lines: list[Line]
    parts: list[Part]


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show what waits for her answer, and take it."""
    now = timezone.now()
    if request.method == "POST":
        form = AnswerForm(request.POST)
        if form.is_valid():
            answering.answer(customer, form.said(), now=now)
        return redirect("my-brought")
    waiting = answering.waiting_of(customer, now=now)
    context: dict[str, Any] = {
        "brought": _groups(customer, waiting),
        "shown": [each.id for each in waiting],
        "answered": answering.answered_of(customer, now=now),
    }
    return render(request, "consents/brought.html", context)


def _groups(customer: Customer, waiting: list[BroughtFile]) -> list[Group]:
    found: dict[Consent, list[tuple[BroughtFile, Facts]]] = {}
    for file, facts in zip(waiting, _opened(customer, waiting), strict=True):
        found.setdefault(consent_of(file), []).append((file, facts))
    return [_group(consent, files) for consent, files in found.items()]


def _group(consent: Consent, files: list[tuple[BroughtFile, Facts]]) -> Group:
    files = sorted(files, key=lambda each: _place(each[0]))  # by her accounts, and not as they were dropped
    lines = [Line(number, file, words.of_file(facts, "")) for number, (file, facts) in enumerate(files, 1)]
    profile = utilities.find(consent.utility)
    return Group(
        consent,
        profile.name if profile else consent.utility,
        min(file.drop.expires_at for file, _ in files),
        lines,
        preview.parts(consent, [(number, facts) for number, (_, facts) in enumerate(files, 1)]),
    )


def _place(file: BroughtFile) -> tuple[str, str, str]:
    # Two accounts may end in the same digits: the account itself keeps its files together.
    return file.account.last_four if file.account else "", str(file.account_id), file.data_type


def _opened(customer: Customer, waiting: list[BroughtFile]) -> list[Facts]:
    """Open what was read in files that wait, for her; the opening is one event."""
    if not waiting:
        return []
    ref = log.append_read(
        "brought.read",
        actor=Actor("c", customer.id),
        subject=customer.id,
        purpose="own_data",
        obj="share",
        body={"part": "preview"},
        cnt=len(waiting),
    )
    sealed = vault.open_files([each.preview for each in waiting if each.preview is not None], under=ref)
    return [Facts(**json.loads(each)) for each in sealed]
