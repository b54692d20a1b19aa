"""Start-up checks: ratios of the queue under which a healthy cluster runs nothing twice."""

import math
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register("jobs")
def queue_settings(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse queue settings with which a task could be delivered twice, kept as pickle, or replayed."""
    return [Error(text, id=f"jobs.E{number:03}") for number, text in faults(settings.Q_CLUSTER)]


def faults(cluster: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Give what is wrong with these queue settings, numbered."""
    workers, limit = cluster.get("workers", 0), cluster.get("queue_limit", 0)
    timeout, retry = cluster.get("timeout", 0), cluster.get("retry", 0)
    found: list[tuple[int, str]] = []
    if not (workers and limit and timeout and retry):
        return [(1, "Q_CLUSTER must state workers, queue_limit, timeout and retry")]
    # The queue's lock starts when a task is fetched, not when a worker starts it: a task may wait behind others
    # for this long, and must not be fetched again meanwhile.
    longest = (1 + math.ceil((limit + 1) / workers)) * (timeout + 3)
    if retry <= longest:
        found.append((2, f"Q_CLUSTER retry {retry} must exceed {longest}, or a healthy cluster runs tasks twice"))
    if cluster.get("max_attempts") != 1 or cluster.get("ack_failures") is not True:
        found.append((3, "Q_CLUSTER needs max_attempts 1 and ack_failures True: our job table does the retrying"))
    if cluster.get("save_limit") != -1:
        found.append((4, "Q_CLUSTER needs save_limit -1: stored results are unsigned pickles"))
    if cluster.get("catch_up") is not False:
        found.append((5, "Q_CLUSTER needs catch_up False: missed runs must not be replayed"))
    if cluster.get("orm") != "default":
        found.append((6, "Q_CLUSTER needs orm 'default': the queue's row must commit with the job's"))
    return found


@register("jobs")
def no_pool(app_configs: object = None, **kwargs: object) -> list[CheckMessage]:  # noqa: ARG001
    """Refuse a connection pool: it breaks when the worker forks."""
    return [
        Error(f"database {name} has a connection pool; workers fork", id="jobs.E007")
        for name in pooled(settings.DATABASES)
    ]


def pooled(databases: Mapping[str, Any]) -> list[str]:
    """Give the names of databases with a connection pool."""
    return [name for name, database in databases.items() if database.get("OPTIONS", {}).get("pool")]
