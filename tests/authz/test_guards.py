"""A guard that is taken out is noticed: a few in each run of the tests, every one by `./run faults guards`."""

from typing import Any

import pytest

from tests.authz.guards import Guard, guards
from tests.authz.without import all_of
from tests.faults.scale import ONLY, WHOLE, record

KINDS = {
    "role": 190, "page": 65, "scope": 25, "refusal": 25, "permission": 6, "standing": 7, "step-up": 45, "consent": 15,
}  # fmt: skip

SAMPLE = {
    ("consents/life_views.py", "scope", "customer=customer"),
    ("broker/parties/scopes.py", "permission", "opens"),
    ("broker/console/packs/approval_views.py", "role", "two_people approval"),
    ("broker/parties/signin/step_up.py", "step-up", "console-incident-step"),
}


def named(guard: Guard) -> bool:
    """Whether a whole run shall take this one: each, or what `--only` names."""
    return any(word in guard.id for word in ONLY.split(",")) if ONLY else True


@pytest.mark.parametrize("kind", KINDS)
def test_the_guards_of_each_kind_are_found(kind: str) -> None:
    assert len([each for each in guards() if each.kind == kind]) >= KINDS[kind]


def test_every_guard_that_is_taken_out_is_noticed(django_db_setup: None, django_db_blocker: Any) -> None:
    found = guards()
    sample = [each for each in found if (each.file, each.kind, each.name) in SAMPLE]
    chosen = [each for each in found if named(each)] if WHOLE else sample
    assert len(sample) == len(SAMPLE)
    with django_db_blocker.unblock():
        verdicts = list(all_of(chosen))
    survivors = [f"{each.guard.id}: {each.how}" for each in verdicts if not each.noticed]
    for kind in KINDS:
        of_kind = [each for each in verdicts if each.guard.kind == kind]
        record(f"guards: {kind}", "sqlite", tried=len(of_kind), noticed=sum(each.noticed for each in of_kind))
    record("survivors", "sqlite", found=survivors)
    assert len(verdicts) == len(chosen)
    assert not survivors, "\n".join(survivors)
