"""A short history with two kills, played and judged; a long one by `./run history --minutes M`."""

from typing import Any

import pytest

from tests.faults.history import honest


@pytest.mark.postgresql
def test_a_short_history_is_an_honest_one(django_db_setup: None) -> None:
    found: dict[str, Any] = honest.played(7, seconds=4, kills=2, every=1.5, consents=6)
    assert found["violations"] == []
    assert found["kills"] >= 2
    assert found["stops_answered"] > 0
    assert found["reads_after_stops"] > 0  # else that none was stale would say nothing
    assert found["stale_reads"] == 0
    assert found["answers"].get("read 200", 0) > 0
    assert found["events"] > 0
