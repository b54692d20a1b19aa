"""Two signings at one moment get two numbers: the second waits for the first, and neither fails."""

import threading

from django.db import connections, transaction
from django.utils import timezone

from broker.audit import log
from broker.terms import Actor
from consents.actions import _next_number
from tests.requests_world import grant, world


def test_who_draws_a_number_waits_for_whoever_drew_one_before(postgresql_db: str) -> None:
    now = timezone.now()
    w = world(number=f"OB-{now:%Y}-000001")
    drawn: list[str] = []

    def draw() -> None:
        with transaction.atomic():
            drawn.append(_next_number(now))
        connections.close_all()

    other = threading.Thread(target=draw)
    with transaction.atomic():
        mine = _next_number(now)
        other.start()
        other.join(timeout=1)
        assert drawn == []  # while this one has not committed
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        grant(w.customer, w.organisation, [w.account], ref=ref, now=now, number=mine, assurance="L1")
    other.join()
    assert (mine, drawn) == (f"OB-{now:%Y}-000002", [f"OB-{now:%Y}-000003"])
