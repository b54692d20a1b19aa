"""From a profile's file to its value; whatever is unknown, unsourced or odd is refused with its line (rules)."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Literal, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from broker.reasons import REASONS
from broker.terms import CHANNELS, DATA_TYPES, FORBIDDEN_WAYS
from broker.utilities.profile import (
    AccountNumber,
    Answer,
    AssuranceNeed,
    BillingDesk,
    Carries,
    Certainty,
    Channel,
    Clock,
    ClosingDay,
    Contact,
    Contacts,
    Document,
    Evidence,
    Fees,
    Method,
    Offer,
    OneMailFor,
    OpenFact,
    RefusedChannel,
    UtilityProfile,
)
from broker.utilities.reading import Table, read

CERTAINTIES = ("stated", "likely", "assumed")
ANSWERS = ("yes", "not_guaranteed", "not_available", "not_yet", "unknown")
# What a profile may say that nobody told us.
CAN_BE_UNKNOWN = (
    "place",
    "zone",
    "contacts",
    "clock",
    "fees",
    "desk",
    "account_number",
    "closing_days",
    "methods",
    "open_facts",
)
ONE_MAIL_FOR = ("customer", "recipient")
LEVELS = ("L1", "L2", "L3")
SATURDAY = 5


def parse(text: str, file: str) -> Offer:
    """Read a published profile from the text of its file: a `UtilityProfile` where nothing is unknown."""
    top = read(text, file)
    documents = _documents(top)
    utility = top.table("utility")
    routing, metered = top.table("routing"), top.table("metered")
    unknown = _unknown(utility)
    channels = _channels(top.table("channels"), documents)
    offer = Offer(
        id=utility.text("id"),
        name=utility.text("name"),
        short_name=utility.text("short_name"),
        evidence=_evidence(utility, documents),
        version=_version(text),
        rehearsal=False,
        unknown=unknown,
        documents=documents,
        place=None if "place" in unknown else utility.text("place"),
        zone=None if "zone" in unknown else _zone(utility),
        contacts=None if "contacts" in unknown else _contacts(top.table("contacts"), documents),
        clock=None if "clock" in unknown else _clock(top.table("clock"), documents),
        fees=None if "fees" in unknown else _fees(top.table("fees"), documents),
        desk=None if "desk" in unknown else _desk(top.table("desk"), documents),
        account_number=(
            None if "account_number" in unknown else _account_number(top.table("account_number"), documents)
        ),
        closing_days=() if "closing_days" in unknown else _closing_days(top, documents),
        methods=() if "methods" in unknown else tuple(_method(row, documents) for row in top.tables("methods")),
        channels=channels,
        open_order=_some_of(routing, "open", channels),
        may_prefer=_some_of(routing, "may_prefer", channels),
        routing_evidence=_evidence(routing, documents),
        refused=_refused(top, channels, documents),
        metered=_some_of(metered, "data_types", DATA_TYPES),
        metered_evidence=_evidence(metered, documents),
        assurance=_assurance(top, documents),
        open_facts=(
            () if "open_facts" in unknown else tuple(_open_fact(row, documents) for row in top.tables("open_facts"))
        ),
    )
    for table in (utility, routing, metered, top):
        table.finish()
    if unknown and "manual_request" in channels:
        raise top.error("a letter needs everything to be known; “manual_request” cannot be offered yet", "channels")
    return offer if unknown else UtilityProfile(**{each.name: getattr(offer, each.name) for each in fields(offer)})


def _unknown(utility: Table) -> tuple[str, ...]:
    if not utility.has("unknown"):
        return ()
    names = _some_of(utility, "unknown", CAN_BE_UNKNOWN)
    return tuple(each for each in CAN_BE_UNKNOWN if each in names)


def overlay(text: str, file: str, base: UtilityProfile, *, mode: str) -> UtilityProfile:
    """Lay a rehearsal's contacts over a published profile; refused wherever data is live."""
    top = read(text, file)
    if mode != "rehearsal":
        raise top.error("a rehearsal's overrides can be loaded in a rehearsal only")
    if top.choice("overrides", [base.id]) == base.id:
        documents = {**base.documents, **_documents(top)}
    result = replace(
        base,
        rehearsal=True,
        version=f"{base.version}+rehearsal.{_version(text)}",
        documents=documents,
        contacts=_contacts(top.table("contacts"), documents),
    )
    top.finish()
    return result


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _documents(top: Table) -> dict[str, Document]:
    tables, found = top.table("documents"), {}
    for name in tables.keys():  # noqa: SIM118 - a table of ours, not a dict
        row = tables.table(name)
        found[name] = Document(name, row.text("title"), row.day("dated"), row.optional_text("url"))
        row.finish()
    if not found:
        raise top.error("no documents are named", "documents")
    return found


def _evidence(row: Table, documents: Mapping[str, Document], prefix: str = "") -> Evidence:
    document = row.choice(f"{prefix}document", documents)
    dated = row.day(f"{prefix}dated") if row.has(f"{prefix}dated") else documents[document].dated
    certainty = cast(Certainty, row.choice(f"{prefix}certainty", CERTAINTIES))
    return Evidence(row.text(f"{prefix}source"), document, certainty, dated)


def _zone(row: Table) -> str:
    zone = row.text("zone")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise row.error(f"“{zone}” is no time zone", "zone") from None
    return zone


def _contacts(table: Table, documents: Mapping[str, Document]) -> Contacts:
    contacts = Contacts(
        email=_contact(table, "email", documents),
        phone=_contact(table, "phone", documents),
        portal=_contact(table, "portal", documents),
        mail_servers=table.texts("mail_servers"),
    )
    table.finish()
    return contacts


def _contact(table: Table, kind: Literal["email", "phone", "portal"], documents: Mapping[str, Document]) -> Contact:
    row = table.table(kind)
    contact = Contact(kind, row.text("value"), row.text("proof"), _evidence(row, documents))
    if kind == "email" and contact.value.count("@") != 1:
        raise row.error("“value” is no e-mail address", "value")
    if kind == "portal" and not contact.value.startswith("https://"):
        raise row.error("“value” must begin with https://", "value")
    row.finish()
    return contact


def _clock(row: Table, documents: Mapping[str, Document]) -> Clock:
    clock = Clock(
        first_days=row.whole("first_days", 0, 60),
        last_days=row.whole("last_days", 1, 120),
        cut_off=row.time("cut_off"),
        evidence=_evidence(row, documents),
        cut_off_evidence=_evidence(row, documents, "cut_off_"),
    )
    if clock.first_days > clock.last_days:
        raise row.error("“first_days” is after “last_days”", "first_days")
    row.finish()
    return clock


def _fees(row: Table, documents: Mapping[str, Document]) -> Fees:
    fees = Fees(row.flag("published"), row.text("text"), _evidence(row, documents))
    row.finish()
    return fees


def _desk(row: Table, documents: Mapping[str, Document]) -> BillingDesk:
    desk = BillingDesk(
        requests_per_day=row.whole("requests_per_day", 1, 1000),
        evidence=_evidence(row, documents),
        letter_title=row.text("letter_title"),
        letter_title_evidence=_evidence(row, documents, "letter_title_"),
        one_mail_for=cast("OneMailFor", row.choice("one_mail_for", ONE_MAIL_FOR)),
        one_mail_for_evidence=_evidence(row, documents, "one_mail_for_"),
    )
    row.finish()
    return desk


def _account_number(row: Table, documents: Mapping[str, Document]) -> AccountNumber:
    number = AccountNumber(row.whole("min_digits", 1, 30), row.whole("max_digits", 1, 30), _evidence(row, documents))
    if number.min_digits > number.max_digits:
        raise row.error("“min_digits” is more than “max_digits”", "min_digits")
    row.finish()
    return number


def _closing_days(top: Table, documents: Mapping[str, Document]) -> tuple[ClosingDay, ...]:
    found: dict[date, ClosingDay] = {}
    for row in top.tables("closing_days"):
        name, evidence = row.text("name"), _evidence(row, documents)
        for day in row.days("dates"):
            if day in found:
                raise row.error(f"{day} is also “{found[day].name}”", "dates")
            if day.weekday() >= SATURDAY:
                raise row.error(f"{day} is a weekend; a closing day is a weekday", "dates")
            found[day] = ClosingDay(day, name, evidence)
        row.finish()
    return tuple(found[day] for day in sorted(found))


def _method(row: Table, documents: Mapping[str, Document]) -> Method:
    method = Method(
        name=row.text("name"),
        first_party=row.flag("first_party"),
        third_party=row.flag("third_party"),
        customer_types=row.text("customer_types"),
        data_types=row.text("data_types"),
        latency=row.text("latency"),
        format=row.text("format"),
        history_limit=row.text("history_limit"),
        evidence=_evidence(row, documents),
    )
    row.finish()
    return method


def _channels(table: Table, documents: Mapping[str, Document]) -> dict[str, Channel]:
    found = {}
    for name in table.keys():  # noqa: SIM118 - a table of ours, not a dict
        if name not in CHANNELS:
            raise table.error(f"“{name}” is no channel that this product has", name)
        row = table.table(name)
        found[name] = Channel(
            name=name,
            title=row.text("title"),
            carries=_carries(row, documents),
            onward_recipient=row.optional_text("onward_recipient"),
            history_months=row.whole("history_months", 1, 240) if row.has("history_months") else None,
            order_assurance=row.choice("order_assurance", LEVELS) if row.has("order_assurance") else None,
            evidence=_evidence(row, documents),
        )
        row.finish()
    return found


def _carries(channel: Table, documents: Mapping[str, Document]) -> dict[str, Carries]:
    found: dict[str, Carries] = {}
    for row in channel.tables("carries"):
        names = _some_of(row, "data_types", DATA_TYPES)
        answer = cast(Answer, row.choice("answer", ANSWERS))
        carries = Carries(answer, row.text("format"), row.text("note"), _evidence(row, documents))
        for name in names:
            if name in found:
                raise row.error(f"“{name}” is answered twice", "data_types")
            found[name] = carries
        row.finish()
    return _complete(channel, "carries", found)


def _assurance(top: Table, documents: Mapping[str, Document]) -> dict[str, AssuranceNeed]:
    found: dict[str, AssuranceNeed] = {}
    for row in top.tables("assurance"):
        names, with_notice = _some_of(row, "data_types", DATA_TYPES), row.has("level_with_notice")
        need = AssuranceNeed(
            level=row.choice("level", LEVELS),
            level_with_notice=row.choice("level_with_notice", LEVELS) if with_notice else None,
            notice_hours=row.whole("notice_hours", 1, 1000) if with_notice else None,
            evidence=_evidence(row, documents),
        )
        for name in names:
            if name in found:
                raise row.error(f"“{name}” is answered twice", "data_types")
            found[name] = need
        row.finish()
    return _complete(top, "assurance", found)


def _refused(
    top: Table, channels: Mapping[str, Channel], documents: Mapping[str, Document]
) -> dict[str, RefusedChannel]:
    found: dict[str, RefusedChannel] = {}
    for row in top.tables("refused"):
        name = row.text("name")
        if name in channels or name in found:
            raise row.error(f"“{name}” is named twice", "name")
        code = row.choice("code", REASONS)
        if name in FORBIDDEN_WAYS and code != f"channel.forbidden.{name}":
            raise row.error(f"“{name}” is forbidden everywhere: its code is channel.forbidden.{name}", "code")
        found[name] = RefusedChannel(name, code, row.text("title"), _evidence(row, documents))
        row.finish()
    return found


def _open_fact(row: Table, documents: Mapping[str, Document]) -> OpenFact:
    fact = OpenFact(
        row.text("name"), row.text("title"), row.text("text"), row.optional_text("url"), _evidence(row, documents)
    )
    row.finish()
    return fact


def _some_of(row: Table, key: str, known: Mapping[str, object] | tuple[str, ...]) -> tuple[str, ...]:
    names = row.texts(key)
    if not names:
        raise row.error(f"“{key}” is empty", key)
    for name in names:
        if name not in known:
            raise row.error(f"“{name}” in “{key}” is unknown", key)
    return names


def _complete[T](row: Table, key: str, found: dict[str, T]) -> dict[str, T]:
    missing = [name for name in DATA_TYPES if name not in found]
    if missing:
        raise row.error(f"“{key}” says nothing about {', '.join(missing)}", key)
    return {name: found[name] for name in DATA_TYPES}
