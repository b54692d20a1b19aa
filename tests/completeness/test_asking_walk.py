"""An ask for a consent: her pages and its jobs leave exactly the declared events."""

from datetime import timedelta
from typing import Any

import time_machine
from django.test import Client
from django.utils import timezone

from broker.parties.models import EmailLink
from consents.asking import ending, inviting
from consents.asking.acts import Asker
from tests import factories
from tests.completeness.declared import DECLARED
from tests.completeness.test_completeness_walk import answers
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.integration.asking_support import HER, application, make, path


def test_her_pages_leave_what_is_declared(committing: str) -> None:
    watch, browser = Watch(DECLARED, prefix="asking"), Client()
    organisation = factories.organisation()
    ask = make(Asker.app(application(organisation)[0]))
    watch.know("ask", ask.id)
    watch.names |= {"ask": str(ask.id), "organisation": str(organisation.id)}
    at = path(ask)

    def address() -> None:
        watch.know("address", EmailLink.objects.get().id)

    def post(where: str, expect: int, **fields: Any) -> Any:
        return answers(lambda: browser.post(where, fields), expect)

    watch.step("asked GET", answers(lambda: browser.get(at), 200))
    watch.step("asked POST refused", post(at, 422, email="nobody"))
    watch.step("asked POST", post(at, 302, email=HER), meanwhile=address)
    watch.step("asked-no POST", post(f"{at}no/", 200))
    watch.step("asked-no POST again", post(f"{at}no/", 200))
    watch.step("asked GET over", answers(lambda: browser.get(at), 410))
    watch.step("asked-not-again POST", post(f"{at}not-again/", 200))
    watch.step("asked-not-again POST again", post(f"{at}not-again/", 200))
    watch.finish()


def test_its_jobs_leave_what_is_declared(committing: str) -> None:
    watch, organisation = watching("asking.invite", "asking.end"), factories.organisation()
    ask = make(Asker.app(application(organisation)[0]))
    watch.know("ask", ask.id)
    watch.names |= {"ask": str(ask.id), "organisation": str(organisation.id)}
    watch.step("asking.invite", runs(inviting.KIND, ask.id))
    with time_machine.travel(ask.expires_at + timedelta(seconds=1)):
        watch.step("asking.end", runs(ending.END, ask.id, now=timezone.now()))
    watch.finish()
