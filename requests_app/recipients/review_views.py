"""Organisations that ask to be enrolled, for the two people who answer them (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from broker.approvals import decide
from broker.audit import log
from broker.parties.login.roles import only
from broker.parties.models import Organisation, Role, User
from broker.terms import PURPOSES
from requests_app.readers import actor_of
from requests_app.recipients import joining
from requests_app.recipients.join_forms import AnswerForm
from requests_app.recipients.models import SignUp

two_people = only(Role.OFFICER, Role.APPROVER)


@two_people
@require_GET
def listed(request: HttpRequest, user: User) -> HttpResponse:
    """All of them, those that wait first; no contact is opened."""
    rows = list(SignUp.objects.select_related("organisation").order_by("-state", "-asked_at")[:200])
    _viewed(user, "organisations", cnt=len(rows))
    proposed = joining.proposed(rows)
    context = {
        "rows": [(each, each.id in proposed) for each in rows],
        "enrolled": Organisation.objects.order_by("legal_name")[:500],
    }
    return render(request, "recipients/review_list.html", context)


@two_people
@require_GET
def one(request: HttpRequest, user: User, sign_up_id: uuid.UUID) -> HttpResponse:
    """One of them, with its contact: that is opened under an event of its own."""
    return _page(request, user, get_object_or_404(SignUp, id=sign_up_id), None)


@two_people
@require_POST
def propose(request: HttpRequest, user: User, sign_up_id: uuid.UUID) -> HttpResponse:
    """Propose an answer; another person decides it among what waits for two."""
    row, form = get_object_or_404(SignUp, id=sign_up_id), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, user, row, form)
    said = form.cleaned_data
    try:
        joining.propose(
            row, said["answer"], said["slug"], requester=actor_of(user), reason=said["reason"], now=timezone.now()
        )
    except decide.NotAllowed:
        messages.error(request, "It is answered, or somebody has proposed an answer already.")
    else:
        messages.success(request, "Another person decides now.")
    return redirect("console-organisations")


@two_people
@require_POST
def new_link(request: HttpRequest, user: User, sign_up_id: uuid.UUID) -> HttpResponse:
    """Mail a new link to a contact who has made no passkey yet."""
    row = get_object_or_404(SignUp, id=sign_up_id, state=SignUp.State.ENROLLED)
    contact = _not_yet_in(row)
    if contact is None:
        messages.error(request, "The contact has signed in already.")
    else:
        joining.renew_way_in(row, contact, actor=actor_of(user), now=timezone.now())
        messages.success(request, "A new link is on its way; the older one opens nothing any more.")
    return redirect("console-organisations")


def _page(request: HttpRequest, user: User, row: SignUp, form: AnswerForm | None) -> HttpResponse:
    name, email = joining.contact(row, actor_of(user), why="to answer it")
    slug = slugify(row.legal_name)[:50]
    context = {
        "row": row,
        "name": name,
        "email": email,
        "purposes": [PURPOSES[each] for each in row.purposes if each in PURPOSES],
        "waits": row.state == SignUp.State.WAITING,
        "proposed": joining.is_proposed(row),
        "not_yet_in": _not_yet_in(row),
        "form": form or AnswerForm(initial={"slug": slug}),
    }
    return render(request, "recipients/review.html", context, status=422 if form else 200)


def _not_yet_in(row: SignUp) -> User | None:
    if row.organisation is None:
        return None
    found = User.objects.filter(organisation=row.organisation, username=row.organisation.slug).first()
    if found is None or found.has_usable_password() or found.passkeys.exists():
        return None
    return found


def _viewed(user: User, page: str, *, cnt: int = 0) -> None:
    log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="compliance", obj="page", body={"page": page},
        cnt=cnt,
    )  # fmt: skip
