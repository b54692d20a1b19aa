"""A web server and its database: it waits until that is there, and no request waits for it without end."""

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection

from broker.db import evidence, serving
from tests.integration.audit_support import logged_in_as


def test_a_worker_waits_for_its_database_and_for_nothing_else(committing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    errors: list[Exception] = [OperationalError("away"), InterfaceError("closed"), *[OperationalError("away")] * 4]

    def look() -> None:
        if errors:
            raise errors.pop(0)

    if committing == "sqlite":
        with pytest.raises(OperationalError):  # a file that cannot be opened does not come back by itself
            serving.wait_for(look, pause=pauses.append)
        assert pauses == []
        return
    serving.wait_for(look, pause=pauses.append)
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]

    def tampered() -> None:
        raise evidence.EvidenceTampered(["a trigger"])

    with pytest.raises(evidence.EvidenceTampered):
        serving.wait_for(tampered, pause=pauses.append)


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (psycopg.errors.InvalidPassword("refused"), True),
        (psycopg.errors.InvalidCatalogName("missing"), True),
        (psycopg.errors.AdminShutdown("restarts"), False),
        (psycopg.errors.CannotConnectNow("starts"), False),
        (psycopg.OperationalError('FATAL:  password authentication failed for user "app"'), True),
        (psycopg.OperationalError('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "app"'), True),
        (psycopg.OperationalError("connection refused"), False),
    ],
)
def test_what_never_mends_is_told_from_what_does(error: psycopg.Error, lasting: bool) -> None:
    away = OperationalError(*error.args)
    away.__cause__ = error
    assert serving._never_mends(away) is lasting
    assert serving._why(away).startswith("OperationalError ")
    assert "\n" not in serving._why(away)


def test_a_statement_of_a_request_ends_in_time_and_one_of_a_command_has_its_own(
    committing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = dict(connection.settings_dict["OPTIONS"])
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", options)
    monkeypatch.setattr(serving, "STATEMENT_SECONDS", 1)
    serving.limit_statements()
    connection.close()
    if committing == "sqlite":
        assert options == connection.settings_dict["OPTIONS"] == {"timeout": 20}
        return
    try:
        with connection.cursor() as cursor, pytest.raises(OperationalError, match="statement timeout"):
            cursor.execute("SELECT pg_sleep(5)")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("role", "power"), [("postgres", "is a superuser"), ("broker_owner", "owns the tables"), ("broker_app", "")]
)
def test_nobody_serves_whom_triggers_and_grants_do_not_hold(postgresql_db: str, role: str, power: str) -> None:
    with logged_in_as(role):
        if not power:
            evidence.assert_intact()
            return
        with pytest.raises(evidence.EvidenceTampered, match=f"we log in as {role}, which {power}"):
            evidence.assert_intact()
