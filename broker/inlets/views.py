"""Plain pages for what goes wrong before a view."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Say that the form was too old or came from elsewhere."""
    return render(request, "inlets/csrf.html", status=403)
