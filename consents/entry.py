"""The mailed link and the six digits (interface), one way in for the grant and for "my sharing"."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from broker.limits.address import address_of
from broker.parties import links
from broker.parties.models import EmailLink, Organisation
from consents import renewal, session
from consents.asking import taking
from consents.forms import CodeForm, EmailForm

CODE_REASONS = {
    "wrong": gettext_lazy("That is not the code. Please look again."),
    "locked": gettext_lazy("Five wrong tries: this code no longer works. Ask for a new one below."),
    "old": gettext_lazy("This code is older than 10 minutes. Ask for a new one below."),
    "daily": gettext_lazy(
        "There were too many wrong codes for this mailbox today. Open the link in the newest e-mail, and enter its code"
        " there."
    ),
    "used": gettext_lazy("This code was used already. Ask for a new one below."),
}
_CODE_PAGES = {EmailLink.Purpose.SHARE: "share-code", EmailLink.Purpose.JOIN: "join-code"}
Accepted = Callable[[HttpRequest, EmailLink], HttpResponse]


def ask_for_link(request: HttpRequest, form: EmailForm, purpose: str, organisation: Organisation | None) -> bool:
    """Mail a link and a code to the address of a valid form, and bind the link to this browser; False when refused."""
    link = links.begin(
        form.cleaned_data["email"],
        EmailLink.Purpose(purpose),
        organisation=organisation,
        language=get_language() or "en",
        now=timezone.now(),
        address=address_of(request),
    )
    if link is None:
        form.add_error("email", _("Too many e-mails to this address in one hour. Please try again later."))
        return False
    session.remember_link(request, link)
    return True


def open_page(request: HttpRequest, token: str, purpose: str, accepted: Accepted) -> HttpResponse:
    """The mailed link: a GET asks for the code and changes nothing; the POST opens the link in this browser."""
    link = links.find(token, EmailLink.Purpose(purpose), now=timezone.now())
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    if request.method != "POST":
        return render(request, "consents/open.html", {"form": CodeForm(), **_context(link)})
    links.opened(link)
    session.remember_opened(request, link)
    if not request.POST.get("code"):
        return redirect(_code_page(link))
    return _tried(request, link, accepted)


def code_page(request: HttpRequest, purpose: str, accepted: Accepted) -> HttpResponse:
    """The six digits, in the browser that asked for the link or opened it."""
    link = session.current_link(request)
    if link is None or link.purpose != purpose:
        return render(request, "consents/link_over.html", status=410)
    if request.method == "POST":
        return _tried(request, link, accepted)
    return render(request, "consents/code.html", {"form": CodeForm(), **_context(link)})


def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new link and code to the same mailbox."""
    link = session.current_link(request)
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    renewed = renewal.renewed_by(link)
    number = renewed.number if renewed else ""
    fresh = links.renew(link, now=timezone.now(), address=address_of(request), renews=number)
    if fresh is None:
        return render(request, "consents/link_over.html", status=429)
    renewal.carry(link, fresh, now=timezone.now())
    taking.carry(link, fresh, now=timezone.now())
    session.remember_link(request, fresh)
    return redirect(_code_page(fresh))


def _tried(request: HttpRequest, link: EmailLink, accepted: Accepted) -> HttpResponse:
    form = CodeForm(request.POST)
    if form.is_valid():
        here = session.opened_here(request, link)
        answer = links.check_code(link, form.cleaned_data["code"], now=timezone.now(), opened_here=here)
        if answer.ok:
            return accepted(request, link)
        form.add_error("code", CODE_REASONS[answer.reason])
    return render(request, "consents/code.html", {"form": form, "action": _code_page(link), **_context(link)})


def _code_page(link: EmailLink) -> str:
    return _CODE_PAGES.get(EmailLink.Purpose(link.purpose), "my-code")


def _context(link: EmailLink) -> dict[str, object]:
    share = link.purpose == EmailLink.Purpose.SHARE
    joins = link.purpose == EmailLink.Purpose.JOIN
    return {"organisation": link.organisation, "step": 2 if share else None, "joins": joins}
