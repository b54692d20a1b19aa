"""Approvers from outside, what they can be asked, and what they were asked: the page of our own people (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.approvals import acts, decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.outside import allowed, asking, enrolling
from broker.console.outside.forms import EnrolForm, SendForm
from broker.console.outside.models import Approver, Ask
from broker.console.packs.approval_words import told
from broker.duties.bars import actor_of
from broker.parties.login.roles import only
from broker.parties.models import Role, User

SHOWN = 100
SAID = {
    "approval.role": "Your role does not do this.",
    "approval.same_person": "This is the name of one of us: somebody from outside is nobody's second account.",
    "outside.role": "Your role does not do this.",
    "outside.invalid": "Name, house and address are needed, and a last day within a year.",
    "outside.often": "Ten tries a day. Please go on tomorrow.",
    "outside.ours": "This name, house or mailbox is one of ours, of a recipient or applicant, or of a customer.",
    "outside.never": "Nobody from outside decides this.",
    "outside.over": "It is decided already, or its time is over.",
    "outside.team": "This team has two people for it, or had them within the last 30 days.",
    "outside.ended": "This person is not enrolled any more.",
    "outside.alone": "Whoever asked for it neither sends the link nor proposed this person: another one does.",
    "outside.own": "It is about an account in this person's name.",
    "outside.asked": "Somebody is asked already. Call that back first.",
}
_OURS = only(Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER)


@_OURS
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """Show who is enrolled, what can be sent, and what was sent; nothing sealed is opened."""
    return _page(request, user)


@_OURS
@require_POST
def enrol(request: HttpRequest, user: User) -> HttpResponse:
    """Ask a second person to enrol somebody from outside."""
    form = EnrolForm(request.POST)
    if not form.is_valid():
        return _page(request, user, enrolling_form=form)
    data = form.cleaned_data
    wanted = enrolling.Wanted(data["full_name"], data["house"], data["until"], data["email"])
    try:
        enrolling.request(wanted, requester=actor_of(user), reason=data["why"], now=timezone.now())
    except decide.NotAllowed as error:
        form.add_error(None, SAID[error.code])
        return _page(request, user, enrolling_form=form)
    messages.success(request, "An officer or an approver other than you is asked to agree.")
    return redirect("duties-outside")


@_OURS
@require_POST
def end(request: HttpRequest, user: User, outside_id: uuid.UUID) -> HttpResponse:
    """End an enrolment at once; one person may."""
    row = get_object_or_404(Approver, id=outside_id)
    if enrolling.end(row, actor=actor_of(user), now=timezone.now()):
        messages.success(request, "This person decides nothing from now on, and no link opens anything.")
    else:
        messages.error(request, SAID["outside.ended"])
    return redirect("duties-outside")


@_OURS
@require_POST
def send(request: HttpRequest, user: User, approval_id: uuid.UUID) -> HttpResponse:
    """Mail a link to one proposal."""
    row, now = get_object_or_404(Approval, id=approval_id), timezone.now()
    form = SendForm(request.POST, standing=enrolling.standing(now), auto_id=f"id_{row.id}_%s")
    if not form.is_valid():
        return _page(request, user, sending=(row.id, form))
    try:
        asking.send(row.id, form.cleaned_data["outside"], form.cleaned_data["note"].strip(), by=user, now=now)
    except allowed.NotAllowed as error:
        form.add_error(None, SAID[error.code])
        return _page(request, user, sending=(row.id, form))
    messages.success(request, "The mail goes out now. Its link is good for seven days at most.")
    return redirect("duties-outside")


@_OURS
@require_POST
def recall(request: HttpRequest, user: User, ask_id: uuid.UUID) -> HttpResponse:
    """Call an ask back."""
    row = get_object_or_404(Ask, id=ask_id)
    if asking.recall(row, by=user, now=timezone.now()):
        messages.success(request, "Called back: the link opens nothing.")
    else:
        messages.error(request, "It is answered, or over.")
    return redirect("duties-outside")


def _told(row: Approval, user: User) -> str:
    """Give what is proposed to whoever may ask for such an act or decide it; to others its title is enough."""
    kind = acts.act_of(row.act)
    return told(row).about_to if user.role in kind.requesters | kind.approvers else ""


def _page(
    request: HttpRequest,
    user: User,
    *,
    enrolling_form: EnrolForm | None = None,
    sending: tuple[uuid.UUID, SendForm] | None = None,
) -> HttpResponse:
    now = timezone.now()
    standing, open_ones = enrolling.standing(now), allowed.candidates(now)
    asks = list(Ask.objects.select_related("outside").defer("note", "answer").order_by("-sent_at")[:SHOWN])
    log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="operations", obj="page", body={"page": "outside"},
        cnt=len(standing) + len(open_ones) + len(asks),
    )  # fmt: skip
    of = {each.id: each for each in Approval.objects.filter(id__in=[row.approval for row in asks])}
    bad_id, bad = sending or (None, None)
    forms = [
        bad if bad is not None and each.id == bad_id else SendForm(standing=standing, auto_id=f"id_{each.id}_%s")
        for each in open_ones
    ]
    context = {
        "standing": [(each, enrolling.open_asks(each)) for each in standing],
        "open": [
            (each, acts.act_of(each.act).title, _told(each, user), form)
            for each, form in zip(open_ones, forms, strict=True)
        ],
        "asks": [
            (row, acts.act_of(of[row.approval].act).title, row.state == Ask.State.WAITING and now < row.expires_at)
            for row in asks
        ],
        "form": enrolling_form or EnrolForm(),
        "failed": bad,
    }
    return render(request, "console/outside/list.html", context, status=422 if enrolling_form or sending else 200)
