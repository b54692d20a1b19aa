"""The desk's page of numbers (interface)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from requests_app.admin_views import actor_of
from requests_app.numbers import shown
from requests_app.page_reads import page_shown


@require_GET
def numbers(request: HttpRequest) -> HttpResponse:
    """Show how long utilities and we take; nothing is opened, and that it was read is an event."""
    page_shown(actor_of(request), "numbers")
    return render(request, "numbers/desk.html", shown.page(timezone.now()))
