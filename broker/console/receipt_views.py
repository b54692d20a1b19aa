"""Check my receipt: a public page that holds what somebody kept against the log of today (interface only)."""

import hashlib
import re
from typing import Any, Literal

from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from broker import sandbox
from broker.audit import receipt_check, store
from broker.audit.log import LogUnavailable
from broker.inlets.forms import GatedFormMixin
from consents.loa.judgement import Trust
from consents.loa.trusting import trust
from consents.loa.verify import packed
from consents.models import LetterFile

MAX_FILE = 5 * 1024 * 1024  # bytes; a sealed letter has about 200 kB
WALL, CPU = 20.0, 10  # seconds for taking a letter apart
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")

# What a PDF is, beside the proof in it. `exact`: a file that we recorded, under our seal. `half`: one of the two alone.
# `report`: it seems to be a report of a year, of which we keep nothing. `altered`: anything else.
type Paper = Literal["exact", "half", "report", "altered"]


class ReceiptForm(GatedFormMixin, forms.Form):
    """A kept checkpoint or proof, as text or as a file; a letter will do."""

    paper: Paper | None = None  # set where a PDF was read

    receipt = forms.CharField(
        label=_("Text of the receipt"),
        help_text=_("The lines at the end of the receipt mail. The whole mail will do."),
        required=False,
        max_length=receipt_check.MAX_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"class": "usa-textarea mono", "rows": 8, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        help_text=_("The file receipt.tlog-proof, or your sealed letter (PDF), at most 5 MB."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": ".tlog-proof,.txt,.pdf"}),
    )

    def clean(self) -> dict[str, Any]:
        """Give the text to check, whichever way it came; what was in the file passes the gate like what was typed."""
        data = super().clean()
        upload: UploadedFile[Any] | None = data.get("file")
        if upload is not None:
            data["receipt"] = self._text_of(upload)
        elif not data.get("receipt") and not self.errors:
            raise forms.ValidationError(_("Paste the text of a receipt, or choose a file."))
        return data

    def _text_of(self, upload: "UploadedFile[Any]") -> str:
        if (upload.size or 0) > MAX_FILE:
            self.add_error("file", _("This file is larger than 5 MB."))
            return ""
        raw: bytes = upload.read()
        if raw.startswith(b"%PDF"):
            return self._text_of_pdf(raw)
        text = _text(raw)
        if text is None:
            self.add_error(
                "file",
                _(
                    "We found no receipt in this file: it is not a text. Please choose the file receipt.tlog-proof "
                    "of the receipt mail, your sealed letter or your report of a year (PDF), or paste the mail’s text."
                ),
            )
            return ""
        text = text[: receipt_check.MAX_TEXT]
        self.refuse_credentials("file", text, in_file=True)
        return text

    def _text_of_pdf(self, raw: bytes) -> str:
        payload = {"pdf": sandbox.pack(raw), **packed(_trust())}
        try:
            answer = sandbox.call("broker.console.letter_proof:take_out", payload, wall=WALL, cpu=CPU)
        except sandbox.SandboxError:
            self.add_error("file", _("This PDF carries no proof of our log. Only a sealed letter does."))
            return ""
        self.paper = _paper(raw, sealed=answer["sealed"], report=answer["report"])
        return str(answer["text"])


def _text(raw: bytes) -> str | None:
    """What a text file says; none for a picture, an archive, or anything else that is no text."""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = raw.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError:
        return None
    return None if _NO_TEXT.search(text) else text


def _paper(raw: bytes, *, sealed: bool, report: bool) -> Paper:
    """Hold the whole file against what we recorded: the proof inside speaks of the log, not of the pages around it."""
    recorded = LetterFile.objects.filter(sha256=hashlib.sha256(raw).digest()).exists()
    if recorded and sealed:
        return "exact"
    if recorded or sealed:
        return "half"
    return "report" if report else "altered"


def _trust() -> Trust:
    """Our roots; without them no seal is confirmed, and nothing is called our letter."""
    try:
        return trust()
    except (ImproperlyConfigured, OSError, ValueError):
        return Trust((), ())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a receipt; say whether the log of today continues it. Nothing is kept.

    Raises `LogUnavailable` where the log has no key, before it was first signed or because its file is away.
    """
    form = ReceiptForm(request.POST, request.FILES) if request.method == "POST" else ReceiptForm()
    try:
        keys = [key.encode() for key in store.verifier_keys()]
    except FileNotFoundError:  # to call a receipt foreign where no key is there would be a lie
        raise LogUnavailable("the log has no key here") from None
    context: dict[str, Any] = {"form": form, "log_keys": keys, "log_origin": settings.LOG_ORIGIN}
    if form.is_bound and form.is_valid():
        context["paper"] = form.paper
        context["found"] = receipt_check.check(form.cleaned_data["receipt"])
    return render(request, "check.html", context, status=400 if form.is_bound and form.errors else 200)


@require_GET
def continuation(request: HttpRequest, old_size: int) -> HttpResponse:  # noqa: ARG001
    """The proof that the log of today continues the tree of this size, as a file."""
    text = receipt_check.continuation(old_size)
    if text is None:
        raise Http404
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="consistency-from-{old_size}.txt"'
    answer["Cache-Control"] = "no-cache"
    return answer
