"""Bills that a recipient's person brings: a farm with two meters, its bookkeeper at the browser, what she drops."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.notices.models import Notice
from consents.asked import ToAnswer
from requests_app.brought import her_views, rules
from requests_app.brought.models import BroughtFile, Drop
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World
from tests.upload_world import page_context as upload_page

PAGE = "/recipient/brought/"
HERS = "/my/brought/"


def bookkeeper(w: World, name: str = "ana") -> Client:
    """Give the browser of a person who works at this world's recipient."""
    return browser_of(analyst(w.organisation, name))


def drop(ana: Client, files: dict[str, bytes], **more: Any) -> Any:
    """Drop files; give the answer."""
    given = [SimpleUploadedFile(name, data) for name, data in files.items()]
    return ana.post(PAGE, {"file": given}, **more)


def dropped(ana: Client, files: dict[str, bytes]) -> Drop:
    """Drop files and give the drop."""
    answer = drop(ana, files)
    assert answer.status_code == 302, answer.content
    return Drop.objects.get(id=answer["Location"].strip("/").rpartition("/")[2])


def states(one: Drop) -> list[tuple[str, str]]:
    """Give state and code of each file of a drop, in order."""
    return list(BroughtFile.objects.filter(drop=one).order_by("number").values_list("state", "code"))


def asked_her() -> None:
    """Let the minutes pass after which she is asked."""
    jobs.run_due(timezone.now() + rules.ASKED_AFTER + timedelta(seconds=1))


def mails(template: str) -> int:
    """Give how many mails of a kind there are."""
    return Notice.objects.filter(template=template).count()


def page_context() -> dict[str, Any]:
    """Give what the page of a customer's answers asks for."""
    shown, at = upload_page(), datetime(2026, 3, 3, 16, 12, tzinfo=UTC)
    consent = SimpleNamespace(
        id=uuid.uuid4(), number="OB-TEST-0001", recipient=SimpleNamespace(legal_name="Acme Tarifas")
    )
    account = SimpleNamespace(last_four="0042")
    files = [
        SimpleNamespace(id=uuid.uuid4(), state=state, consent=consent, account=account, data_type="bill", at=at)
        for state in BroughtFile.State.values
    ]
    lines = [her_views.Line(n, file, shown["found"].lines[0].text) for n, file in enumerate(files, 1)]
    group = her_views.Group(consent, "Cooperativa Prueba", at, lines, shown["found"].parts)
    return {
        "brought": [group],
        "answered": files,
        "to_answer": [ToAnswer("Acme Tarifas", n, at, HERS) for n in (1, 2)],
    }


def answers(client: Client, which: str, **each: str) -> Any:
    """Answer as her page has it: all that it shows with yes or no, or each by itself."""
    shown = [str(one) for one in client.get(HERS).context["shown"]]
    said = {"act": which, "shown": shown, **{f"file-{number}": word for number, word in each.items()}}
    return client.post(HERS, said, follow=True)
