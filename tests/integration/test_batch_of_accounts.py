"""Many accounts in one ask over the database, one of them in nobody's permission, anywhere: it alone is refused."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.integration.test_recipient_many import farm
from tests.requests_world import World, world

MOST = 50
FARM = [f"4091{n:04}" for n in range(MOST)]
STRANGERS = ["40990001", "40990002"]  # nobody's


@pytest.fixture
def w(sqlite_db: str, settings: Any) -> World:
    for name in ("CALLS", "CHECKS"):
        setattr(settings, f"API_{name}_PER_MINUTE", 100_000)
        setattr(settings, f"API_{name}_PER_MINUTE_TOGETHER", 100_000)
    made = world()
    farm(made, FARM, data_types=["bill", "usage_daily"])
    return made


@examples(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(st.integers(2, MOST), st.data(), st.sampled_from(STRANGERS))
def test_one_bad_account_is_refused_and_the_others_are_not(w: World, count: int, data: st.DataObject, bad: str) -> None:
    asked = data.draw(st.permutations(FARM))[: count - 1]
    asked.insert(data.draw(st.integers(0, count - 1)), bad)
    found = w.call("post", "decisions/check", w.ask(accounts=asked)).json()
    said = {each["account"]: (each["outcome"], each["codes"]) for each in found["accounts"]}
    assert set(said) == set(asked)
    refused = {account for account, (outcome, _codes) in said.items() if outcome == "refusal"}
    assert refused == {bad}, said
