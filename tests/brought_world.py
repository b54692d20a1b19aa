"""Bills that a recipient's person brings: a farm with two meters, its bookkeeper at the browser, what she drops."""

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from broker import jobs
from broker.notices.models import Notice
from requests_app.brought import rules
from requests_app.brought.models import BroughtFile, Drop
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World

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


def answers(client: Client, which: str, **each: str) -> Any:
    """Answer as her page has it: all that it shows with yes or no, or each by itself."""
    shown = [str(one) for one in client.get(HERS).context["shown"]]
    said = {"act": which, "shown": shown, **{f"file-{number}": word for number, word in each.items()}}
    return client.post(HERS, said, follow=True)
