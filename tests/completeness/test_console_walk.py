"""An officer at each screen of the console, and the public at what the log shows: each leaves the declared events."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from broker.audit import log, proofs, signer, store
from broker.console import watch as views_watch
from broker.console.models import SavedView, ViewAlert
from tests.completeness.declared import DECLARED
from tests.completeness.watch import Watch
from tests.integration.audit_support import integrate, say_verified
from tests.integration.console_support import desk, officer, refused, w
from tests.requests_world import ACCOUNT, ACTOR, World

__all__ = ["desk", "w"]


class Screens:
    """One person's browser, each request of which is a step of a walk."""

    def __init__(self, watch: Watch, client: Client) -> None:
        self.watch, self.client = watch, client

    def get(self, name: str, path: str, expect: int = 200, /, **query: Any) -> Any:
        return self.watch.step(name, self._sends(lambda: self.client.get(path, query), expect))

    def post(self, name: str, path: str, expect: int = 302, /, **form: Any) -> Any:
        return self.watch.step(name, self._sends(lambda: self.client.post(path, form), expect))

    def _sends(self, send: Callable[[], Any], expect: int) -> Callable[[], Any]:
        def sent() -> Any:
            answer = send()
            assert answer.status_code == expect, (answer.status_code, answer.content[:300])
            return answer

        return sent


def test_an_officers_screens_leave_what_is_declared(w: World, desk: signer.Desk) -> None:
    watch = Watch(DECLARED, prefix="console")
    watch.know("her", w.customer.id)
    screens = Screens(watch, officer())
    manual = w.manual()
    no = refused(w)
    watch.names.update(consent=str(w.consent.id), number=manual.number)
    screens.get("console-proof GET none", "/console/integrity/checkpoint/", 404)
    screens.get("console-event-proof GET early", f"/console/events/{no}/proof/", 302)
    integrate(desk.answer)
    _integrity(screens)
    _lists(screens, w, no, desk)
    _one_event(screens, no)
    for name, path in {"consent": f"consent/{w.consent.id}/", "request": f"request/{manual.id}/"}.items():
        screens.get(f"console-case-{name} GET", f"/console/cases/{path}")
    screens.get("console-cases GET", "/console/cases/")
    screens.get("console-reviews GET", "/console/reviews/")
    screens.post("console-reviews POST empty", "/console/reviews/", 422)
    screens.post("console-reviews POST", "/console/reviews/", note="all seen")
    screens.get("console-charts GET", "/console/charts/")
    watch.finish()


def _integrity(screens: Screens) -> None:
    screens.get("console GET", "/console/")
    screens.get("console-integrity GET", "/console/integrity/")
    screens.get("console-proof GET", "/console/integrity/checkpoint/")
    screens.post("console-verify POST", "/console/integrity/verify/")
    screens.post("console-acknowledge POST none", "/console/integrity/acknowledge/")
    say_verified(ok=False, size=3, first_bad=2, kind="entry")
    screens.post("console-acknowledge POST", "/console/integrity/acknowledge/")
    alarm = log.append("alarm.canary", actor=ACTOR, subject=None, body={}, res="error").id
    other = log.append("log.reviewed", actor=ACTOR, subject=None, body={}).id
    screens.watch.names["alarm"] = alarm
    screens.post("console-alarm-seen POST", f"/console/alarms/{alarm}/")
    screens.post("console-alarm-seen POST again", f"/console/alarms/{alarm}/")
    screens.post("console-alarm-seen POST other", f"/console/alarms/{other}/", 404)


def _lists(screens: Screens, w: World, no: int, desk: signer.Desk) -> None:
    hers = {"customer": str(w.customer.id)}
    screens.get("console-log GET", "/console/log/")
    screens.get("console-log GET hers", "/console/log/", **hers)
    screens.get("console-log GET wrong", "/console/log/", 422, act="no.such")
    only = {"filter-customer": str(w.customer.id)}
    form = {"kind": "csv", "why": "a check", "filter-act": "pull.decided"}
    screens.post("console-export POST", "/console/log/export/", 200, **form)
    screens.post("console-export POST hers", "/console/log/export/", 200, **form, **only)
    screens.post("console-export POST without a reason", "/console/log/export/", **{**form, "why": ""})
    screens.post("console-find POST", "/console/find/", sought=ACCOUNT)
    screens.get("console-find GET", "/console/find/", 302)
    screens.post("console-find POST reason", "/console/find/", reason_words="covered")
    screens.post("console-find POST nobody", "/console/find/", sought="99999999")
    search = {"field": "account_number", "values": f"{ACCOUNT}\n99999999"}
    screens.get("console-search GET", "/console/search/")
    screens.post("console-search POST", "/console/search/", 200, **search)
    screens.post("console-search POST nobody", "/console/search/", 200, **{**search, "values": "99999999"})
    screens.post("console-search POST empty", "/console/search/", 422, **{**search, "values": ""})
    _views(screens, w, desk)


def _views(screens: Screens, w: World, desk: signer.Desk) -> None:
    save, kept = "/console/views/save/", {"name": "Mine", "notify": "on", "filter-res": "denied"}
    screens.get("console-views GET", "/console/views/")
    screens.post("console-view-save POST", save, **kept)
    screens.post("console-view-save POST again", save, **kept)
    screens.post("console-view-save POST wrong", save, **{**kept, "filter-res": "perhaps"})
    view = SavedView.objects.get()
    screens.watch.names["view"] = str(view.id)
    refused(w)
    integrate(desk.answer)
    views_watch.look(view, now=timezone.now())
    screens.post("console-alert POST", f"/console/alerts/{ViewAlert.objects.get().id}/")
    screens.post("console-view-remove POST", f"/console/views/{view.id}/remove/")


def _one_event(screens: Screens, no: int) -> None:
    one = f"/console/events/{no}/"
    (nobodys,) = store.rows("SELECT max(id) FROM audit_event")[0]
    screens.get("console-event GET", one)
    screens.get("console-event GET of nobody", f"/console/events/{nobodys}/")
    screens.get("console-event GET unknown", "/console/events/5/", 404)
    screens.post("console-note POST", f"{one}note/", note="asked her")
    screens.post("console-note POST empty", f"{one}note/", note="")
    screens.get("console-event-proof GET", f"{one}proof/")
    screens.get("console-event-receipt GET", f"{one}receipt/")


def test_the_public_side_of_the_log_leaves_nothing_but_what_the_gate_found(
    w: World, desk: signer.Desk, settings: Any, tmp_path: Path
) -> None:
    for name in ("SEAL_ROOT_FILE", "SEAL_CERT_FILE", "SEAL_KEY_FILE"):
        setattr(settings, name, tmp_path / name)
    call_command("make_seal_key", stdout=io.StringIO())
    watch = Watch(DECLARED, prefix="open")
    screens = Screens(watch, Client())
    size = integrate(desk.answer)
    newest = proofs.newest()
    assert newest is not None
    screens.get("check GET", "/check/")
    screens.post("check POST", "/check/", 200, receipt=newest[1])
    screens.post("check POST secret", "/check/", 403, receipt="my login is gwen, password: hunter2-hunter2")
    screens.get("log-checkpoint GET", "/log/checkpoint")
    screens.get("log-vkey GET", "/log/vkey")
    screens.get("log-receipt-vkey GET", "/log/receipt-vkey")
    screens.get("log-tile GET", f"/log/tile/0/000.p/{size}")
    screens.get("log-continues GET", f"/log/continues/{size}")
    screens.get("seal-root GET", "/seal/root.crt")
    screens.get("seal-crl GET", "/seal/revoked.crl")
    watch.finish()
