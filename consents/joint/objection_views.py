"""The public pages of an objection: a mailbox, a code, an account; the same answers for every account (interface)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.limits.address import address_of
from broker.parties import links
from broker.parties.models import EmailLink
from consents import session
from consents.entry import CODE_REASONS
from consents.forms import CodeForm, EmailForm
from consents.joint import objecting
from consents.joint.forms import ObjectionForm

PROVEN, NUMBER = "objector", "objection"  # the id of the link whose code was right; the number of what was made


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What an objection does, and where to send the code."""
    form = EmailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email, language = form.cleaned_data["email"], get_language() or "en"
        purpose, now, address = EmailLink.Purpose.OBJECT, timezone.now(), address_of(request)
        link = links.begin(email, purpose, organisation=None, language=language, now=now, address=address)
        if link is None:
            form.add_error("email", _("Too many e-mails to this address in one hour. Please try again later."))
        else:
            session.remember_link(request, link)
            return redirect("object-code")
    return render(request, "joint/object.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link; only the button's POST opens it."""
    link = links.find(token, EmailLink.Purpose.OBJECT, now=timezone.now())
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    if request.method == "POST":
        links.opened(link)
        session.remember_opened(request, link)
        return redirect("object-code")
    return render(request, "consents/open.html", {"organisation": None})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The six digits."""
    link = _link(request)
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        here = session.opened_here(request, link)
        answer = links.check_code(link, form.cleaned_data["code"], now=timezone.now(), opened_here=here)
        if answer.ok:
            session.remember_link(request, link)  # a new session id, now that the mailbox is proven
            request.session[PROVEN] = str(link.id)
            return redirect("object-account")
        form.add_error("code", CODE_REASONS[answer.reason])
    context = {"form": form, "again": "object-code-again"}
    return render(request, "joint/code.html", context, status=422 if form.errors else 200)


@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new link and code to the same mailbox."""
    link = _link(request)
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    fresh = links.renew(link, now=timezone.now(), address=address_of(request))
    if fresh is None:
        return render(request, "consents/link_over.html", status=429)
    session.remember_link(request, fresh)
    return redirect("object-code")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Which account; one code is good for one objection."""
    link = _link(request)
    if link is None or request.session.get(PROVEN) != str(link.id):
        return render(request, "consents/link_over.html", status=410)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, name = form.cleaned_data["number"], form.cleaned_data["name"]
        made = objecting.make(link, utility=settings.HOME_UTILITY, number=number, name=name, now=timezone.now())
        for key in (PROVEN, session.LINK):
            request.session.pop(key, None)
        request.session[NUMBER] = made.number
        return redirect("object-done")
    return render(request, "joint/object_account.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """What happens now; the same words whatever we found."""
    number = request.session.get(NUMBER)
    if number is None:
        return redirect("object")
    return render(request, "joint/object_done.html", {"number": number})


def _link(request: HttpRequest) -> EmailLink | None:
    link = session.current_link(request)
    return link if link is not None and link.purpose == EmailLink.Purpose.OBJECT else None
