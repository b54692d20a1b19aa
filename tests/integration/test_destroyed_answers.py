"""What was destroyed is answered with 410 and its reason, to people and to programs."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from broker.inlets.middleware import GateMiddleware
from broker.vault import Destroyed
from requests_app.problem_answers import problem_handler

GONE = Destroyed("the key of a sealed value was destroyed")


@pytest.mark.django_db
def test_a_page_says_so() -> None:
    from django.contrib.auth.models import AnonymousUser

    request = RequestFactory().get("/my/")
    request.user = AnonymousUser()
    answer = GateMiddleware(lambda _request: HttpResponse()).process_exception(request, GONE)
    assert answer is not None
    assert answer.status_code == 410
    assert "This was destroyed" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_a_program_is_told_so() -> None:
    request = RequestFactory().get("/api/v1/x")
    answer = GateMiddleware(lambda _request: HttpResponse()).process_exception(request, GONE)
    assert answer is not None
    assert answer.status_code == 410
    assert json.loads(answer.content)["code"] == "data.gone"
    from_view = problem_handler(GONE, {})
    assert (from_view.status_code, from_view.data["code"]) == (410, "data.gone")
