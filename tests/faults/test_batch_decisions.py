"""Many accounts in one ask, one of them bad at any place: that one is refused, by its own code, and the rest is right.

`./run faults batches` draws 24,000 examples of the rules; the daily run a sample. The same over the database, with
consents that were granted, is a test beside it.
"""

import json
from typing import Any

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from requests_app.decision_lines import answer
from tests.faults.scale import SEED, WHOLE, record
from tests.unit.decision_support import line

EXAMPLES, MOST = (24_000 if WHOLE else 120), 50
NUMBERS = [f"70{n:05}" for n in range(MOST)]
# What is wrong with one account, and the code that says so. Its meter counts for data by the hour alone.
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "not in the consent": ({}, "scope.account"),
    "objected to": ({"objection": True}, "consent.objection"),
    "ended before": ({"ended": "2025-06-01"}, "account.ended"),
    "without such a meter": ({"ami": "no"}, "channel.not_available"),
}


@seed(SEED)
@settings(max_examples=EXAMPLES, database=None)
@given(st.integers(1, MOST), st.data(), st.sampled_from(sorted(BAD)))
def test_one_bad_account_is_refused_and_the_others_are_not(count: int, data: st.DataObject, what: str) -> None:
    place = data.draw(st.integers(0, count - 1))
    asked = data.draw(st.permutations(NUMBERS))[:count]
    bad, (said, code) = asked[place], BAD[what]
    consented = [each for each in asked if each != bad or code != "scope.account"]
    whole = line({"accounts": consented}, {"accounts": list(asked), "data_types": ["usage_hourly"]}, facts={bad: said})
    found = answer(json.dumps(whole).encode())
    each = {one["account"]: one["codes"] for one in found.get("accounts") or [{**found, "account": bad}]}
    assert set(each) == set(asked)
    assert each.pop(bad) == [code]
    assert all(codes == [] for codes in each.values())
    assert (found["outcome"], found["codes"]) == (
        "refusal",
        [code],
    )  # the ask as a whole says that something is not right


def test_the_number_of_examples_is_told() -> None:
    record("batches of accounts, one bad", "rules", examples=EXAMPLES, most=MOST, kinds=len(BAD))
    assert EXAMPLES >= 100
