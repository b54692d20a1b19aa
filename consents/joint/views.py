"""Pages for the second holder, and the signer's page about that holder (interface)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from broker import vault
from broker.audit import log
from broker.limits.address import address_of
from broker.parties import links
from broker.parties.models import Customer, EmailLink
from broker.terms import PURPOSES, Actor
from consents import session
from consents.entry import CODE_REASONS
from consents.forms import DATA_TYPE_LABELS, CodeForm
from consents.joint import by_post, mailboxes, members, reach
from consents.joint.forms import HolderForm
from consents.joint.models import JointMember
from consents.lifecycle import ENDED
from consents.models import Consent
from consents.my_views import with_customer
from consents.rules import through

MEMBER = "joint_member"  # the id of the second holder whose mail this browser opened


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def my_joint(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """The signer says how the other holder is reached, and whether both must agree."""
    rows = JointMember.objects.select_related("consent__recipient", "consent__customer")
    member = get_object_or_404(rows, consent_id=consent_id, consent__customer=customer)
    form = HolderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _kept(form, member, Actor("c", customer.id)):
            return redirect("my-joint", consent_id)
        member.refresh_from_db()
    account = reach.account_of(member.consent)
    context = {
        "form": form,
        "member": member,
        "consent": member.consent,
        "both": reach.is_both(account) or (member.must_agree and member.agreed_at is None),
        "nameable": member.email_index is None and mailboxes.may_name_any(account),
        "letter": by_post.written(member),
        "proven": reach.is_proven(account),
    }
    return render(request, "joint/my.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed link of the second holder: a GET changes nothing; stopping is one button, agreeing needs a code."""
    member = members.find(token)
    if member is None:
        return render(request, "consents/link_over.html", status=410)
    if request.method == "POST":
        return _answered(request, member, request.POST.get("answer"))
    return _page(request, member)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link that came with the code; only the button's POST opens it."""
    link = links.find(token, EmailLink.Purpose.JOINT, now=timezone.now())
    if link is None:
        return render(request, "consents/link_over.html", status=410)
    if request.method == "POST":
        links.opened(link)
        session.remember_opened(request, link)
        return redirect("joint-code")
    return render(request, "consents/open.html", {"organisation": None})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The six digits by which the second holder agrees."""
    link = session.current_link(request)
    member = _asked(request, link) if link is not None and link.purpose == EmailLink.Purpose.JOINT else None
    if link is None or member is None:
        return render(request, "consents/link_over.html", status=410)
    form, now = CodeForm(request.POST or None), timezone.now()
    if request.method == "POST" and form.is_valid():
        here = session.opened_here(request, link)
        answer = links.check_code(link, form.cleaned_data["code"], now=now, opened_here=here)
        if answer.ok:
            members.agree(member, now=now)
            return _page(request, member, said="agreed" if member.agreed_at else "")
        form.add_error("code", CODE_REASONS[answer.reason])
    context = {"form": form, "again": "joint-code-again", **_facts(member)}
    return render(request, "joint/code.html", context, status=422 if form.errors else 200)


@require_POST
def code_again(request: HttpRequest) -> HttpResponse:
    """Send a new link and code to the same mailbox."""
    link = session.current_link(request)
    if link is None or link.purpose != EmailLink.Purpose.JOINT:
        return render(request, "consents/link_over.html", status=410)
    fresh = links.renew(link, now=timezone.now(), address=address_of(request))
    if fresh is None:
        return render(request, "consents/link_over.html", status=429)
    session.remember_link(request, fresh)
    return redirect("joint-code")


def _kept(form: HolderForm, member: JointMember, actor: Actor) -> bool:
    email, both, now = form.cleaned_data["email"], form.cleaned_data["both"], timezone.now()
    if both and not email and member.email_index is None:
        form.add_error("email", _("To ask the other holder we need their e-mail address."))
        return False
    if email and not members.name_address(member, email, actor=actor):
        form.add_error("email", _("This is your own address, or an address was given before. Please call us."))
        return False
    if both:
        members.require_both(member, actor=actor, now=now)
    return True


def _answered(request: HttpRequest, member: JointMember, answer: str | None) -> HttpResponse:
    now = timezone.now()
    if answer == "stop":
        members.stop(member, now=now)
        return _page(request, member, said="stopped")
    if answer == "both":
        members.require_both(member, actor=members.speaker(member), now=now)
        return _page(request, member, said="both")
    if answer == "agree" and member.must_agree and member.agreed_at is None and mailboxes.may_agree(member):
        return _begin(request, member)
    return _page(request, member)


def _begin(request: HttpRequest, member: JointMember) -> HttpResponse:
    """Mail a code to the second holder's own mailbox."""
    assert member.email is not None
    event = log.append_read(
        "joint.read",
        actor=members.speaker(member),
        subject=member.id,
        purpose="own_data",
        obj="joint_member",
        body={"member": str(member.id), "why": "agreeing"},
        cnt=1,
    )
    language = get_language() or member.language
    email = vault.open(member.email, under=event)
    purpose, now, address = EmailLink.Purpose.JOINT, timezone.now(), address_of(request)
    link = links.begin(email, purpose, organisation=None, language=language, now=now, address=address)
    if link is None:
        return render(request, "consents/link_over.html", status=429)
    session.remember_link(request, link)
    request.session[MEMBER] = str(member.id)
    return redirect("joint-code")


def _asked(request: HttpRequest, link: EmailLink) -> JointMember | None:
    """Give the second holder whose code this is: the one of this browser, else the newest of that mailbox."""
    rows = JointMember.objects.select_related("consent__recipient", "consent__customer")
    mine = rows.filter(email_index=bytes(link.email_index), must_agree=True)
    if key := request.session.get(MEMBER):
        return mine.filter(id=key).first()
    return mine.filter(agreed_at=None).order_by("-created_at").first()


def _has_spoken(member: JointMember) -> bool:
    """Say whether this holder's own word is among those that stand, or no other mailbox was ever named."""
    account = reach.account_of(member.consent)
    mine = None if member.email_index is None else bytes(member.email_index)
    words = mailboxes.words(account)
    return mine in words if words else mailboxes.known(account) <= {mine}


def _asked_here(member: JointMember) -> bool:
    """Say whether this holder is the one who asked that both must agree: by mail, or by a posted letter."""
    words = mailboxes.words(reach.account_of(member.consent))
    mine = None if member.email_index is None else bytes(member.email_index)
    return mine in words


def _page(request: HttpRequest, member: JointMember, said: str = "") -> HttpResponse:
    member.consent.refresh_from_db()
    return render(request, "joint/notice.html", {**_facts(member), "said": said})


def _facts(member: JointMember) -> dict[str, object]:
    consent: Consent = member.consent
    account = reach.account_of(consent)
    return {
        "member": member,
        "consent": consent,
        "account": account,
        "labels": [DATA_TYPE_LABELS[each][0] for each in consent.data_types],
        "purpose": PURPOSES[consent.purpose],
        "last_day": through(consent.ends),
        "over": consent.state in ENDED,
        "asks": member.must_agree and member.agreed_at is None and consent.state not in ENDED,
        "may_agree": mailboxes.may_agree(member),
        "own_word": _asked_here(member),
        "both": (reach.is_both(account) or (member.must_agree and member.agreed_at is None)) and _has_spoken(member),
        "proven": reach.is_proven(account),
    }
