"""Forms about fees and questions: of the desk, and the customer's own (interface)."""

import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from broker.inlets.forms import GatedFormMixin
from broker.notices.templatetags.notices import moment
from requests_app.fees.asking import LONGEST
from requests_app.fees.by_word import Said
from requests_app.fees.lifecycle import Answer, Asks, FeeState, SaidBy, Why
from requests_app.fees.limits import LARGEST, is_fee
from requests_app.fees.models import FeeQuote, Question
from requests_app.forms import DollarsField
from requests_app.models import Message

RADIO = forms.RadioSelect
HOW = [(SaidBy.MAIL.value, "By mail"), (SaidBy.PHONE.value, "By phone"), (SaidBy.POST.value, "By post")]
YES_NO = [(FeeState.ACCEPTED.value, "Accept it"), (FeeState.DECLINED.value, "Decline it: the request ends")]
ASKS = {
    Asks.FEE: "Whether she pays the fee herself",
    Asks.SIGN: "To sign the co-op's own form",
    Asks.PAPER: "To sign our letter on paper and post it to us",
    Asks.CALL: "To call her co-op",
    Asks.WORDS: "A question of the co-op, in your words",
}
CHOOSE = "Choose one."


def _area(rows: int = 4) -> forms.Textarea:
    return forms.Textarea(attrs={"class": "usa-textarea", "rows": rows})


def _choice(label: str, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=RADIO, error_messages={"required": CHOOSE})


def _mail(message: Message) -> str:
    what = "with files" if message.kind == "answer" else "in words"
    return f"Of {moment(message.at)}, {what}"


class StaffForm(GatedFormMixin, forms.Form):
    """A form of the desk."""

    gate_inlet = "admin_note"


class QuoteForm(StaffForm):
    """A fee that the co-op named."""

    amount = DollarsField(
        label="Fee in US dollars",
        max_digits=6,
        decimal_places=2,
        help_text="As the co-op named it, for example 35.00.",
        widget=forms.TextInput(attrs={"class": "usa-input", "inputmode": "decimal", "autocomplete": "off"}),
    )
    said_by = _choice("How it said so", HOW)
    mail = forms.ChoiceField(label="The mail that names it", required=False, widget=RADIO)

    def __init__(self, *args: Any, mails: Sequence[Message], **kwargs: Any) -> None:
        """Offer the mails of the thread whose sender is proven."""
        super().__init__(*args, **kwargs)
        field = self.fields["mail"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(each.id), _mail(each)) for each in mails]
        field.choices += [("", "None of these: two people decide")] if mails else []

    def clean(self) -> dict[str, Any]:
        """Take a mail with a fee by mail alone."""
        data = super().clean()
        if data.get("mail") and data.get("said_by") != SaidBy.MAIL:
            self.add_error("mail", "Choose a mail only for a fee that it named by mail.")
        return data

    def clean_amount(self) -> Any:
        """Take what can be a fee for copies."""
        amount = self.cleaned_data["amount"]
        if not is_fee(amount):
            raise forms.ValidationError(f"More than nothing, and at most {LARGEST}.")
        return amount


class AboutForm(StaffForm):
    """A form about one fee, question or mail; it carries which one it was drawn for."""

    about = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, about: uuid.UUID, **kwargs: Any) -> None:
        """Draw it for this one."""
        super().__init__(*args, **kwargs)
        self.fields["about"].initial = self.drawn_for = str(about)

    @property
    def is_old(self) -> bool:
        """Say whether what was sent was drawn for another one than the one that is open now."""
        return self.is_bound and self.data.get("about") != self.drawn_for


class DecideForm(AboutForm):
    """Yes or no to a fee, by one person."""

    answer = _choice("Your decision", YES_NO)


class SecondForm(AboutForm):
    """Yes or no to a fee, which a second person confirms."""

    answer = _choice("What you propose", YES_NO)
    reason = forms.CharField(label="Why", max_length=1000, widget=_area(3))


class AskForm(StaffForm):
    """What the customer is asked."""

    asks = _choice("What she is asked", [])
    words = forms.CharField(
        label="In your words, where they are needed",
        help_text="She reads them on her page after she has signed in; they are not in the mail.",
        max_length=LONGEST,
        required=False,
        widget=_area(),
    )

    def __init__(self, *args: Any, fee: FeeQuote | None = None, **kwargs: Any) -> None:
        """Offer the question about a fee where one waits."""
        super().__init__(*args, **kwargs)
        offered = [each for each in Asks if each != Asks.FEE or fee is not None]
        self.fields["asks"] = _choice("What she is asked", [(each.value, ASKS[each]) for each in offered])
        self.order_fields(["asks", "words"])

    def clean(self) -> dict[str, Any]:
        """Demand the question itself where it is one in words."""
        data = super().clean()
        if data.get("asks") == Asks.WORDS and not (data.get("words") or "").strip():
            self.add_error("words", "Write the question.")
        return data


class HeardForm(AboutForm):
    """What she answered by phone or post."""

    answer = _choice("What she answered", [])
    how = _choice("How", HOW[1:])
    words = forms.CharField(label="In her words", max_length=LONGEST, required=False, widget=_area())

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        """Offer the answers that this question takes from anybody but herself."""
        super().__init__(*args, about=question.id, **kwargs)
        words = {Answer.DONE.value: "She did it, or answered", Answer.NO.value: "She does not want to"}
        offered = [Answer.NO.value] if question.asks == Asks.FEE else list(words)
        self.fields["answer"] = _choice("What she answered", [(each, words[each]) for each in offered])
        self.order_fields(["answer", "how", "words"])


class YesForm(AboutForm):
    """Her yes to a fee, as it stands in her letter or as she said it on the telephone."""

    how = _choice(
        "How it came",
        [(SaidBy.POST.value, "A letter with her signature came by post"), (SaidBy.PHONE.value, "She said it by phone")],
    )
    given_on = forms.DateField(
        label="Day of the call, or date beside her signature",
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}),
    )
    amount = DollarsField(
        label="Amount in US dollars, as it stands in her letter or as she said it",
        max_digits=6,
        decimal_places=2,
        widget=forms.TextInput(attrs={"class": "usa-input", "inputmode": "decimal", "autocomplete": "off"}),
    )
    scan = forms.FileField(
        label="Scan of her letter (PDF or JPEG, at most 10 MB and 12 pages)",
        help_text="A letter needs its scan.",
        required=False,
        widget=forms.FileInput(attrs={"class": "usa-file-input", "accept": "application/pdf,image/jpeg"}),
    )
    words = forms.CharField(
        label="What else the second person should know",
        help_text="Sealed. For a call: when it was, and on which number she is called back.",
        max_length=LONGEST,
        required=False,
        widget=_area(3),
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        """Draw it for the question that waits."""
        super().__init__(*args, about=question.id, **kwargs)
        self.auto_id = "yes-%s"
        self.asked_amount = question.fee.amount if question.fee else None
        self.asked_at = question.asked_at

    def clean(self) -> dict[str, Any]:
        """Take no other amount than the fee, no day before she was asked or still to come, and no letter unseen."""
        data = super().clean()
        if "amount" in data and data["amount"] != self.asked_amount:
            self.add_error("amount", "This is not the fee that she was asked about.")
        if data.get("how") == SaidBy.POST and not data.get("scan"):
            self.add_error("scan", "A letter needs its scan.")
        zone = ZoneInfo(settings.DISPLAY_ZONE)
        first, last = self.asked_at.astimezone(zone).date(), timezone.now().astimezone(zone).date()
        if "given_on" in data and not first <= data["given_on"] <= last:
            self.add_error("given_on", "This is before she was asked, or still to come.")
        return data

    def said(self) -> Said:
        """Give what was said."""
        data = self.cleaned_data
        scan = data["scan"].read() if data["scan"] else b""
        return Said(SaidBy(data["how"]), data["given_on"], data["amount"], data["words"], scan)


class AsksUsForm(StaffForm):
    """How the co-op asked us something."""

    said_by = _choice("How it asked", HOW)


class AnswerForm(StaffForm):
    """Our answer to the co-op."""

    words = forms.CharField(
        label="Your answer to the co-op",
        help_text="It goes out on the thread as it stands here. No account number in full.",
        max_length=LONGEST,
        widget=_area(6),
    )


class ReplaceForm(StaffForm):
    """Why the co-op does not take our letter as it is."""

    why = _choice(
        "What it wants",
        [(Why.OWN_FORM.value, "A form of its own"), (Why.ON_PAPER.value, "Our letter on paper, signed with a pen")],
    )


class ArrivedForm(AboutForm):
    """What a person found out about a mail of ours."""

    arrived = _choice("What the billing desk says", [("yes", "It has our mail"), ("no", "It has not: send it again")])


class HerForm(GatedFormMixin, forms.Form):
    """Her answer, on her own page; nothing is chosen beforehand."""

    answer = forms.ChoiceField(
        label=lazy("Your answer"), widget=RADIO, error_messages={"required": lazy("Choose your answer.")}
    )
    words = forms.CharField(
        label=lazy("In your words"),
        required=False,
        max_length=LONGEST,
        widget=_area(),
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        """Offer the answers of this question."""
        super().__init__(*args, **kwargs)
        answer = self.fields["answer"]
        assert isinstance(answer, forms.ChoiceField)
        answer.choices = _her_answers(question)
        if question.asks != Asks.WORDS:
            del self.fields["words"]
        self.in_words = question.asks == Asks.WORDS

    def clean(self) -> dict[str, Any]:
        """Demand her words where she answers in words."""
        data = super().clean()
        if self.in_words and data.get("answer") == Answer.DONE and not (data.get("words") or "").strip():
            self.add_error("words", _("Write your answer."))
        return data


def _her_answers(question: Question) -> list[tuple[str, str]]:
    amount = f"${question.fee.amount}" if question.fee else ""
    yes, no, done = Answer.YES.value, Answer.NO.value, Answer.DONE.value
    match question.asks:
        case Asks.FEE:
            pays = _("Yes, I pay the fee of %(amount)s myself") % {"amount": amount}
            return [(yes, pays), (no, _("No, I do not pay it"))]
        case Asks.SIGN:
            return [(done, _("I signed the form and sent it to my co-op")), (no, _("I do not want to sign it"))]
        case Asks.PAPER:
            return [(done, _("I signed the letter and posted it")), (no, _("I do not want to sign the letter"))]
        case Asks.CALL:
            return [(done, _("I talked with my co-op")), (no, _("I do not want to call"))]
        case _:
            return [(done, _("I answer below")), (no, _("I do not want to answer"))]
