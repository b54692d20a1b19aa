"""The public pages on which an organisation asks to be enrolled: mailbox, code, what it is (interface)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from broker.limits.address import address_of
from broker.parties.models import EmailLink
from broker.terms import Refusal
from consents import entry, session
from consents.forms import EmailForm
from requests_app.recipients import joining
from requests_app.recipients.join_forms import ApplyForm

JOIN = "join"  # in the session: the link whose code was right in this browser
both = require_http_methods(["GET", "HEAD", "POST"])


@never_cache
@both
def start(request: HttpRequest) -> HttpResponse:
    """Who may apply, and the mailbox of whoever speaks for the organisation."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    form.fields["email"].label = _("Your work e-mail address")
    if form.is_bound and form.is_valid() and entry.ask_for_link(request, form, EmailLink.Purpose.JOIN, None):
        return redirect("join-code")
    return render(request, "recipients/join.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@both
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link; looking at it changes nothing."""
    return entry.open_page(request, token, EmailLink.Purpose.JOIN, _proven)


@never_cache
@both
def code(request: HttpRequest) -> HttpResponse:
    """The six digits."""
    return entry.code_page(request, EmailLink.Purpose.JOIN, _proven)


@never_cache
@both
def apply(request: HttpRequest) -> HttpResponse:
    """What the organisation is, and what it would ask for."""
    key = request.session.get(JOIN)
    link = EmailLink.objects.filter(id=key, purpose=EmailLink.Purpose.JOIN).first() if key else None
    if link is None or link.expires_at <= timezone.now():
        return redirect("join")
    form = ApplyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        asked = joining.Asked(
            data["legal_name"], data["address"], data["about"], data["phone"], tuple(data["purposes"]),
            data["contact_name"], data["about_es"],
        )  # fmt: skip
        said = joining.ask(
            link, asked, language=get_language() or "en", now=timezone.now(), address=address_of(request)
        )
        if not isinstance(said, Refusal):
            return redirect("join-sent")
        if said.detail == "mailbox":
            form.add_error(None, _("Three organisations asked from your mailbox today. Please try again tomorrow."))
        else:
            form.add_error(None, _("Too many organisations asked today. Please try again tomorrow."))
        return render(request, "recipients/join_apply.html", {"form": form}, status=429)
    return render(request, "recipients/join_apply.html", {"form": form}, status=422 if form.is_bound else 200)


@never_cache
@require_GET
def sent(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "recipients/join_sent.html")


def _proven(request: HttpRequest, link: EmailLink) -> HttpResponse:
    request.session.cycle_key()
    request.session.pop(session.LINK, None)
    request.session[JOIN] = str(link.id)
    return redirect("join-apply")
