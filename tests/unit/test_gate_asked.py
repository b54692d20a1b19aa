"""What a form called its fields, as far as the gate can know it: by the forms that a page's view has in hand."""

from types import SimpleNamespace
from typing import Any

from django import forms

from broker.inlets import asked

asked_of = asked.asked


class Short(forms.Form):
    """A text and who wrote it."""

    note = forms.CharField(label="A remark", widget=forms.Textarea)
    who = forms.CharField()


class Other(forms.Form):
    """The same, called otherwise."""

    note = forms.CharField(label="A note")
    on_day = forms.CharField(label="Day")


def view() -> None:
    """A page of this module."""


def test_the_form_that_knows_most_of_the_names_says_what_they_are_called(monkeypatch: Any) -> None:
    monkeypatch.setattr(asked, "OURS", (__name__,))
    page = asked_of(view, ["note", "who"])
    assert (page.label("note"), page.label("who"), page.label("more")) == ("A remark", "Who", None)
    assert (page.is_area("note"), page.is_area("who")) == (True, False)
    page = asked_of(view, ["form-0-note", "form-0-on_day"])
    assert (page.label("form-0-note"), page.is_area("form-0-note")) == ("A note", False)


def test_of_two_that_call_it_otherwise_none_is_believed(monkeypatch: Any) -> None:
    monkeypatch.setattr(asked, "OURS", (__name__,))
    assert asked_of(view, ["note"]).label("note") is None
    assert asked_of(view, ["nothing"]) == asked.Asked()
    assert asked_of(SimpleNamespace(__module__="no.such.module"), ["note"]) == asked.Asked()
    assert asked_of(view, ["note"]).label("who") == "Who"
