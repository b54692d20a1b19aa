"""A recipient's person walks through her pages; each leaves exactly what was declared."""

import uuid
from pathlib import Path
from typing import Any

from django.utils import timezone

from broker.parties.models import Application
from broker.terms import Actor
from consents import actions
from tests.completeness.declared import DECLARED
from tests.completeness.test_desk_walk import answers
from tests.completeness.watch import Watch
from tests.recipients_world import analyst, browser_of, delivered
from tests.requests_world import coop, world


def test_what_a_recipients_person_does_leaves_what_is_declared(committing: str, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings):
        w = world()
        request = delivered(w).request
        ana = browser_of(analyst(w.organisation))
        watch = Watch(DECLARED, prefix="recipient")
        watch.know("her", w.customer.id)
        watch.names |= {"organisation": str(w.organisation.id), "request": str(request.id)}
        of_it = f"/recipient/requests/{request.id}/"

        def get(name: str, path: str, status: int = 200) -> None:
            watch.step(name, answers(lambda: ana.get(path), status))

        get("recipient GET", "/recipient/")
        get("recipient-keys GET", "/recipient/keys/")
        get("recipient-key-new GET", "/recipient/keys/new/")
        made = {"name": "Narrow", "operations": ["data"], "data_types": ["bill"], "days": "30"}
        watch.step("recipient-key-new POST", answers(lambda: ana.post("/recipient/keys/new/", made), 200))
        key = Application.objects.get(name="Narrow")
        get("recipient-key GET", f"/recipient/keys/{key.id}/")
        taken = answers(lambda: ana.post(f"/recipient/keys/{key.id}/revoke/"), 302)
        watch.step("recipient-key-revoke POST", taken)
        get("recipient-permissions GET", "/recipient/permissions/")
        get("recipient-requests GET", "/recipient/requests/")
        get("recipient-request GET", of_it)
        get("recipient-request GET foreign", f"/recipient/requests/{uuid.uuid4()}/", 404)
        get("recipient-data GET", f"{of_it}data/")
        get("recipient-readings GET", f"{of_it}data/readings.csv")
        get("recipient-picture GET", f"{of_it}data/1/months.svg")
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
        get("recipient-data GET refused", f"{of_it}data/", 403)
        watch.finish()
