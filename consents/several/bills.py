"""What she hands over for a list of accounts: each bill is read by itself and proves its own account (actions).

Nothing is written before all is read. A bill that proves nothing is not kept; one of which a field has to be typed is
kept sealed under the draft's own key until it is signed or the draft ends.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.conf import settings

from broker import sandbox, utilities, vault
from broker.audit import log
from broker.inlets import unread
from broker.limits.counting import DAY, HOUR, Limit, take
from broker.looking import look as gate
from broker.parties.links import person
from broker.parties.models import Customer, EmailLink, UtilityAccount
from consents.identity.bill import CPU, LOGIN, TOO_MANY, WALL
from consents.identity.tries import COMPARED
from consents.joint.reach import is_both
from consents.loa.glyphs import unprintable
from consents.models import Draft
from consents.several import holder_line, listed, placing
from consents.several.listed import Account, Dropped
from consents.several.looking import Given, Looking

# Of one mailbox, however it is written.
# As many bills of one account in a day as of an account that is proven later (`identity.tries`).
LOOKS = Limit("draft-bills", 300, HOUR)
TRIES = Limit("draft-bill-tries", COMPARED, DAY)
MOST_FILES = 60  # in one drop
MAX_BILL = 10 * 1024 * 1024
MOST_BYTES = 100 * 1024 * 1024  # of the bills that are kept of one list
LONGEST_NAME = 80  # of a file, as it is shown to her again
TWICE, OTHER_UTILITY = "twice", "utility"
TOO_LARGE, NO_TEXT, UNREADABLE, PROVEN_BEFORE, BOTH = "too_large", "no_text", "file.unreadable", "before", "both"
OLDER, FULL, LATER = "older", "full", "later"
_FIELD = {"service_address": "service_address", "date": "billed_on", "amount": "amount"}  # by code


def drop(looking: Looking, given: Sequence[Given]) -> None:
    """Read bills, each by itself: one that is bad loses none of the others, nor does one for which no time was left."""
    for place, each in enumerate(given):
        is_read = place < MOST_FILES and not looking.is_late
        looking.files.append(_one(looking, each) if is_read else _told(each, LATER))


def take_out(looking: Looking) -> bool:
    """Take out the accounts over which both must agree by now; say whether there was one."""
    found = [
        each for each in looking.accounts.values() if each.is_in and both_must_agree(looking.draft.link, each.index)
    ]
    for row in found:
        looking.put(_without_bill(row, BOTH))
        looking.files.append(Dropped("", BOTH, row.ending))
    return bool(found)


def complete(looking: Looking, typed: Mapping[int, Mapping[str, str]]) -> None:
    """Hold kept bills against what she typed of them, by place: all five fields fit, or it is said which does not."""
    rows = [each for each in looking.accounts.values() if each.file and typed.get(each.place)]
    if not rows:
        return
    event = _opening(looking.draft, len(rows), "what she typed of it")
    bills = vault.open_files([uuid.UUID(each.file) for each in rows], under=event)
    for row, data in zip(rows, bills, strict=True):
        facts = {name: value for name, value in typed[row.place].items() if name in row.lacks and value}
        filled = replace(row, **facts)  # type: ignore[arg-type]
        if any(not getattr(filled, name) for name in listed.TYPED):
            code = "lacks"  # nothing of it is kept before all of it is there: what is wrong could not be typed again
        elif looking.is_late:
            code = LATER
        else:
            code = _matched(looking, filled, data) if _may_try(looking, row.index) else TOO_MANY
            looking.put(_asked_again(row, code) if code else replace(filled, lacks=(), code=""))
        looking.files.append(Dropped("", code, row.ending))


def opened(draft: Draft, accounts: Sequence[Account]) -> dict[str, bytes]:
    """Open the bills of these accounts for the moment of signing, by index; the opening is an event."""
    event = _opening(draft, len(accounts), "signing")
    bills = vault.open_files([uuid.UUID(each.file) for each in accounts], under=event)
    return {each.index: data for each, data in zip(accounts, bills, strict=True)}


def both_must_agree(link: EmailLink, index: str) -> bool:
    """Say whether what this mailbox signs over a number needs another holder as well."""
    known = Customer.objects.filter(email_index=bytes(link.email_index)).first()
    unsaved = UtilityAccount(
        customer_id=known.id if known else uuid.uuid4(),
        utility=settings.HOME_UTILITY,
        number_index=bytes.fromhex(index),
    )
    return is_both(unsaved)


def _one(looking: Looking, given: Given) -> Dropped:
    digest = hashlib.sha256(given.data).hexdigest()
    if digest in {each.digest for each in looking.accounts.values()}:
        return _told(given, TWICE)
    if len(given.data) > MAX_BILL:
        return _told(given, TOO_LARGE)
    if not take(LOOKS, looking.mailbox, now=looking.now):
        return _told(given, TOO_MANY)
    payload = {
        "data": sandbox.pack(given.data),
        "name": looking.name,
        "others": [each.name for each in utilities.offers() if each.id != settings.HOME_UTILITY],
        "today": looking.today,
    }
    try:
        found = sandbox.call("broker.importers.bill_several:read", payload, wall=WALL, cpu=CPU)
    except sandbox.Refused as no:
        return _told(given, no.code)
    except sandbox.SandboxError:
        return _told(given, UNREADABLE)
    if gate(found["text"], "pdf_upload") is not None:
        return _told(given, LOGIN)
    if not found["has_text"]:
        return _told(given, NO_TEXT)
    if code := unread.against(given.data, inside=True):  # it is kept with whatever stands beside its pages
        return _told(given, UNREADABLE if code == unread.CODE else LOGIN)
    return _placed(looking, given, found, digest)


def _placed(looking: Looking, given: Given, found: Mapping[str, Any], digest: str) -> Dropped:
    """Say of which account a bill is, and keep what it proves."""
    place = placing.place(looking, found)
    if isinstance(place, str):
        return _told(given, OTHER_UTILITY if found["other"] and place == placing.NOT_ASKED else place)
    index, number = place
    row = looking.accounts[index]
    if row.is_proven:
        return _told(given, PROVEN_BEFORE, row.ending)
    if not _may_try(looking, index):
        return _told(given, TOO_MANY, row.ending)
    facts = {name: found[name] for name in listed.TYPED}
    if unprintable(facts["service_address"]):  # no letter can show it so: she types it as she would write it
        facts["service_address"] = ""
    lacks = tuple(name for name in listed.TYPED if not facts[name])
    code = _against(looking, row, found, number, facts)
    if code:
        if not row.file:
            looking.put(_without_bill(row, code))
        return _told(given, code, row.ending)
    if _size(looking) - row.size + len(given.data) > MOST_BYTES:
        return _told(given, FULL, row.ending)
    file = vault.seal_file(given.data, subject=looking.draft.id, name="bill.pdf")
    looking.sealed.append(file)
    kept = replace(row, file=str(file), digest=digest, size=len(given.data), number=number, lacks=lacks, code="")
    looking.put(replace(kept, **facts))
    return _told(given, "lacks" if lacks else "", row.ending)


def _against(looking: Looking, row: Account, found: Mapping[str, Any], number: str, facts: Mapping[str, str]) -> str:
    """Say what speaks against a bill; against one of an account that holds a bill, also that it is older."""
    code = OTHER_UTILITY if found["other"] else _holder(looking, found, row.index)
    if not code and all(facts.values()):
        code = next(iter(_failed(found, number)), "")
    is_older = bool(row.file and facts["billed_on"]) and facts["billed_on"] < row.billed_on
    return code or (OLDER if is_older else "")


def _without_bill(row: Account, code: str) -> Account:
    return Account(row.place, row.ending, row.index, wanted=row.wanted, code=code)


def _asked_again(row: Account, code: str) -> Account:
    """Give a row of which nothing that she typed is kept; a field that did not fit is hers to type."""
    lacks = tuple(name for name in listed.TYPED if name in row.lacks or name == _FIELD.get(code))
    return replace(row, **dict.fromkeys(lacks, ""), lacks=lacks, code=code)  # type: ignore[arg-type]


def _size(looking: Looking) -> int:
    return sum(each.size for each in looking.accounts.values())


def _holder(looking: Looking, found: Mapping[str, Any], index: str) -> str:
    named = holder_line.judge(found["lines"], looking.name) or (holder_line.NAME if found["other_holder"] else "")
    if holder_line.judge(found["columns"], looking.name) == holder_line.JOINT:
        named = holder_line.JOINT
    return named or (BOTH if both_must_agree(looking.draft.link, index) else "")


def _failed(found: Mapping[str, Any], number: str) -> list[str]:
    """Give what the existing rules say of the number that is listed, as the bill writes it."""
    plain = number.lstrip("0")
    return next((codes for way, codes in found["failed"].items() if way.lstrip("0") == plain), ["account"])


def _matched(looking: Looking, row: Account, data: bytes) -> str:
    payload = {
        "data": sandbox.pack(data),
        "account": row.number,
        "name": looking.name,
        "service_address": row.service_address,
        "date": row.billed_on,
        "amount": row.amount,
        "today": looking.today,
    }
    try:
        found = sandbox.call("broker.importers.bill_identity:match", payload, wall=WALL, cpu=CPU)
    except sandbox.Refused as no:
        return no.code
    except sandbox.SandboxError:
        return UNREADABLE
    return str(next(iter(found["failed"]), ""))


def _may_try(looking: Looking, index: str) -> bool:
    return take(TRIES, f"{looking.mailbox}|{index}", now=looking.now)


def _opening(draft: Draft, count: int, why: str) -> Any:
    return log.append_read(
        "draft.read",
        actor=person(draft.link),
        subject=draft.id,
        purpose="own_data",
        obj="letter",
        body={"part": "bills", "why": why},
        cnt=count,
    )


def _told(given: Given, code: str, ending: str = "") -> Dropped:
    return Dropped(" ".join(given.name.split())[:LONGEST_NAME], code, ending)
