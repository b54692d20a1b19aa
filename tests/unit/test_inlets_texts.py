"""Mail, forms and the parts of a request: what the gate is shown."""

import json

import pytest
from django import forms
from django.test import RequestFactory

from broker.inlets.forms import GatedFormMixin
from broker.inlets.mail import check_message
from broker.inlets.parts import parts

SECRET = "Pickle!Meadow4"


class NoteForm(GatedFormMixin):
    """One text, as many forms have it."""

    note = forms.CharField()


def test_a_mail_is_searched_in_its_texts_and_its_file_names() -> None:
    assert check_message(["Attached.", f"portal password: {SECRET}"], []) is not None
    assert check_message(["Attached."], [f"smarthub password {SECRET}.pdf"]) is not None
    assert check_message(["Attached is the October file."], ["usage_2025-10.csv"]) is None
    assert check_message([], []) is None


def test_a_form_names_the_field_and_does_not_repeat_the_text() -> None:
    form = NoteForm({"note": f"my SmartHub password is {SECRET}"})
    assert not form.is_valid()
    assert list(form.errors) == ["note"]
    assert SECRET not in str(form.errors)
    assert NoteForm({"note": "I never share my password"}).is_valid()


def test_a_field_is_shown_alone_and_beside_its_name() -> None:
    request = RequestFactory().post("/login/", {"typed_name": "Tessa Tour"})
    assert [part.text for part in parts(request, "share-check")] == ["Tessa Tour", "typed_name: Tessa Tour"]


def test_each_value_of_a_field_that_stands_twice_is_shown() -> None:
    request = RequestFactory().post("/login/?a=1&a=2", {"note": ["one", "two"]})
    texts = [part.text for part in parts(request, "x")]
    assert texts[:6] == ["?a=1", "?a=2", "?a=1&a=2", "/login/?a=1&a=2", "one", "two"]


def test_a_name_that_is_not_one_of_ours_is_not_shown_to_anybody() -> None:
    request = RequestFactory().post(f"/login/?{SECRET}=1", {SECRET: "1", "form-0-note": "x"})
    names = {part.name for part in parts(request, "x")}
    assert names == {"query (name not shown)", "address of the page", "field (name not shown)", "field form-0-note"}


def test_an_exempt_field_is_exempt_in_its_view_alone() -> None:
    request = RequestFactory().post("/login/", {"password": SECRET})
    assert list(parts(request, "login")) == []
    assert list(parts(request, "share-check")) != []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_is_shown_whatever_the_method(method: str) -> None:
    body = json.dumps({"note": "é"}, ensure_ascii=False).encode()
    request = RequestFactory().generic(method, "/api/v1/consents", body, content_type="application/json")
    assert [part.text for part in parts(request, "x")] == ['{"note": "é"}']
