"""The page on which a person asks for many accounts at once, and what became of each (interface)."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from broker.parties.models import User
from broker.terms import Refusal
from requests_app.recipients import batch
from requests_app.recipients.batch_forms import BY_FILES, ManyForm
from requests_app.recipients.guard import analyst_only, house_of

TOO_MANY = (
    "Your organisation has asked for as many accounts as a minute allows, here and by its programs. Nothing was asked "
    "for: press again in a minute."
)


@analyst_only
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, user: User) -> HttpResponse:
    """Ask for many accounts; the answer lists each, with its request or the reasons. `?way=files` chooses a way."""
    house = house_of(user)
    if request.method == "POST":
        form = ManyForm(request.POST, request.FILES, organisation=house)
        if form.is_valid():
            said = form.cleaned_data
            asked = batch.Asked(
                said["numbers"],
                tuple(said["data_types"]),
                said["first"],
                said["last"],
                said["purpose"],
                said["channel"],
            )
            answers = batch.ask(user, asked, once=said["once"], now=timezone.now())
            if not isinstance(answers, Refusal):
                context = {"answers": answers, "going": sum(each.request is not None for each in answers)}
                return render(request, "recipients/many_answers.html", context)
            form.add_error(None, TOO_MANY)
            return render(request, "recipients/many.html", {"form": form}, status=429)
        return render(request, "recipients/many.html", {"form": form}, status=422)
    channel = BY_FILES if request.GET.get("way") == "files" else ""
    form = ManyForm(initial={"once": uuid.uuid4(), "channel": channel}, organisation=house)
    return render(request, "recipients/many.html", {"form": form})
