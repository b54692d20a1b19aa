"""The customer's pages about an ask (interface): who asks for what; go on, say no, or never be asked again."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from broker.parties.models import EmailLink
from consents import entry, session
from consents.asking import ending, page, taking, tokens
from consents.asking.lifecycle import State, standing
from consents.asking.models import ConsentAsk
from consents.forms import EmailForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: HttpRequest, token: str) -> HttpResponse:
    """Who asks, for what, why and until when. A GET changes nothing; the POST mails her the link and code of a grant.

    She types her address herself: the page tells nobody where the invitation went. Who asked said in which language
    she reads; the page and those behind it are in that language, unless she chose one. While we have suspended who
    asks, the page says so and begins nothing.
    """
    ask = tokens.find(token)
    if ask is None:
        return render(request, "consents/link_over.html", {"is_ask": True}, status=410)
    now = timezone.now()
    if standing(ask.state, ask.expires_at, now) != State.PENDING:
        return _over(request, ask, now)
    if request.method == "POST" and not page.is_suspended(ask):
        return _go_on(request, ask, now)
    return _in_her_language(request, ask, lambda: render(request, page.TEMPLATE, page.context(ask, EmailForm())))


@never_cache
@require_POST
def decline(request: HttpRequest, token: str) -> HttpResponse:
    """She says no; who asked learns that, and nothing else."""
    ask = tokens.find(token)
    if ask is None:
        return render(request, "consents/link_over.html", {"is_ask": True}, status=410)
    ending.decline(ask, now=timezone.now())
    return _over(request, ask, timezone.now())


@never_cache
@require_POST
def block(request: HttpRequest, token: str) -> HttpResponse:
    """She does not want to be asked by this organisation again, at the mailbox that the invitation went to."""
    ask = tokens.find(token)
    if ask is None:
        return render(request, "consents/link_over.html", {"is_ask": True}, status=410)
    ending.block(ask, now=timezone.now())
    return _over(request, ask, timezone.now(), blocked=ask.by_mail)


def _go_on(request: HttpRequest, ask: ConsentAsk, now: datetime) -> HttpResponse:
    form = EmailForm(request.POST)
    if form.is_valid() and _begin(request, form, ask, now):
        return redirect("share-code")
    return render(request, page.TEMPLATE, page.context(ask, form), status=422 if form.errors else 200)


def _in_her_language(request: HttpRequest, ask: ConsentAsk, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """Answer in the language of an ask. English is what a form says where nobody chose, and changes nothing."""
    if ask.language == settings.LANGUAGE_CODE or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return answer()
    translation.activate(ask.language)
    response = answer()
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        ask.language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",  # as the settings say of the button beside it
    )
    return response


def _begin(request: HttpRequest, form: EmailForm, ask: ConsentAsk, now: datetime) -> bool:
    if not entry.ask_for_link(request, form, EmailLink.Purpose.SHARE, ask.organisation):
        return False
    link = session.current_link(request)
    assert link is not None
    taking.take(ask, link, now=now)
    return True


def _over(request: HttpRequest, ask: ConsentAsk, now: datetime, *, blocked: bool = False) -> HttpResponse:
    state = standing(ask.state, ask.expires_at, now)
    context = {"organisation": ask.organisation, "state": str(state), "blocked": blocked}
    context |= {"block_path": "" if blocked else page.block_path(ask)}
    ended_now = request.method == "POST" and state == State.DECLINED
    return render(request, "consents/asking/over.html", context, status=200 if ended_now or blocked else 410)
