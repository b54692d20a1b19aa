"""A person looks into a file in quarantine, then accepts or rejects it (actions)."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction

from broker import jobs, vault
from broker.approvals import decide
from broker.approvals.lifecycle import State as Approved
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import UtilityAccount
from broker.terms import Actor, EventRef, Refusal
from requests_app import grants, importing, quarantine, seconding
from requests_app.completeness import asked, covering, matrix, settling, surplus, telling
from requests_app.desk import several
from requests_app.hooks import by_her
from requests_app.hooks import telling as hooks
from requests_app.importing import Imported
from requests_app.inbound.models import Examination
from requests_app.models import ReceivedFile
from requests_app.nectar import onward
from requests_app.receive import RECEIVER, zone_of
from requests_app.whose import UNCHOSEN, UNNAMED, UNREAD, Whose, names_of, several_of, whose

State = ReceivedFile.State
DAYS_UNREAD, OTHER_DAYS = "file.days_unread", "file.other_days"


@dataclass(frozen=True)
class Choice:
    """What a person says a file is; the end is exclusive."""

    data_type: str
    start: date
    end: date
    by_eye: bool = False  # no account can be read in it; who looked at every page says that it is the right one
    beside: bool = False  # it is of none of the months that were asked for, and is taken all the same
    account: uuid.UUID | None = None  # of which it is, where no account is read and the request has several
    days_by_eye: bool = False  # its days were not read; who opened it says that each of these stands on it


@dataclass(frozen=True, repr=False)
class Look:
    """What the importer found in a file, and what stands against it."""

    name: str
    found: Imported | None
    codes: tuple[str, ...]
    data: bytes = field(repr=False)
    examined: Examination | None = None  # what was found when it came; nothing for a file that came another way
    whose: Whose = UNNAMED
    unread: str = ""  # why no numbers are read in it: it can only be handed on as it is
    choices: tuple[tuple[uuid.UUID, str], ...] = ()  # accounts of which a person has to choose one: ending and address


def look(file: ReceivedFile, *, actor: Actor, why: str, now: datetime) -> Look:
    """Open a file for a member of staff and have it read in the sandbox; changes nothing but the log."""
    if (ended := grants.not_in_force(file.consent, now)) is not None:
        return Look("", None, (ended,), b"")  # it stays sealed: nothing permits anybody to look into it any more
    if (incident := surplus.of(file)) is not None:
        return Look("", None, (surplus.code_of(incident),), b"")  # what was too much is shown to nobody
    accounts = several_of(file)  # many of one farm end in the same digits: their addresses tell them apart
    sealed = [file.name, file.account.name_as_billed, *(each.service_address for each in accounts)]
    ref = log.append_read(
        "file.read",
        actor=actor,
        subject=file.consent.customer_id,
        purpose="fulfilment",
        obj="received_file",
        body={"file": file.id, "sha256": bytes(file.sha256).hex(), "why": why},
        cnt=1,
    )
    data, (name, billed, *places) = vault.open_file(file.file, under=ref), vault.open_all(sealed, under=ref)
    examined = _examined(file, name, data, now)
    if examined is not None and examined.codes:
        return Look(name, None, tuple(examined.codes), b"", examined)  # nobody opens what has something against it
    days = surplus.days_for(file)
    found, unread = importing.read(data, file.media_type, zone=zone_of(file.consent), name=billed, days=days), ""
    if isinstance(found, Refusal) and found.code in importing.KEPT_UNREAD:
        unread, found = found.code, importing.named_in(data)
    if isinstance(found, Refusal):
        # A file with a portal login in it is shown to nobody, not even to the person who judges it.
        return Look(name, None, (found.code,), b"" if found.code == importing.LOGIN else data, examined)
    named = whose(file, found)
    weighed = surplus.weigh(file, found, named)
    if weighed.is_too_much and file.state == State.QUARANTINED:
        incident = surplus.open_incident(file, weighed, data, name, now=now)
        return Look("", None, (surplus.code_of(incident),), b"")  # this very look shows nothing of it either
    of = zip(accounts, places, strict=True) if named.own is None else ()
    names = names_of(accounts)
    choices = tuple((each.id, f"{names[each.id]}, {place}") for each, place in of)
    words = None if choices else _own_words(found)  # whose rules count is known once an account is chosen
    codes = ([unread] if unread else []) + _against(file, found, named, words, now)
    return Look(name, found, tuple(codes), data, examined, named, unread, choices)


def _examined(file: ReceivedFile, name: str, data: bytes, now: datetime) -> Examination | None:
    """Give what stands against a file; one that the virus scanner missed is examined again first."""
    newest = quarantine.against(file)
    if newest is None or "file.scanner_down" not in newest.codes:
        return newest
    again = quarantine.examine(name, data)
    with transaction.atomic():
        body = {**_facts(file), "against": list(again.codes)}
        seen = log.append(
            "file.scanned", actor=RECEIVER, subject=file.consent.customer_id, obj="received_file", body=body
        )
        quarantine.note(file, again, seen, now)
    return quarantine.against(file)


def accept(file: ReceivedFile, choice: Choice, *, actor: Actor, now: datetime) -> ReceivedFile | Approval | Refusal:
    """Accept a file whose account, kind and days lie inside the consent; otherwise it stays sealed, with the reason.

    It counts for no more days than were read in it. Where none were, for those of which a person says, by a word of its
    own, that they stand on it. For a file of a mail that was held, or that staff entered, a second person is asked
    first: then the answer is what that person decides.
    """
    if file.state != State.QUARANTINED:
        return Refusal("state.conflict")
    seen = look(file, actor=actor, why="to accept it", now=now)
    if (incident := surplus.of(file)) is not None:  # found by this very look: what may be had was cut out of it
        with transaction.atomic():
            telling.send_found(incident)
        return _hold(file, surplus.code_of(incident), actor=actor)
    if seen.found is None:
        return _hold(file, seen.codes[0], actor=actor)
    said = _own_words(seen.found)
    if said is not None and choice.data_type != said.data_type:
        return Refusal("state.conflict", "the file says that it is of another kind")
    # What a file proves about itself counts more than what a person types.
    days = (said.start, said.end) if said else covering.within(seen.found, (choice.start, choice.end))
    if days is None:
        return Refusal(OTHER_DAYS)
    days_are_read = said is not None or covering.are_read(seen.found, choice.data_type)
    what = replace(
        choice,
        start=days[0],
        end=days[1],
        by_eye=choice.by_eye and not seen.whose.read,
        days_by_eye=choice.days_by_eye and not days_are_read,
    )
    several = several_of(file) if seen.whose.own is None else []
    chosen = next((each for each in several if each.id == choice.account), None)
    missing = "" if seen.whose.read or choice.by_eye else UNREAD
    missing = missing or (UNCHOSEN if several and chosen is None else "")
    # Each account has rules of its own: until it is known, only what stands against the file whatever its account is.
    codes = _against(file, seen.found, seen.whose, None if missing else what, now, chosen)
    if codes:
        return _hold(file, codes[0], actor=actor)
    missing = missing or ("" if days_are_read or choice.days_by_eye else DAYS_UNREAD)
    if missing:
        return Refusal(missing)
    if not what.beside and not asked.touches(file, (what.start, what.end)):
        return Refusal(asked.OTHER_MONTHS)
    agreed = None
    if seconding.is_asked_of_two(file):
        agreed = seconding.newest(file, now)
        params = _asked(seen, what, chosen)
        if agreed is None or (agreed.state == Approved.APPROVED and agreed.params != params):
            return seconding.ask(file, params, requester=actor, now=now)
        if agreed.state != Approved.APPROVED:
            return Refusal(seconding.WAITS)
    account = seen.whose.own or chosen or file.account
    return _accept(file, account, seen, what, agreed, actor=actor, now=now)


def reject(file: ReceivedFile, *, actor: Actor, now: datetime) -> ReceivedFile | Refusal:
    """Reject a file; its bytes stay sealed until they are destroyed by the retention rules.

    Where too much was in it, the utility whose own mail brought it is told so, and two people still decide about it.
    """
    with transaction.atomic():
        ref = log.append(
            "file.rejected",
            actor=actor,
            subject=file.consent.customer_id,
            obj="received_file",
            body={**_facts(file), "verdict": file.verdict},
            res="denied",
        )
        rows = ReceivedFile.objects.filter(id=file.id, state=State.QUARANTINED)
        if not rows.update(state=State.REJECTED, decided_at=now, audit_event_id=ref.id):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
        if (incident := surplus.of(file)) is not None:
            telling.send_found(incident)
        _settle(file, ref)
    file.refresh_from_db()
    return file


def _asked(seen: Look, what: Choice, chosen: UtilityAccount | None) -> dict[str, object]:
    """Give what a second person agrees to: codes, dates, last four, and our id of an account that was chosen."""
    return {
        "data_type": what.data_type,
        "from": what.start.isoformat(),
        "to": what.end.isoformat(),
        "by_eye": what.by_eye,
        **({"days_by_eye": True} if what.days_by_eye else {}),
        "account_ending": account.last_four if (account := seen.whose.own or chosen) else None,
        "name_seen": seen.found.has_name if seen.found else None,
        **({"account": str(chosen.id)} if chosen else {}),
    }


def _accept(
    file: ReceivedFile,
    account: UtilityAccount,
    seen: Look,
    what: Choice,
    agreed: Approval | None,
    *,
    actor: Actor,
    now: datetime,
) -> ReceivedFile | Refusal:
    found = seen.found
    assert found is not None
    choice = seconding.held(file)
    with transaction.atomic():
        ref = log.append(
            "file.accepted",
            actor=actor,
            subject=file.consent.customer_id,
            obj="received_file",
            body={
                **_facts(file),
                "data_types": [what.data_type],
                "from": what.start,
                "to": what.end,
                "importer": found.importer,
                "by_eye": what.by_eye,
                "days_by_eye": what.days_by_eye,
                "held_for": seconding.held_for(choice) if choice else [],
                "approval": agreed.id if agreed else None,
            },
        )
        hers = ReceivedFile(consent=file.consent, account=account, data_type=what.data_type)
        before = by_her.standing(hers) if file.share_id else {}
        rows = ReceivedFile.objects.filter(id=file.id, state=State.QUARANTINED)
        taken = rows.update(
            state=State.ACCEPTED,
            verdict="",
            account=account,
            data_type=what.data_type,
            covers_from=what.start,
            covers_to=what.end,
            decided_at=now,
            audit_event_id=ref.id,
        )
        if not taken:
            transaction.set_rollback(True)
            return Refusal("state.conflict")
        if agreed is not None:
            decide.execute(agreed, actor=actor, now=now)
        file.account, file.data_type = account, what.data_type
        file.covers_from, file.covers_to = what.start, what.end
        importing.save_series(file, found, data_type=what.data_type, ref=ref)
        if what.data_type == importing.BILL:
            importing.save_bills(file, found, days=[(what.start, what.end)], ref=ref)
        covering.keep(file, found, ref)
        onward.send_on(file, ref, now)
        _settle(file, ref)
        _tell(file, what, before, ref, now)
    file.refresh_from_db()
    return file


def _tell(file: ReceivedFile, what: Choice, before: by_her.Standing, ref: EventRef, now: datetime) -> None:
    """Have the recipient of each request told of which something came: what nobody asked for is no news."""
    by_her.came(file, before, ref=ref, now=now)
    for number, each in enumerate(asked.answered_by(file)):
        known = what.data_type in each.request.data_types and str(file.account_id) in map(str, each.request.accounts)
        if known and asked.is_of(each, (what.start, what.end)):
            key = f"recipient.told:{file.id}" if number == 0 else f"recipient.told:{file.id}:{each.number}"
            jobs.enqueue("recipient.told", each.request_id, key=key)
            hooks.data_ready(each.request, ref=ref, now=now)


def _own_words(found: Imported) -> Choice | None:
    """Give what a file says of itself, if it says everything."""
    if found.data_type is None or found.days is None:
        return None
    return Choice(found.data_type, *found.days)


def _against(
    file: ReceivedFile,
    found: Imported,
    named: Whose,
    what: Choice | None,
    now: datetime,
    chosen: UtilityAccount | None = None,
) -> list[str]:
    """Give the codes of what stands against holding this file; a usage file must name its own account."""
    codes = ["scope.account"] if found.series and named.own is None else list(named.codes)
    allowed = surplus.days_for(file)
    if allowed is not None and not all(matrix.lies_in(each, allowed) for each in found.page_days):
        codes.append("scope.range")  # a page says itself that it is about days outside
    if what is not None:
        if what.start >= what.end:
            return ["ask.invalid"]
        decided = grants.decide_file(
            file.consent,
            named.own or chosen or file.account,
            data_types=[what.data_type],
            days=(what.start, what.end),
            # What she handed over is no order: it is held to what it was held to when it came (`share`).
            channel="manual_request" if file.share_id else file.channel,
            now=now,
        )
        codes += [code for code in decided.codes if code not in codes]
    return codes


def _hold(file: ReceivedFile, code: str, *, actor: Actor) -> Refusal:
    with transaction.atomic():
        ref = log.append(
            "data.withheld",
            actor=actor,
            subject=file.consent.customer_id,
            obj="received_file",
            body={**_facts(file), "codes": [code]},
            res="denied",
        )
        ReceivedFile.objects.filter(id=file.id, state=State.QUARANTINED).update(verdict=code, audit_event_id=ref.id)
    file.refresh_from_db()
    return Refusal(code)


def _settle(file: ReceivedFile, ref: EventRef) -> None:
    """Move the request on when its last file has been decided."""
    if file.message and file.message.manual:
        settling.settle(file.message.manual, ref)
        for each in several.also_answered(file.message):
            settling.settle(each, ref)


def _facts(file: ReceivedFile) -> dict[str, object]:
    manual = file.message.manual if file.message else None
    return {
        "file": file.id,
        "sha256": bytes(file.sha256).hex(),
        "consent": file.consent_id,
        "request": manual.number if manual else None,
        "came_by": file.came_by.value,
    }
