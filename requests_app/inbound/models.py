"""What was found out about a mail and its files, and what a person chose for a held mail. Rows are only ever added."""

import uuid

from django.db import models
from django.db.models import Q

from broker.audit.models import Audited
from requests_app.inbound.holding import HOLDING
from requests_app.models import ManualRequest, Message, ReceivedFile


class MailReading(Audited):
    """What a mail was judged to be when it came, by which signals, and why it is held."""

    message = models.OneToOneField(Message, models.PROTECT, primary_key=True, related_name="judged")
    kind = models.CharField(max_length=20)
    signals = models.JSONField()
    codes = models.JSONField(help_text="Of the holding pen; empty where it is not held.")

    def __str__(self) -> str:
        return f"{self.kind} {', '.join(self.codes)}"

    @property
    def reasons(self) -> list[str]:
        """Why it is held, in words for the desk."""
        return [HOLDING.get(code, code) for code in self.codes]


class MailChoice(Audited):
    """What a person chose for a held mail; the key is the mail, so that nobody chooses twice."""

    class What(models.TextChoices):
        ATTACH = "attach", "belongs to a request"
        NOT_OURS = "not_ours", "not ours"
        REPORT = "report", "reported as an attempt to deceive"
        RETURNED = "returned", "a mail to a customer came back"

    message = models.OneToOneField(Message, models.PROTECT, primary_key=True, related_name="choice")
    what = models.CharField(max_length=8, choices=What.choices)
    manual = models.ForeignKey(ManualRequest, models.PROTECT, null=True, related_name="chosen_mails")
    attached = models.OneToOneField(
        Message, models.PROTECT, null=True, related_name="chosen_from", help_text="Its copy on the request's thread."
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(what="attach", manual__isnull=False, attached__isnull=False)
                | Q(what__in=["not_ours", "report", "returned"], manual__isnull=True, attached__isnull=True),
                name="a_chosen_mail_names_its_request",
            )
        ]

    def __str__(self) -> str:
        return self.get_what_display()


class Examination(Audited):
    """What stood against a file when it was looked into; the newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey(ReceivedFile, models.PROTECT, related_name="examinations")
    codes = models.JSONField()
    repaired = models.BooleanField(help_text="A reader had to mend it to see inside; the bytes are kept as they came.")
    scanner = models.CharField(max_length=60, blank=True, help_text="The virus scanner that looked; empty: none did.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["file", "-at"], name="newest_examination")]

    def __str__(self) -> str:
        return ", ".join(self.codes) or "nothing found"
