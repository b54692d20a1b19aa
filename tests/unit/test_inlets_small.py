"""The small doors: mail in, texts out, log lines, forms, uploads."""

import io
import logging
from email.message import EmailMessage
from typing import Any

import pytest
from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import InMemoryUploadedFile

from broker.inlets.admin import GatedModelAdminMixin
from broker.inlets.forms import GatedFormMixin
from broker.inlets.logs import RedactTokens, redact
from broker.inlets.mail import check_message
from broker.inlets.outbound import OutboundRefused, check, demand_clean
from broker.inlets.uploads import MemoryOnlyUploadHandler

SECRET = "Thimble!Gravel8"


def test_mail_is_scanned_in_its_texts_and_its_file_names() -> None:
    assert check_message(["The usage is attached."], ["usage.csv"]) is None
    assert check_message(["Hello", f"pw: {SECRET}"], []) is not None
    assert check_message([], [f"smarthub password {SECRET}.pdf"]) is not None


def plain(words: str) -> EmailMessage:
    mail = EmailMessage()
    mail.set_content(words)
    return mail


def test_nothing_leaves_that_asks_for_a_login_or_carries_one() -> None:
    assert check("We never ask for your password.") is None
    assert check("Please send us your SmartHub password.") is not None
    demand_clean(plain("Your letter was sent."))
    with pytest.raises(OutboundRefused) as raised:
        demand_clean(plain(f"Hello\npassword: {SECRET}"))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("path", ["/share/open/", "/my/open/", "/stop/", "/enrol/"])
def test_link_tokens_are_masked_in_paths(path: str) -> None:
    assert redact(f"GET {path}Qm8s7d6f5g4h3j2k1l/ 200") == f"GET {path}[token]/ 200"


def test_a_log_record_is_masked_in_its_arguments_and_stays_one_line() -> None:
    record = logging.LogRecord("x", logging.INFO, "x", 1, "path %s", ("/stop/Qm8s7d6f5g4h3j2k1l/\nINFO forged",), None)
    assert RedactTokens().filter(record)
    assert record.getMessage() == "path /stop/[token]/\\nINFO forged"


class NoteForm(GatedFormMixin, forms.Form):
    note = forms.CharField()


def test_a_form_refuses_by_itself_and_does_not_repeat_the_text() -> None:
    form = NoteForm({"note": f"her password is {SECRET}"})
    assert not form.is_valid()
    assert SECRET not in str(form.errors)
    assert NoteForm({"note": "call her on Monday"}).is_valid()


def test_every_form_of_a_gated_model_admin_has_the_gate_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Note(forms.Form):
        note = forms.CharField()

    monkeypatch.setattr(ModelAdmin, "get_form", lambda *args, **kwargs: Note)
    made = GatedModelAdminMixin.get_form(GatedModelAdminMixin.__new__(GatedModelAdminMixin), None)  # type: ignore[arg-type]
    assert made.gate_inlet == "admin_note"
    assert not made({"note": f"portal pw {SECRET}"}).is_valid()


def handler(settings: Any, announced: int) -> MemoryOnlyUploadHandler:
    made = MemoryOnlyUploadHandler()
    made.handle_raw_input(io.BytesIO(), {}, announced, b"x", "utf-8")
    made.file_name, made.content_type, made.field_name = "a.csv", "text/csv", "file"
    made.charset = made.content_type_extra = None
    made.file = io.BytesIO()
    return made


def test_an_upload_stays_in_memory_and_ends_at_the_limit(settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    small = handler(settings, 900)
    assert small.receive_data_chunk(b"0" * 900, 0) is None
    assert isinstance(small.file_complete(900), InMemoryUploadedFile)
    with pytest.raises(RequestDataTooBig):
        handler(settings, 10**6)
    lying = handler(settings, 10)
    with pytest.raises(RequestDataTooBig):
        lying.receive_data_chunk(b"0" * 1001, 0)
