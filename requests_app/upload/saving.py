"""A draft is saved and shared, or thrown away (actions).

Saving claims the draft first: what comes after (a second click, a change of mind, a stop) finds it ended, and from then
on its row says of each file whether it is saved yet. Each file is looked into and decided again, as if it came now:
what she stopped, or what ran out, since the preview is not taken.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.terms import Actor, Refusal
from requests_app import grants, share
from requests_app.models import ReceivedFile
from requests_app.share import Push
from requests_app.upload import ending, standing
from requests_app.upload.drafts import UNFINISHED, opening
from requests_app.upload.ending import How
from requests_app.upload.facts import Facts
from requests_app.upload.models import DraftFile, ShareDraft


def save(draft: ShareDraft, *, actor: Actor, now: datetime) -> None:
    """Save the files of a draft and end it; `outcome` says what became of each. One that is over stays as it is."""
    draft.refresh_from_db()
    if draft.ended_at is not None:
        return
    if now >= draft.expires_at:
        ending.finish(draft, How.EXPIRED, actor=ending.KEEPER, now=now)
    elif grants.not_in_force(draft.consent, now) is not None:
        ending.finish(draft, How.STOPPED, actor=ending.KEEPER, now=now)
    else:
        _save(draft, actor, now)
    draft.refresh_from_db()


def throw_away(draft: ShareDraft, *, actor: Actor, now: datetime) -> None:
    """Forget the files of a draft; what was saved already stays saved."""
    ending.finish(draft, How.THROWN, actor=actor, now=now)
    draft.refresh_from_db()


def _save(draft: ShareDraft, actor: Actor, now: datetime) -> None:
    rows = list(draft.files.order_by("number"))
    wanted = [each for each in rows if not each.code]
    try:
        opened = _opened(wanted, actor)
    except (vault.BrokenValue, vault.Destroyed):
        draft.refresh_from_db()
        if draft.ended_at is not None:
            return  # a second click came while the first one's bytes were going
        raise
    outcome = {each.number: {"code": each.code or UNFINISHED} for each in rows}
    if not ending.finish(draft, How.SAVED, actor=actor, now=now, outcome=_listed(outcome)):
        return  # thrown away, saved in another window, or stopped
    for row, facts, data in opened:
        push = _looked(draft, facts.name, data)
        with transaction.atomic():  # a file, and what the page says of it
            outcome[row.number] = _keep(draft, push, actor)
            ShareDraft.objects.filter(id=draft.id).update(outcome=_listed(outcome))


def _listed(outcome: Mapping[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"number": number, **outcome[number]} for number in sorted(outcome)]


def _opened(rows: list[DraftFile], actor: Actor) -> list[tuple[DraftFile, Facts, bytes]]:
    if not rows:
        return []
    ref = opening(rows, "files", actor)
    facts = [Facts(**json.loads(text)) for text in vault.open_all([each.facts for each in rows], under=ref)]
    data = vault.open_files([each.file for each in rows if each.file is not None], under=ref)
    return list(zip(rows, facts, data, strict=True))


def _looked(draft: ShareDraft, name: str, data: bytes) -> Push | Refusal:
    to_nectar = share.goes_to_nectar(draft.consent, data)
    # Many files take minutes, and a permission may run out between two of them.
    return share.look(draft.consent, None, name, data, to_nectar=to_nectar, now=timezone.now(), again=True)


def _keep(draft: ShareDraft, push: Push | Refusal, actor: Actor) -> dict[str, Any]:
    if isinstance(push, Refusal):
        return {"code": share.refuse(draft.consent, push, actor).code}
    answer = share.keep(push, actor=actor, now=timezone.now())
    if isinstance(answer, Refusal):
        return {"code": answer.code}
    waits = answer.state == ReceivedFile.State.QUARANTINED
    given = "" if waits else standing.of(answer).value
    return {"code": "", "unread": answer.verdict if waits else "", "type": answer.data_type, "given": given}
