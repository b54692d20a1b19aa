"""A web server and its database: it waits until that is there, and no request waits for it without end."""

import pytest
from django.db import InterfaceError, OperationalError, connection

from broker.db import evidence, serving


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
