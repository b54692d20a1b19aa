"""The officer's page of numbers: how long utilities and we take (interface)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.console.officers import looked, officer_only
from broker.parties.models import User
from requests_app.numbers import shown


@officer_only
@require_GET
def numbers(request: HttpRequest, user: User) -> HttpResponse:
    """The same numbers as on the desk's page; nothing is opened."""
    looked(user, "numbers")
    return render(request, "numbers/console.html", shown.page(timezone.now()))
