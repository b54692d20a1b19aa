"""The public page of a letter: a code and four digits, or the file itself, and what it is worth now (interface)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from broker import publishing, vault
from broker.audit import log
from broker.terms import PURPOSES
from consents.actions import central_today
from consents.checking import files, limits, opened, told
from consents.checking.clerk import CLERK
from consents.checking.forms import FileForm, LetterForm
from consents.checking.lookup import find
from consents.checking.roots import certificates, fingerprint, pem
from consents.checking.showing import show
from consents.checking.standing import standing
from consents.checking.words import DIFFERS, PROBLEMS
from consents.loa.code import read_code
from consents.models import LetterFile, LetterOfAuthorization
from consents.rules import through


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, code: str = "") -> HttpResponse:
    """Ask for the code and the four digits; with both right, the letter's page follows.

    Without the digits nothing is looked up: the page of a known code is the page of an unknown one.
    """
    if request.method != "POST":
        form = LetterForm(initial={"code": read_code(code) or code[:40]})
        return render(request, "checking/enter.html", {"form": form, "given": read_code(code)})
    form = LetterForm(request.POST)
    if not form.is_valid():
        return render(request, "checking/enter.html", {"form": form}, status=422)
    now, typed = timezone.now(), form.cleaned_data["code"]
    tried = limits.of_code(typed, limits.address_of(request), now=now)
    if tried.refused:
        return _too_many(request, tried)
    letter = find(typed, form.cleaned_data["digits"].strip())
    if letter is None:
        # Neither the code nor the digits: the entry is the same for a letter that exists and for one that does not.
        log.append(
            "letter.verified", actor=CLERK, subject=None, purpose="verification", body={"why": "no match"}, res="denied"
        )
        return render(request, "checking/enter.html", {"form": form, "no_match": True}, status=422)
    limits.give_back(*tried.counted, now=now)
    opened.remember(request, letter)
    return redirect("verify-letter")


@never_cache
@require_GET
@opened.with_letter
def letter(request: HttpRequest, row: LetterOfAuthorization) -> HttpResponse:
    """What the letter is worth now, and what it says."""
    now = timezone.now()
    shown = show(row, now=now)
    consent, delivered = shown.consent, row.files.filter(kind=LetterFile.Kind.DELIVERED).first()
    profile = publishing.working(consent.utility)
    context = {
        "shown": shown,
        "differs": [DIFFERS[each] for each in shown.differs],
        "consent": consent,
        "utility": profile,
        "purpose": PURPOSES[consent.purpose],
        "last_day": through(consent.ends),
        "history_through": through(consent.history_to) if consent.history_to else None,
        "forward_through": through(consent.forward) if consent.forward else None,
        "delivered": delivered,
        "delivered_sha256": bytes(delivered.sha256).hex() if delivered else "",
        "shown_sha256": bytes(consent.text_sha256).hex(),
        "root": fingerprint(),
        "told": told.so_far(row),
        "may": told.buttons(shown.standing, confirmed=told.confirmed(consent)),
        "now": now,
    }
    return render(request, "checking/letter.html", context)


@never_cache
@require_GET
@opened.with_letter
def copy(request: HttpRequest, row: LetterOfAuthorization) -> HttpResponse:  # noqa: ARG001 - the guard has read it
    """The exact file that we issued."""
    kept = row.files.filter(kind=LetterFile.Kind.DELIVERED).first()
    if kept is None:
        raise Http404
    subject = row.consent.customer_id
    body = {"letter": row.number, "why": "the exact copy, to somebody with code and last four digits"}
    event = log.append_read(
        "letter.read", actor=CLERK, subject=subject, purpose="verification", obj="letter", body=body, cnt=1
    )
    answer = HttpResponse(vault.open_file(kept.file, under=event), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """Hold a file against what we issued; nothing of it is kept."""
    form = FileForm(request.POST or None, request.FILES or None) if request.method == "POST" else FileForm()
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        now = timezone.now()
        if not limits.take(limits.FILES, limits.address_of(request), now=now):
            return _too_many(request, limits.Try(now, refused=limits.FILES))
        context |= _judged(files.check(form.cleaned_data["file"].read(), now=now), opened.letter_of(request))
    return render(request, "checking/file.html", context, status=422 if form.errors else 200)


@require_GET
def yourself(request: HttpRequest) -> HttpResponse:
    """How to check a letter without us."""
    return render(request, "checking/yourself.html", {"root": fingerprint(), "certificate_of_time": _stamper()})


@require_GET
def root(request: HttpRequest, which: str) -> HttpResponse:  # noqa: ARG001
    """The root certificate of the seal, or of the timestamps, for other people's programs."""
    found = certificates()
    if found is None:
        raise Http404
    answer = HttpResponse(pem(found.seals if which == "seal" else found.stamps), content_type="application/x-pem-file")
    answer["Content-Disposition"] = f'attachment; filename="{which}-root.pem"'
    return answer


def _judged(verdict: files.Verdict, open_letter: LetterOfAuthorization | None) -> dict[str, Any]:
    row, problem = verdict.letter, PROBLEMS.get(verdict.seal.problem, "")
    if row is None:
        return {"verdict": verdict, "problem": problem}
    consent = row.consent
    today = central_today(timezone.now())
    worth = standing(consent.state, starts=consent.starts, ends=consent.ends, today=today, differs=verdict.differs)
    return {
        "verdict": verdict,
        "problem": problem,
        "standing": worth,
        "consent": consent,
        "last_day": through(consent.ends),
        "same": open_letter is not None and open_letter.id == row.id,
        "other": open_letter if open_letter is not None and open_letter.id != row.id else None,
    }


def _stamper() -> str:
    found = certificates()
    return "" if found is None or not found.stamps else str(found.stamps[0].subject.human_friendly)


def _too_many(request: HttpRequest, tried: limits.Try) -> HttpResponse:
    context = {"until": tried.until, "others": tried.by_all, "file": tried.refused != limits.FILES}
    answer = render(request, "checking/too_many.html", context, status=429)
    answer["Retry-After"] = f"{tried.wait.total_seconds():.0f}"
    return answer
