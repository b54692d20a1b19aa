"""The rules of the job system: states, pauses, handlers, and queue settings under which nothing runs twice."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.management import call_command

from broker import jobs
from broker.jobs import checks, registry
from broker.jobs.states import NEXT, JobState, backoff

GOOD: dict[str, Any] = {
    "orm": "default",
    "workers": 2,
    "queue_limit": 1,
    "timeout": 60,
    "retry": 180,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": -1,
    "catch_up": False,
}
MOVES = {
    ("queued", "running"),
    ("queued", "cancelled"),
    ("queued", "dead"),
    ("running", "running"),
    ("running", "queued"),
    ("running", "done"),
    ("running", "dead"),
    ("dead", "queued"),
}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(JobState, JobState)))
def test_only_the_listed_moves_are_possible(old: JobState, new: JobState) -> None:
    assert (new in NEXT[old]) == ((old.value, new.value) in MOVES)


def test_pauses_double_up_to_two_hours() -> None:
    assert [backoff(n) for n in (1, 2, 3)] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert backoff(50) == timedelta(hours=2)


def test_the_settings_of_this_project_are_sound(settings: Any) -> None:
    assert checks.faults(settings.Q_CLUSTER) == []


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"retry": 126}, 2),  # (1 + ceil(2 / 2)) * 63: a task that waits may be fetched again
        ({"workers": 1, "retry": 189}, 2),
        ({"queue_limit": 4}, 2),
        ({"max_attempts": 3}, 3),
        ({"ack_failures": False}, 3),
        ({"save_limit": 250}, 4),
        ({"catch_up": True}, 5),
        ({"orm": "other"}, 6),
        ({"timeout": None}, 1),
    ],
)
def test_settings_that_double_or_keep_tasks_are_refused(change: dict[str, Any], number: int) -> None:
    assert [found for found, _ in checks.faults(GOOD | change)] == [number]


def test_a_good_ratio_passes() -> None:
    assert checks.faults(GOOD | {"retry": 127}) == []


def test_a_connection_pool_is_refused() -> None:
    assert checks.pooled({"default": {"OPTIONS": {"pool": True}}, "other": {"OPTIONS": {}}}) == ["default"]


def test_the_queues_own_tables_are_not_in_the_admin() -> None:
    admin.autodiscover()
    assert not [model for model in admin.site._registry if model._meta.app_label == "django_q"]


def test_a_kind_has_one_handler() -> None:
    name = "test.one_handler"
    try:
        jobs.handler(name)(test_a_good_ratio_passes)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="two handlers"):
            jobs.handler(name)(test_a_connection_pool_is_refused)
    finally:
        registry._handlers.pop(name)


def test_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(jobs.UnknownKind):
        registry.handler_of("test.nobody")


def test_every_kind_that_is_enqueued_somewhere_has_a_handler() -> None:
    assert "notices.send" in registry.kinds()


@pytest.mark.django_db
def test_the_job_tables_have_all_their_migrations() -> None:
    call_command("makemigrations", "jobs", "notices", check=True, dry_run=True, verbosity=0, skip_checks=True)
