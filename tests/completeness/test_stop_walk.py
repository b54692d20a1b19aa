"""What staff and recipients do about a stop: each request leaves exactly the declared events."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from broker.parties.models import Role
from consents import actions
from consents.stopping import record
from consents.stopping.models import Stop, StopAlert
from tests.completeness.declared import DECLARED
from tests.completeness.test_desk_walk import answers, signed_in
from tests.completeness.watch import Watch
from tests.integration.test_release import delivered, path_of
from tests.requests_world import ACCOUNT, World, coop, organisation, run_job, world


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world()


def read_and_stopped(w: World, watch: Watch, staff: Client) -> None:
    """Let the recipient read a file, and staff stop the consent for a caller."""
    w.get(path_of(delivered(w)))
    local = timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    form = {
        "number": w.consent.number,
        "last_four": ACCOUNT[-4:],
        "how": "phone",
        "day": local.date().isoformat(),
        "at": local.strftime("%H:%M:%S.%f"),
    }
    wrong = {**form, "last_four": "0000"}
    watch.step("admin:stop-enter GET", answers(lambda: staff.get("/admin/stops/enter/"), 200))
    watch.step("admin:stop-enter POST refused", answers(lambda: staff.post("/admin/stops/enter/", wrong), 422))
    watch.step("admin:stop-enter POST", answers(lambda: staff.post("/admin/stops/enter/", form), 302))


def test_staff_and_recipients_leave_what_is_declared(w: World) -> None:
    watch, staff = Watch(DECLARED, prefix="stops"), signed_in(Role.STAFF)
    watch.know("her", w.customer.id)
    watch.names["consent"] = str(w.consent.id)
    other_key = organisation("other", timezone.now())[2]
    read_and_stopped(w, watch, staff)
    run_job("manual.withdraw", _request(w))
    watch.step("admin:stops GET", answers(lambda: staff.get("/admin/stops/"), 200))
    later = timezone.now() + timedelta(days=32)
    with time_machine.travel(later):
        run_job("stopping.follow", w.consent.id, now=later)
    alert = StopAlert.objects.get()
    path = f"/admin/stops/alerts/{alert.id}/"
    watch.step("admin:stop-alert GET", answers(lambda: staff.get(path), 200))
    note = {"outcome": "goes_on", "note": "Called them"}
    watch.step("admin:stop-alert POST", answers(lambda: staff.post(path, note), 302))
    api = f"consents/{w.consent.id}/deletion"

    def word(body: Any, key: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {key or w.key}"}
        return Client().post(f"/api/v1/{api}", body, content_type="application/json", headers=headers)

    said = {"name": "Dana Records"}
    watch.step("api-deletion POST foreign", answers(lambda: word(said, other_key), 404))
    malformed = watch.step("api-deletion POST malformed", answers(lambda: word({}), 400))
    assert malformed.json()["fields"] == ["name"]
    watch.step("api-deletion POST", answers(lambda: word(said), 200))
    second(watch)
    watch.finish()


def _request(w: World) -> Any:
    from requests_app.models import ManualRequest

    return ManualRequest.objects.get(request__consent=w.consent).id


def second(watch: Watch) -> None:
    """Another consent, whose recipient answers by the mailed link."""
    from django.db import transaction

    from broker.audit import log
    from broker.parties.models import Application, Customer, Organisation, UtilityAccount
    from broker.terms import Actor
    from tests.requests_world import grant

    customer, account, now = Customer.objects.get(), UtilityAccount.objects.get(), timezone.now()
    company = Organisation.objects.get(slug="acme")
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer.id), subject=customer.id, body={})
        row = grant(customer, company, [account], ref=ref, now=now)
    key = Application.objects.get(organisation=company)
    again = World(company, key, "", customer, account, row)
    watch.names["consent"] = str(row.id)
    _read(again)
    actions.revoke(row, actor=Actor("c", customer.id), how="test", now=timezone.now())
    path = f"/deleted/{record.attest_token(Stop.objects.get(consent=row).id)}/"
    watch.step("attest GET", answers(lambda: Client().get(path), 200))
    form = {"name": "Dana Records", "deleted": "on"}
    watch.step("attest POST", answers(lambda: Client().post(path, form), 302))


def _read(w: World) -> None:
    """Write the rows of a read, as a release does."""
    from django.db import transaction

    from broker.audit import log
    from broker.terms import SERVICE
    from requests_app.models import DataRequest, ReceivedFile, Release

    with transaction.atomic():
        ref = log.append("data.read", actor=SERVICE("tests"), subject=w.customer.id, body={})
        Release.objects.create(
            request=DataRequest.objects.first(),
            consent=w.consent,
            application=w.application,
            file=ReceivedFile.objects.first(),
            what="file",
            at=timezone.now(),
            audit_event_id=ref.id,
        )
