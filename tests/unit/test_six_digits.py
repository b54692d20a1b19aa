"""Whoever types or pastes a mailed code with a blank in it is understood, in each form that asks for six digits."""

import pytest
from django import forms

from broker.console.outside.forms import CodeForm as Outside
from broker.parties.signin.workbox_views import CodeForm as WorkMailbox
from consents.checking.forms import ClerkCodeForm as Member
from consents.forms import CodeForm as Customer
from requests_app.desk.forms import CodeForm as Desk
from requests_app.desk_work.forms import CodeForm as Morning

ALL = pytest.mark.parametrize("form", [Outside, WorkMailbox, Member, Customer, Desk, Morning])


@ALL
@pytest.mark.parametrize("typed", ["123456", " 123456 ", "123 456", "123 456\n"])
def test_six_digits_are_taken_as_they_are_typed(form: type[forms.Form], typed: str) -> None:
    given = form({"code": typed})
    assert given.is_valid(), given.errors
    assert given.cleaned_data["code"] == "123456"


@ALL
@pytest.mark.parametrize("typed", ["12345", "1234567", "12 3456", "abcdef"])
def test_what_is_no_code_is_told_so_in_a_sentence(form: type[forms.Form], typed: str) -> None:
    assert form({"code": typed}).errors["code"] == ["The code has six digits."]
