"""A key of the other kind opens nothing: a test key at live data, a live key at a rehearsal's, at every address."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from broker.db import installation
from broker.parties.keys import create_application
from tests import factories
from tests.requests_world import ACTOR
from tests.security import walking

OF = {"live": "live", "rehearsal": "test"}
FOR_NOBODY = ("api/v1/test/",)  # on a live installation nothing is there, whoever asks


@pytest.mark.undeclared
@pytest.mark.parametrize("mode", OF)
def test_a_key_of_the_other_kind_is_no_key(sqlite_db: str, settings: Any, mode: str) -> None:
    """The matrix has only what such a key looks like, for the database keeps none; here one is kept all the same."""
    settings.API_WRONG_KEYS_PER_HOUR = settings.API_CALLS_PER_MINUTE = 1_000_000
    installation.declare(mode)
    of, now = factories.organisation(), timezone.now()
    with connection.cursor() as cursor:  # by somebody who lifted what the database holds
        cursor.execute("DROP TRIGGER ev_parties_application_mode")
    keys = {
        kind: create_application(of, kind, kind, expires_at=now + timedelta(days=9), actor=ACTOR, now=now)[1]
        for kind in OF.values()
    }
    own, other = keys.pop(OF[mode]), keys.popitem()[1]
    refused = 0
    for place, path in walking.paths():
        if not place.startswith("api/") or (mode == "live" and place.startswith(FOR_NOBODY)):
            continue
        for method in ("GET", "POST"):
            said = [
                Client().generic(method, path, headers={"Authorization": f"Bearer {key}"}).status_code
                for key in (own, other)
            ]
            assert said[0] != 401, (place, method)
            assert said[1] == 401 or said == [405, 405], (place, method, said)
            refused += said[1] == 401
    assert refused >= 25
