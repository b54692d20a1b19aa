"""What a two-person act would do, in words for whoever decides it; nothing sealed is opened (interface)."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from broker import publishing
from broker.approvals import lane_alarm, new_origin
from broker.approvals.models import Approval
from broker.console.holds import placing, proof, retention
from broker.console.holds.models import LegalHold, Rule, Scope
from broker.console.holds.times import LOGIN_DAYS, case_ends, evidence_ends
from broker.console.incidents import asked_words as incident_words
from broker.console.incidents import deciding as incidents
from broker.console.incidents import delaying
from broker.console.outside import enrolling
from broker.console.packs import lifecycle, people_words
from broker.console.packs.lifecycle import BASES, LEVELS, Basis, Redaction
from broker.console.packs.models import EvidencePack, LegalDemand
from broker.console.subjects import masked
from broker.db.evidence_packs import ACT as EXPORT
from broker.duties import bars
from broker.duties.models import Bar
from broker.parties.models import Organisation
from broker.parties.purposes import approved
from broker.parties.signin import inviting, leaving
from broker.publishing import changing
from broker.publishing.models import ProposedProfile
from broker.terms import PURPOSES
from broker.vault import CASE
from consents.joint import by_post, dismissing, ending_both, hearing
from consents.joint.models import CoApproval, JointMember, Objection
from consents.models import Consent, endings_of
from requests_app import seconding
from requests_app.completeness import disposing
from requests_app.completeness.models import Cut, OverDelivery
from requests_app.completeness.words import DESTROY, DISPOSITIONS, KINDS
from requests_app.differences import asked_words
from requests_app.differences import query as differences
from requests_app.fees import quoting
from requests_app.fees.lifecycle import SaidBy
from requests_app.fees.models import FeeQuote, WrittenYes
from requests_app.forms import LABELS
from requests_app.inbound.holding import HOLDING
from requests_app.inbound.models import MailChoice
from requests_app.ladder import looking as ladder
from requests_app.ladder.open_tasks import DECIDE
from requests_app.ladder.words import CHOICES, Choice
from requests_app.models import DataRequest, ManualRequest, ReceivedFile
from requests_app.recipients import joining, widening
from requests_app.recipients.models import SignUp
from requests_app.whose import accounts_of, names_of

CLASSES = {
    CASE: "Case records: mails, files, readings and entries of the case",
    "evidence": "Evidence: permissions, letters, decisions, identifiers",
}
DOCUMENTS = {
    "letters": "letters with seal and the records of their signing",
    "mails": "mails with the co-op",
    "files": "files received",
}


class Told(NamedTuple):
    """An act in words: the facts of it, line by line, and the sentence that "yes" confirms."""

    facts: list[tuple[str, str]]
    about_to: str


def about(row: Approval) -> list[uuid.UUID]:
    """Give the object of an act, if it has one."""
    return [] if row.about is None else [row.about]


def told(row: Approval) -> Told:
    """Say what this act would do; an act of an unknown kind shows what it was asked with."""
    return _KINDS.get(row.act, _plain)(row)


def _pack(row: Approval) -> Told:
    pack = EvidencePack.objects.select_related("demand").filter(id__in=about(row)).first()
    if pack is None:
        return _plain(row)
    whom, customer = _about(pack)
    contents = [text for name, text in DOCUMENTS.items() if getattr(pack, name)]
    facts = [
        ("Pack", pack.number),
        ("About", whom),
        ("Customer", masked(customer) if customer else "everybody with an entry in these days"),
        ("How far it is opened", LEVELS[Redaction(pack.redaction)]),
        ("Documents", ", ".join(contents) or "none"),
        ("Ground", BASES[Basis(pack.basis)]),
        *([("Legal demand", _demand(pack.demand))] if pack.demand else []),
        *([("May she be told?", _silence(pack.demand))] if pack.demand else []),
    ]
    days = lifecycle.LIFE.days
    done = f"have pack {pack.number} built and handed out: {whom}. It can be downloaded for {days} days, and"
    return Told(facts, f"{done} what was handed out cannot be called back.")


def _about(pack: EvidencePack) -> tuple[str, uuid.UUID | None]:
    """What a pack is about, and the customer, where it is one."""
    if pack.scope_id is None:
        assert pack.period_from
        assert pack.period_to
        return f"all entries from {_day(pack.period_from)} through {_day(pack.period_to - timedelta(days=1))}", None
    if pack.scope == lifecycle.Scope.CONSENT:
        consent = Consent.objects.get(id=pack.scope_id)
        return f"everything of permission {consent.number}", consent.customer_id
    if pack.scope == lifecycle.Scope.REQUEST:
        asked = DataRequest.objects.select_related("manual").get(id=pack.scope_id)
        number = asked.manual.number if hasattr(asked, "manual") else str(asked.id)[:8]
        return f"everything of request {number}", asked.customer_id
    return "everything of one customer", pack.scope_id


def _demand(demand: LegalDemand) -> str:
    decision = f"counsel: {demand.get_decision_display().lower()}" if demand.decision else "counsel has not decided"
    return f"{demand.number}: {demand.get_kind_display().lower()} of {demand.authority}, {demand.reference}; {decision}"


def _silence(demand: LegalDemand | None) -> str:
    if demand is None or demand.gag_until is None or demand.gag_until <= timezone.now():
        return "Yes: each download is an entry that the customer sees."
    until = _day(_local(demand.gag_until) - timedelta(days=1))
    return f"No: order {demand.gag_reference} forbids it through {until}. Then she is told automatically."


def _release(row: Approval) -> Told:
    hold = LegalHold.objects.defer("reason").filter(id__in=about(row)).first()
    if hold is None:
        return _plain(row)
    facts = [
        ("Hold", hold.number),
        ("Customer", masked(hold.subject)),
        ("What it keeps", hold.get_scope_display()),
        ("Placed", f"{_day(_local(hold.placed_at))}; next review by {_day(hold.review_on)}"),
        ("Other holds on this customer", _others(hold)),
    ]
    after = "What is due of this customer can be destroyed from then on."
    return Told(facts, f"release hold {hold.number} on customer {masked(hold.subject)}. {after}")


def _others(hold: LegalHold) -> str:
    rows = LegalHold.objects.filter(subject=hold.subject).exclude(id=hold.id).exclude(state="released")
    return ", ".join(rows.order_by("number").values_list("number", flat=True)) or "none"


def _shred(row: Approval) -> Told:
    assert row.subject is not None
    kind, year, scope = str(row.params["class"]), int(row.params["period"]), str(row.params["scope"])
    erasure = row.params["rule"] == Rule.ERASURE
    until = proof.until_of(row)
    keys = len(retention.login_keys(year, until)) if until else retention.live_keys(row.subject, kind, year, scope)
    whose, pen = retention.OF_NOBODY.get(row.subject), len(row.params.get("files", []))
    facts = [
        ("Whose", f"nobody's: {whose}") if whose else ("Customer", masked(row.subject)),
        ("What", CLASSES[kind]),
        ("Year", str(year)),
        *([("What came until", _day(until))] if until else []),
        ("How far", Scope(scope).label),
        ("Rule", str(Rule(row.params["rule"]).label)),
        *([] if erasure else _time_of(row.subject, kind, year, scope, until)),
        ("Keys that end", str(keys)),
        *([("Mails of the holding pen that were attached", f"{pen}, as they came")] if pen else []),
    ]
    of = f"that are nobody's ({whose[0].lower()}{whose[1:]})" if whose else f"of customer {masked(row.subject)}"
    what = f"{CLASSES[kind].partition(':')[0].lower()} of {year} {of}"
    return Told(facts, f"make {what} unreadable for everybody, for ever, also in backups.")


def _time_of(subject: uuid.UUID, kind: str, year: int, scope: str, until: date | None = None) -> list[tuple[str, str]]:
    """Say from which day on it may go, and what counts."""
    if subject in retention.OF_NOBODY:
        due = retention.due_on(subject, kind, year, scope, until)
        counts = f"each goes {LOGIN_DAYS} working days after it came" if until else "the year that they are of"
        return [("Due", _day(due) if due else "not yet"), ("What counts", counts)]
    end, figures = retention.last_end(subject), retention.times()
    records = (kind, scope) == (CASE, Scope.RECORDS)
    due = case_ends(year, end, figures) if records else evidence_ends(year, end, figures)
    kept = f"{figures.case_months} months" if records else f"{figures.evidence_years} years"
    last = f"her last permission, which ended on {_day(end)}" if end else "a permission that is in force"
    return [
        ("Due", _day(due) if due else "not yet"),
        ("What counts", f"kept for {kept}; the records are of {year}, and there is {last}"),
    ]


def _lane(row: Approval) -> Told:
    lane, last = int(row.params["lane"]), int(row.params["last"])
    facts = [
        ("Writer", f"lane {lane} of the log: its events are damaged after event {last}"),
        ("What a yes does", "Verification goes on from there. The damage stays in the log and in every later check."),
    ]
    return Told(facts, f"answer for the damaged events of lane {lane}: the log counts as examined from there on.")


def _origin(row: Approval) -> Told:
    facts = [
        ("Log that is given up", settings.LOG_ORIGIN),
        ("Log that follows", str(row.params["origin"])),
        (
            "What a yes does",
            "An operator may open the new log on the server. Receipts of the old one still hold.",
        ),
    ]
    return Told(facts, f"declare the log {settings.LOG_ORIGIN} lost; {row.params['origin']} follows it.")


def _dismissal(row: Approval) -> Told:
    found = Objection.objects.filter(id__in=about(row)).first()
    if found is None:
        return _plain(row)
    mailbox = Objection.objects.filter(email_index=bytes(found.email_index))
    dismissed = mailbox.filter(state=Objection.State.DISMISSED).count()
    held = [each.consent.number for each in found.reach.filter(lifted_at=None).select_related("consent")]
    facts = [
        ("Objection", found.number),
        ("Account", f"ending {found.last_four}"),
        ("From the same mailbox", f"{mailbox.count()} in all, {dismissed} dismissed"),
        ("What it pauses", ", ".join(held) or "nothing"),
    ]
    done = "What nothing else pauses is in force again at once."
    return Told(facts, f"dismiss objection {found.number}. {done} Neither side learns anything of the other.")


def _end_both(row: Approval) -> Told:
    found = CoApproval.objects.select_related("account").filter(account_id=row.about).first()
    if found is None or found.account is None:
        return _plain(row)
    consent = ending_both.newest_consent(found)
    facts = [
        ("Account", f"ending {found.account.last_four}, of customer {masked(found.account.customer_id)}"),
        ("Both must agree since", _day(_local(found.since))),
        ("Newest permission with two holders", consent.number if consent else "none"),
    ]
    done = "Both holders are told. What was signed before goes on waiting for the other holder."
    return Told(facts, f"let one holder alone share data of the account ending {found.account.last_four}. {done}")


def _mailbox(row: Approval) -> Told:
    found = JointMember.objects.select_related("consent__recipient").filter(id__in=about(row)).first()
    if found is None:
        return _plain(row)
    consent, letter = found.consent, by_post.posted(found)
    posted = letter.posted_at if letter else None
    facts = [
        ("Permission", f"{consent.number} for {consent.recipient.legal_name}"),
        ("Account", f"ending {endings_of(consent)}, of customer {masked(consent.customer_id)}"),
        ("Letter to the second holder", f"posted on {_day(_local(posted))}" if posted else "not posted"),
        ("Address, and how it came", "stand in the reason: read it before you decide"),
    ]
    done = "We write there; the holder agrees with a code, and no other mailbox can from then on."
    return Told(facts, f"record a mailbox for the second holder of permission {consent.number}. {done}")


def _surplus(row: Approval) -> Told:
    found = OverDelivery.objects.select_related("manual", "file").filter(id__in=about(row)).first()
    if found is None:
        return _plain(row)
    cut = Cut.objects.filter(original=found.file).first()
    facts = [
        ("Request", found.manual.number),
        ("What was too much", ", ".join(KINDS[each] for each in found.kinds)),
        ("Pages", ", ".join(str(each) for each in found.pages) or "the whole file"),
        ("What could be had of it", "cut out into a file of its own, which stays" if cut else "nothing was cut out"),
        ("Due", _day(found.due)),
        ("What is to become of it", DISPOSITIONS[str(row.params["disposition"])]),
    ]
    done = "The co-op is told, and nothing of it is repeated."
    if row.params["disposition"] == DESTROY:
        done = f"The file and the mail that brought it become unreadable for ever, also in backups. {done}"
    return Told(facts, f"decide on what came too much for request {found.manual.number}. {done}")


def _fee(row: Approval) -> Told:
    fee = FeeQuote.objects.select_related("manual__request__organisation").filter(id__in=about(row)).first()
    if fee is None:
        return _plain(row)
    manual, accepts = fee.manual, row.act == quoting.ACCEPT
    facts = [
        ("Request", manual.number),
        ("Fee", f"${fee.amount}"),
        ("Named", f"{_day(_local(fee.quoted_at))}, by {fee.get_said_by_display()}{_unseen(fee)}"),
        ("One person decides up to", f"${fee.limit}"),
        ("Who pays", str(manual.request.organisation) if accepts else "nobody"),
    ]
    if accepts:
        done = "The utility is told so, and its time to answer goes on. The customer pays nothing."
        return Told(facts, f"accept the fee of ${fee.amount} for request {manual.number}. {done}")
    done = "The request ends because of its cost; utility and customer are told."
    return Told(facts, f"decline the fee of ${fee.amount} for request {manual.number}. {done}")


def _unseen(fee: FeeQuote) -> str:
    return ", but no mail of it is named" if fee.said_by == SaidBy.MAIL and fee.is_by_word else ""


def _her_yes(row: Approval) -> Told:
    fee = FeeQuote.objects.select_related("manual").filter(id__in=about(row)).first()
    said = WrittenYes.objects.filter(approval=row.id).first()
    if fee is None or said is None:
        return _plain(row)
    facts = [
        ("Request", fee.manual.number),
        ("Fee", f"${fee.amount}"),
        ("How her yes came", "a letter by post, with its scan" if said.how == SaidBy.POST else "by phone"),
        ("When", _day(said.given_on)),
        ("Who pays", "the customer"),
    ]
    done = "The utility is told that she pays, and its time to answer goes on."
    return Told(facts, f"take the customer's own yes to the fee of ${fee.amount} for {fee.manual.number}. {done}")


def _held_file(row: Approval) -> Told:
    file = ReceivedFile.objects.select_related("message__manual", "account").filter(id__in=about(row)).first()
    held = seconding.held(file) if file else None
    if file is None or not seconding.is_asked_of_two(file):
        return _plain(row)
    manual, params = file.message.manual if file.message else None, row.params
    last = date.fromisoformat(params["to"]) - timedelta(days=1)
    eye = "not read, or not on every page: whoever asked looked at every page, and says that it is the right one"
    days = "not read: whoever asked opened the file, and says that each of them stands on it"
    names = {str(key): name for key, name in names_of(accounts_of(file)).items()}
    ending = names.get(params.get("account"), f"ending {params['account_ending']}")
    named = f"{eye}, the one {ending}" if params["account_ending"] else eye
    facts = [
        ("Request", manual.number if manual else "none"),
        _unproven(held),
        ("Account of the request", f"{', '.join(names.values())}, of customer {masked(file.account.customer_id)}"),
        ("Account that the file names", named if params["by_eye"] else ending),
        ("Name as billed", {True: "stands on it", False: "does not stand on it"}.get(params["name_seen"], "not read")),
        ("What it is", f"{_named([params['data_type']])}, {_span(date.fromisoformat(params['from']), last)}"),
        *([("Its days", days)] if params.get("days_by_eye") else []),
        *([("What was asked for", _asked_for(manual.request))] if manual else []),
    ]
    done = "The desk may accept it then, and its recipient can download it."
    what = "a file of a mail that nobody proved" if held else "a file that a member of staff entered"
    return Told(facts, f"let {what} go to request {facts[0][1]}. {done}")


def _named(data_types: Sequence[str]) -> str:
    return ", ".join(LABELS.get(each, each) for each in data_types)


def _span(first: date, last: date) -> str:
    return f"{_day(first)} through {_day(last)}"


def _asked_for(asked: DataRequest) -> str:
    kinds = _named(asked.data_types)
    if asked.range_from is None or asked.range_to is None:
        return kinds
    return f"{kinds}, {_span(asked.range_from, asked.range_to - timedelta(days=1))}"


def _unproven(held: MailChoice | None) -> tuple[str, str]:
    if held is None:
        return "How it came", "By post, as a member of staff wrote down. Compare it with the paper."
    return "Why its mail was held", " ".join(HOLDING.get(code, code) for code in seconding.held_for(held)) or "unknown"


def _unanswered(row: Approval) -> Told:
    manual = ManualRequest.objects.filter(id__in=about(row)).first()
    if manual is None:
        return _plain(row)
    choice, until = Choice(row.params["choice"]), row.params["until"]
    asked = manual.follow_ups.filter(state__in=ladder.ASKED).count()
    facts = [
        ("Request", manual.number),
        ("Answer was due", _day(manual.due) if manual.due else "no clock runs"),
        ("Asked again", f"{asked} times"),
        ("What is asked for", CHOICES[choice]),
        *([("Until", _day(date.fromisoformat(until)))] if until else []),
    ]
    done = {
        Choice.CLOSE: "close it: what the co-op sends later stays sealed. The customer and the recipient are told.",
        Choice.UPLOAD: "close it, and ask the customer to download the data herself. The recipient is told.",
        Choice.WAIT: "keep waiting: the co-op is asked once more after that day, and then two people decide again.",
    }
    return Told(facts, f"decide about request {manual.number}, which nobody answered, and {done[choice]}")


def _profile(row: Approval) -> Told:
    asked = row.params
    proposal = ProposedProfile.objects.filter(approval=row.id).first()
    found = publishing.offer(asked["utility"])
    if proposal is None or found is None:
        return _plain(row)
    call = proposal.called_back_on
    facts = [
        ("Utility", found.name),
        ("Version in force", str(asked["against"])),
        ("Version proposed", str(asked["version"])),
        ("Lines that differ", str(asked["lines"])),
        ("Where letters and calls go", "changes" if asked["contacts"] else "stays as it is"),
        *([("Called back", f"{_day(call)}; who said what stands in the reason")] if call else []),
    ]
    done = "Decisions are made by it from that moment on; earlier ones keep their version."
    where = " Letters or calls go elsewhere from then on." if asked["contacts"] else ""
    return Told(facts, f"publish version {asked['version']} of what is known of {found.name}. {done}{where}")


def _joining(row: Approval) -> Told:
    found = SignUp.objects.filter(id__in=about(row)).first()
    if found is None:
        return _plain(row)
    facts = [
        ("Organisation", found.legal_name),
        ("Address", found.address),
        ("What it does", found.about),
        ("What it would ask for", ", ".join(PURPOSES.get(each, each) for each in found.purposes)),
        ("Its contact", "a proven mailbox; name and address stand on its own page"),
        ("Short name", str(row.params["slug"])),
    ]
    if row.params["answer"] == "enrol":
        done = "Its contact gets a link to a first passkey, and it may ask customers from then on."
        return Told(facts, f"enrol {found.legal_name}. {done}")
    return Told(facts, f"refuse {found.legal_name}. Its contact is told, and nothing of it is shown to customers.")


def _purposes(row: Approval) -> Told:
    found = Organisation.objects.get(id__in=about(row))
    before, after = approved(found), {*row.params["purposes"]}

    def words(codes: Iterable[str]) -> str:
        return "; ".join(text for code, text in PURPOSES.items() if code in codes) or "none"

    facts = [
        ("Organisation", found.legal_name),
        ("Stays", words(after & {*before})),
        ("New", words(after - {*before})),
        ("Taken away", words({*before} - after)),
    ]
    done = "Permissions that customers gave stay as they were signed."
    return Told(facts, f"change what {found.legal_name} may ask customers for. {done}")


def _difference(row: Approval) -> Told:
    found = asked_words.words_of(row)
    return Told(*found) if found else _plain(row)


def _plain(row: Approval) -> Told:
    return Told([(name, str(value)) for name, value in sorted(row.params.items())], "let this act be carried out.")


def _resume(row: Approval) -> Told:
    bar = Bar.objects.filter(id__in=about(row)).first()
    if bar is None:
        return _plain(row)
    since = bar.since.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    facts = [("Stopped since", f"{since:%b %-d, %Y, %H:%M}"), ("Suspensions that stay", str(len(bars.suspensions())))]
    return Told(facts, "let disclosures go on: what waited is decided anew and goes out, and recipients read again.")


_KINDS: dict[str, Callable[[Approval], Told]] = {
    EXPORT: _pack,
    placing.RELEASE: _release,
    placing.SHRED: _shred,
    lane_alarm.NAME: _lane,
    bars.RESUME: _resume,
    new_origin.NAME: _origin,
    dismissing.NAME: _dismissal,
    ending_both.NAME: _end_both,
    hearing.NAME: _mailbox,
    seconding.NAME: _held_file,
    DECIDE: _unanswered,
    quoting.ACCEPT: _fee,
    quoting.DECLINE: _fee,
    quoting.HER_YES: _her_yes,
    disposing.NAME: _surplus,
    differences.ACT: _difference,
    delaying.ACT: lambda row: Told(*delaying.words_of(row)),
    incidents.ACT: lambda row: Told(*(incident_words.words_of(row) or _plain(row))),
    changing.NAME: _profile,
    enrolling.NAME: lambda row: Told(*(enrolling.words_of(row) or _plain(row))),
    joining.NAME: _joining,
    widening.NAME: _purposes,
    inviting.INVITE: lambda row: Told(*people_words.invited(row)),
    inviting.LINK: lambda row: Told(*people_words.new_link(row)),
    leaving.DISABLE: lambda row: Told(*people_words.disabled(row)),
    leaving.ENABLE: lambda row: Told(*people_words.enabled(row)),
}


def _local(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()


def _day(value: date) -> str:
    return f"{value:%B} {value.day}, {value.year}"
