"""Who may have read a file hears, by ids alone and once, that it was destroyed while the permission is in force."""

from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from broker import vault
from broker.audit import keeper
from broker.terms import Actor
from broker.vault.models import SealedFile
from consents import actions
from requests_app.hooks import destroyed
from requests_app.hooks.models import Delivery
from requests_app.models import ReceivedFile
from tests.hooks_world import endpoint
from tests.integration.test_one_value import of_days, shares
from tests.requests_world import World, world


@pytest.fixture
def w(sqlite_db: str) -> World:
    made = world()
    endpoint(made, "https://hooks.example.com/in", ["file.destroyed"])
    shares(made, of_days(date(2025, 10, 1), "1"))
    made.post(made.ask(channel="customer_upload"))
    return made


def destroy() -> ReceivedFile:
    file = ReceivedFile.objects.get()
    keys = list(SealedFile.objects.filter(id=file.file).values_list("vault_key", flat=True))
    with transaction.atomic():
        keeper.destroy_keys(keys, rule="share_draft", approval=None, people={})
    return file


def told() -> list[Delivery]:
    return list(Delivery.objects.filter(type="file.destroyed"))


def test_it_is_told_once_by_ids(w: World) -> None:
    assert destroyed.tell_all(timezone.now()) == 0
    file = destroy()
    assert vault.destroyed_by(file.file) is not None
    for _ in range(2):
        destroyed.tell_all(timezone.now())
    (sent,) = told()
    assert set(sent.data) == {"request", "consent", "file"}
    assert sent.data["file"] == str(file.id)


def test_after_the_end_of_the_permission_nothing_is_told(w: World) -> None:
    destroy()
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    assert destroyed.tell_all(timezone.now()) == 0
    assert told() == []
