"""Where the engine breaks: whoever asks the gate takes nothing, keeps nothing, sends nothing, and says so."""

import ast
import uuid
from collections.abc import Callable
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from broker import looking
from broker.approvals.models import Approval
from broker.channels.nectar.answers import answer_of
from broker.inlets import commands, outbound
from broker.inlets.management.commands.scan_credentials import answers
from broker.jobs.models import Job
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from requests_app import share
from requests_app.api.base import ApiView
from requests_app.desk import acts
from requests_app.desk_work import heard, notes
from requests_app.desk_work.models import Heard, Note
from requests_app.fees import own_words
from requests_app.models import CustomerShare, ManualRequest, Message
from requests_app.watching import together
from tests.hooks_world import enter, hooked
from tests.integration.nectar_support import go, played, shared
from tests.integration.test_publishing import propose
from tests.requests_world import ACCOUNT, ACTOR, coop, events, run_job, usage, world

ROOT = Path(__file__).resolve().parents[2]


def break_it(monkeypatch: pytest.MonkeyPatch, *inlets: str) -> None:
    """Break the engine from here on: for texts of these inlets, for every text without any."""

    def breaks(text: str, inlet: str) -> None:
        if not inlets or inlet in inlets:
            raise RuntimeError(text)

    monkeypatch.setattr(looking, "scan", breaks)


def test_only_one_module_asks_the_engine() -> None:
    """Whoever would ask past `broker.looking` would answer 500, or pass, where the engine breaks."""
    found = []
    for path in sorted(ROOT.glob("*.py")) + [each for top in ("broker", "consents", "requests_app") for each in
                                             sorted((ROOT / top).rglob("*.py"))]:  # fmt: skip
        if path.is_relative_to(ROOT / "broker/credentials"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("broker.credentials"):
                names = {each.name for each in node.names}
                found += [str(path.relative_to(ROOT))] if "scan" in names or node.module != "broker.credentials" else []
    assert found == ["broker/looking.py"]


def test_who_is_not_signed_in_is_told_to_come_again(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch)
    for path in ("/console/", "/recipient/"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Retry-After"]) == (503, "5"), path
        assert "kept nothing" in answer.content.decode()
    assert len(events("gate.unchecked")) == 2


def test_a_view_of_the_api_says_so_too(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def inside(*_args: Any, **_options: Any) -> Any:
        raise looking.Unchecked("could not be checked")

    w = world()
    monkeypatch.setattr(ApiView, "initial", inside)
    answer = w.get("consents")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "gate.unchecked", "5")
    assert len(events("gate.unchecked")) == 1


def test_a_profile_is_not_proposed(committing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world()
    break_it(monkeypatch)
    with pytest.raises(looking.Unchecked):
        propose()
    assert not Approval.objects.exists()


def _share(manual: ManualRequest) -> Any:
    consent = manual.request.consent
    assert consent is not None
    return share.look(consent, None, "usage.csv", usage(ACCOUNT).encode(), to_nectar=False, now=timezone.now())


def _desk(manual: ManualRequest) -> Any:
    said = acts.Said(acts.Kind.WORDS, uuid.uuid4(), "We work on it.")
    return acts.say(manual, said, address="", now=timezone.now())


def _heard(manual: ManualRequest) -> Any:
    said = heard.Said(Heard.Way.PHONE, Heard.Kind.OTHER, timezone.now(), "Ann", "We work on it.")
    return heard.write_down(manual, said, somebody(), actor=ACTOR, now=timezone.now())


def _together(manual: ManualRequest) -> Any:
    return together.over_mails(manual, "half", reads=lambda _raw: {"texts": []}, reader=ACTOR, now=timezone.now())


def somebody() -> User:
    return create_user("ann", "Ann", Role.STAFF, password=None, actor=ACTOR)


def plain(words: str) -> EmailMessage:
    mail = EmailMessage()
    mail.set_content(words)
    return mail


NOTE = {"note": "read in full, page by page"}
CALLERS: dict[str, Callable[[ManualRequest], Any]] = {
    "a file that she shares": _share,
    "a note of the desk": lambda it: notes.write(it, "A note.", somebody(), actor=ACTOR, now=timezone.now()),
    "the billing desk's page": _desk,
    "what the desk heard": _heard,
    "mails of a thread together": _together,
    "a utility's own sentence": lambda _it: own_words.sentence(["The fee is $5.00 for this."], Decimal(5)),
    "a command line": lambda _it: commands.found_in(["manage.py", "enrol_organisation", "acme"]),
    "our own mail": lambda _it: outbound.hold("staff_alert", plain("A word."), {}),
    "a mail of a request": lambda _it: outbound.demand_clean(plain("A word.")),
    "an answer of Nectar": lambda _it: answer_of(httpx.Response(200, json=NOTE), now=timezone.now()),
}


@pytest.mark.parametrize("caller", CALLERS)
def test_a_caller_takes_nothing(sqlite_db: str, monkeypatch: pytest.MonkeyPatch, caller: str) -> None:
    """Inside a page this is a 503, inside the API a problem document, inside a job another try: the tests beside it."""
    manual = world().manual()
    break_it(monkeypatch)
    with pytest.raises(looking.Unchecked):
        CALLERS[caller](manual)
    assert not CustomerShare.objects.exists()
    assert not Note.objects.exists()
    assert not Message.objects.filter(direction="in").exists()


def test_the_scanning_command_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(monkeypatch)
    (answer,) = answers(iter([b'{"id": 1, "text": "a word", "inlet": "web_form"}']))
    assert (answer["verdict"], answer["rule"]) == ("block", "input.unchecked")


def test_a_webhook_waits(committing: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with hooked(settings) as h:
        enter(h.world.consent)
        got = len(h.receiver.got)
        break_it(monkeypatch, "webhook")
        assert h.send("consent.granted") == "waiting"
        assert h.delivery("consent.granted").code == "refused_unchecked"
        assert len(h.receiver.got) == got
        assert len(events("gate.unchecked")) == 1


def test_a_call_to_nectar_waits(committing: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with played(settings, polls_until_done=0) as nectar:
        pull = shared(world())
        break_it(monkeypatch)
        assert go("nectar.upload", pull.id) == "queued"
        assert Job.objects.get(kind="nectar.upload", subject_id=pull.id).last_error_code == "gate.unchecked"
        assert not nectar.companies
        assert not nectar.jobs
        assert len(events("gate.unchecked")) == 1


def test_a_letter_waits(committing: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        manual = w.manual()
        break_it(monkeypatch, "outbound_email")
        assert run_job("manual.send", manual.id) == "queued"
        assert Job.objects.get(kind="manual.send", subject_id=manual.id).last_error_code == "gate.unchecked"
        assert mailbox.attempts == 0
    assert len(events("gate.unchecked")) >= 1
