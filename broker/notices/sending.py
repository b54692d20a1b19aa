"""Write a notice now, send it once, later (actions)."""

import json
import uuid
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.notices import compose, waiting
from broker.notices.compose import Attachment, Rendered
from broker.notices.models import Notice, NoticeState
from broker.terms import SERVICE, EventRef
from broker.transport import (
    Delivery,
    DeliveryUnknown,
    MailError,
    PermanentRefusal,
    Proof,
    ProvenAddress,
    gate,
    smtp,
)

KIND = "notices.send"
WRITER = SERVICE("notices")


def send_later(
    template: str,
    *,
    to: ProvenAddress,
    subject: UUID,
    context: Mapping[str, object],
    key: str,
    language: str = "en",
    attachments: Sequence[tuple[str, str, bytes]] = (),
) -> UUID:
    """Write this mail, sealed under the subject's key, and enqueue its sending; inside `atomic()`, once per key.

    The gate reads it as it will leave, its files too. Raises `looking.Unchecked` where it cannot.
    """
    if (known := Notice.objects.filter(key=key).values_list("id", flat=True).first()) is not None:
        return known
    notice_id = uuid.uuid4()
    message_id = f"<{notice_id}@{settings.MAIL_DOMAIN}>"
    files = [Attachment(*each) for each in attachments]
    rendered = compose.render(template, language=language, context=context)
    # Whatever cannot be sent to this address is a mistake of the caller: found here, not in a job at night.
    mail = compose.message(rendered, to=to.address, message_id=message_id, language=language, attachments=files)
    smtp.check(mail, to=to)
    refused = gate.refuses(template, mail, context)
    if refused is not None:
        # Whoever acts goes on with it: a stop must not fail because a mail about it may not leave. Nothing of the mail
        # is kept, and an officer hears of it.
        rendered, files = Rendered("", ""), []
    content = {
        "to": to.address,
        "proof": [to.proof.kind, to.proof.ref],
        "subject": rendered.subject,
        "text": rendered.text,
        "files": [
            [str(vault.seal_file(each.data, subject=subject, name=each.name)), each.name, each.media_type]
            for each in files
        ],
    }
    place = vault.Place("notices_notice", "content", notice_id)
    Notice.objects.create(
        id=notice_id,
        key=key,
        template=template,
        language=language,
        subject=subject,
        message_id=message_id,
        content=vault.seal(json.dumps(content), subject=subject, place=place),
        created_at=timezone.now(),
        **({"state": NoticeState.REFUSED, "answer": f"gate: {refused}"} if refused else {}),
    )
    if refused is not None:
        return notice_id
    jobs.enqueue(KIND, notice_id, key=f"notice:{notice_id}")
    return notice_id


def send_now(job: jobs.JobView) -> None:
    """Hand one notice over, once: what may have been sent before is left to a person, and what has to wait waits."""
    notice = Notice.objects.get(id=job.subject_id)
    if notice.state == NoticeState.SENDING:
        _record(notice, NoticeState.UNKNOWN, "an earlier attempt ended in the middle of sending")
        raise jobs.GiveUp("mail.delivery_unknown")
    if notice.state != NoticeState.QUEUED:
        return
    waiting.look_first(notice.template, notice.id)
    to, mail = _opened(notice)
    with transaction.atomic():
        waiting.look_first(notice.template, notice.id)  # again: what was decided meanwhile holds it too
        # Committed before the first byte leaves: whoever finds this state later knows not to send again.
        if not Notice.objects.filter(id=notice.id, state=NoticeState.QUEUED).update(state=NoticeState.SENDING):
            return
    try:
        delivery = smtp.send(mail, to=to, envelope_from=settings.MAIL_FROM)
    except DeliveryUnknown as error:
        _record(notice, NoticeState.UNKNOWN, error.reply)
        raise jobs.GiveUp("mail.delivery_unknown") from None
    except PermanentRefusal as error:
        _record(notice, NoticeState.REFUSED, error.reply)
        raise jobs.GiveUp("mail.refused") from None
    except Exception as error:
        # Every other failure of `send` happens before the content leaves: to send again later is safe.
        answer = error.reply if isinstance(error, MailError) else type(error).__name__
        Notice.objects.filter(id=notice.id).update(state=NoticeState.QUEUED, answer=answer[:200])
        raise
    _record(notice, NoticeState.SENT, delivery.reply, delivery)


def _opened(notice: Notice) -> tuple[ProvenAddress, EmailMessage]:
    event = _read(notice)
    content = json.loads(vault.open(notice.content, under=event))
    opened = vault.open_files([UUID(each[0]) for each in content["files"]], under=event) if content["files"] else []
    files = [
        Attachment(name, media_type, data) for (_, name, media_type), data in zip(content["files"], opened, strict=True)
    ]
    kind, ref = content["proof"]
    to = ProvenAddress(content["to"], Proof(kind, ref))
    rendered = Rendered(content["subject"], content["text"])
    mail = compose.message(
        rendered, to=to.address, message_id=notice.message_id, language=notice.language, attachments=files
    )
    return to, mail


def _read(notice: Notice) -> EventRef:
    body = {"notice": str(notice.id), "template": notice.template, "why": "to send it"}
    return log.append_read(
        "mail.read", actor=WRITER, subject=notice.subject, purpose="operations", obj="mail", body=body, cnt=1
    )


def _record(notice: Notice, state: NoticeState, answer: str, delivery: Delivery | None = None) -> None:
    sent = state == NoticeState.SENT
    body = {"notice": str(notice.id), "template": notice.template, "state": state.value, "answer": answer[:200]}
    if delivery is not None:
        body |= {"message_id": notice.message_id, "host": delivery.host, "kind": delivery.kind}
    with transaction.atomic():
        log.append(
            "notice.sent" if sent else "notice.failed",
            actor=WRITER,
            subject=notice.subject,
            body=body,
            obj="notice",
            res="ok" if sent else "error",
        )
        Notice.objects.filter(id=notice.id).update(
            state=state, answer=answer[:200], sent_at=timezone.now() if sent else None
        )
