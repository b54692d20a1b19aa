"""Addresses of the desk's pages about fees, questions and numbers, under the admin."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from requests_app.fees import views, yes_views
from requests_app.numbers import views as numbers


def of(guard: Callable[[Any], Any]) -> list[URLPattern]:
    """Give the pages, each behind the desk's sign-in (`guard`)."""
    return [
        path("numbers/", guard(numbers.numbers), name="numbers"),
        path("requests/<uuid:request_id>/yes/", guard(yes_views.write), name="request-yes"),
        path("yes/<uuid:entry_id>/", guard(yes_views.compare), name="fee-yes"),
        path("yes/<uuid:entry_id>/scan/", guard(yes_views.scan), name="fee-yes-scan"),
        path("requests/<uuid:request_id>/acts/", guard(views.acts), name="request-acts"),
        path("requests/<uuid:request_id>/acts/words/", guard(views.words), name="request-acts-words"),
        path("requests/<uuid:request_id>/acts/<slug:what>/", guard(views.act), name="request-act"),
    ]
