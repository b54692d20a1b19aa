"""What a customer and the staff do to prove who signed, and the jobs of the notice: exactly the declared events."""

import re
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker.notices.models import Notice
from broker.parties.models import Role
from consents.identity import levels, notice
from consents.identity.models import How, PostedCode
from tests.completeness.declared import DECLARED
from tests.completeness.test_desk_walk import answers, signed_in
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.test_identity_bill import browser, paper_bill, send
from tests.integration.test_identity_staff import text_of
from tests.requests_world import ACTOR, World, coop, world


def watch_of(w: World, watch: Watch) -> Watch:
    watch.know("her", w.customer.id)
    watch.names |= {"consent": str(w.consent.id), "account": str(w.account.id), "accounts": [str(w.account.id)]}
    return watch


def test_proving_an_account_leaves_what_is_declared(committing: str) -> None:
    w = world(assurance="L1")
    watch = watch_of(w, Watch(DECLARED, prefix="identity"))
    her, desk = browser(w.customer.id), signed_in(Role.STAFF)
    prove, code = f"/my/account/{w.account.id}/prove/", f"/my/account/{w.account.id}/code/"
    call = f"/admin/identity/calls/{w.consent.id}/"
    watch.step("my-prove GET", answers(lambda: her.get(prove), 200))
    watch.step("my-prove POST wrong", answers(lambda: send(her, w, paper_bill(name="PAT OTHER")), 422))
    watch.step("my-prove POST", answers(lambda: send(her, w, paper_bill()), 200))
    watch.step("my-posted-code GET", answers(lambda: her.get(code), 200))
    watch.step("my-posted-code-ask POST", answers(lambda: her.post(f"{code}ask/"), 302))
    watch.step("admin:identity GET", answers(lambda: desk.get("/admin/identity/"), 200))
    letter = f"/admin/identity/codes/{PostedCode.objects.get().id}/"
    watch.step("admin:identity-print GET", answers(lambda: desk.get(letter), 200))
    printed: Any = watch.step("admin:identity-print POST", answers(lambda: desk.post(letter), 200))
    watch.step("admin:identity-print POST again", answers(lambda: desk.post(letter), 302))
    watch.step("my-posted-code POST wrong", answers(lambda: her.post(code, {"code": "0000-0000"}), 422))
    watch.step("admin:identity-call GET", answers(lambda: desk.get(call), 200))
    said = {"spoke_with": "Billing desk", "confirmed": "no"}
    watch.step("admin:identity-call POST", answers(lambda: desk.post(call, said), 302))
    yes = {**said, "confirmed": "yes"}
    watch.step("admin:identity-call POST confirmed", answers(lambda: desk.post(call, yes), 302))
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", text_of(printed.content))
    assert found
    watch.step("my-posted-code POST", answers(lambda: her.post(code, {"code": found[0]}), 200))
    watch.finish()


def test_the_notice_before_hourly_data(committing: str, settings: Any, tmp_path: Path) -> None:
    w = world(assurance="L1", data_types=["usage_hourly"])
    watch = watch_of(w, watching("identity.notice", "identity.noticed"))
    with transaction.atomic():
        levels.prove([w.account], level="L2", how=How.OWN_BILL, actor=ACTOR, now=timezone.now(), file=uuid.uuid4())
    watch.step("identity.notice", runs(levels.NOTICE, w.consent.id))
    with coop(tmp_path, settings):
        runs("notices.send", Notice.objects.get(template="hourly_notice").id)()
    watch.step("identity.noticed", runs(notice.SENT, w.consent.id, now=timezone.now() + timedelta(hours=1)))
    watch.finish()
