"""What tests that are marked `granted` begin with is what a grant over HTTP makes."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.test import override_settings

from broker import vault
from consents.models import Consent
from tests import harness, joint_world
from tests.granted import TWO_NAMES
from tests.integration.audit_support import headers, integrate, lanes_have_no_gap, verdict
from tests.integration.checking_support import bytes_of
from tests.integration.grant_support import Desk, desk, open_desk
from tests.served import served

__all__ = ["desk"]


def census(desk: Desk) -> tuple[Any, ...]:
    """Count everything that there is."""
    rows = {model._meta.label: model._default_manager.count() for model in apps.get_models() if model._meta.managed}
    mails = [(mail["to"], mail["subject"], len(mail["attachments"])) for mail in desk.mailbox.mails.search()]
    return rows, Counter(head.act for head in headers() if not head.act.startswith("lane.")), mails


@pytest.mark.granted
def test_a_world_that_begins_granted_holds_what_a_grant_makes(desk: Desk, committing: str, tmp_path: Path) -> None:
    person, found = desk.grant(), census(desk)
    assert Consent.objects.get().state == "active"
    assert Consent.objects.get().number in person.get("/my/").text
    with (
        harness.clone(committing),
        override_settings(),
        served(settings) as site,
        open_desk(settings, tmp_path / "real", site.url) as real,
    ):
        real.grant()
        assert census(real) == found


@pytest.mark.granted(TWO_NAMES)
def test_one_that_begins_under_two_names_does_too(desk: Desk, committing: str, tmp_path: Path) -> None:
    consent, found = joint_world.grant(desk), census(desk)
    assert consent.state == "active"
    with (
        harness.clone(committing),
        override_settings(),
        served(settings) as site,
        open_desk(settings, tmp_path / "real", site.url) as real,
    ):
        joint_world.grant(real)
        assert census(real) == found


@pytest.mark.granted
def test_a_world_that_begins_granted_goes_on(desk: Desk) -> None:
    desk.grant()
    desk.grant()
    assert Consent.objects.count() == 2
    assert lanes_have_no_gap()
    integrate(desk.signer.answer)
    assert verdict()["ok"]


@pytest.mark.granted
@pytest.mark.parametrize("turn", [1, 2])
def test_what_one_test_destroys_the_next_one_has(desk: Desk, turn: int) -> None:
    desk.grant()
    consent = Consent.objects.get()
    assert bytes_of().startswith(b"%PDF")
    for file in vault.files_of(consent.customer_id):
        vault.delete_bytes(file, for_a_time=True)
    with pytest.raises(vault.BrokenValue, match="gone"):
        bytes_of()
