"""No pattern of ours can be made to look back again and again: an audit of each, and growth by ratio."""

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import broker
import consents
import requests_app
from bench.bench_gate import HOSTILE
from broker.credentials import scan

RUN_AT_ONCE = (".__main__", ".gunicorn_conf", ".wsgi", ".asgi")  # they are programs, or ask the database
MANY = 12  # so many rounds of a group are as good as endless
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT"})


def patterns() -> dict[str, re.Pattern[str]]:
    """Give every compiled pattern of our modules, by where it stands: strangers' text comes to most of them."""
    found: dict[str, re.Pattern[str]] = {}
    for package in (broker, consents, requests_app):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(RUN_AT_ONCE) and ".migrations." not in module.name:
                found |= _held(vars(importlib.import_module(module.name)), module.name)
    return found


def _held(names: Mapping[str, Any], where: str) -> dict[str, re.Pattern[str]]:
    found: dict[str, re.Pattern[str]] = {}
    for name, value in names.items():
        several = [*value.values()] if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
        made = [each for each in several if isinstance(each, re.Pattern)]
        found |= {f"{where}.{name}.{number}": each for number, each in enumerate(made)}
    return found


def nested(tree: Any, *, rounds: int = 1) -> Iterator[str]:
    """Give each repeat of changing length inside a repeat without end; a possessive one never gives back."""
    for operation, argument in tree:
        name = str(operation)
        if name in _REPEATS:
            least, most, inner = argument
            if rounds > MANY and least != most and int(most) > 1:
                yield f"{{{least},{most}}}"
            yield from nested(inner, rounds=max(rounds, int(most)))
        elif name == "POSSESSIVE_REPEAT":
            yield from nested(argument[2])
        elif name == "ATOMIC_GROUP":
            yield from nested(argument)
        elif name == "SUBPATTERN":
            yield from nested(argument[3], rounds=rounds)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from nested(branch, rounds=rounds)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from nested(argument[1])


def test_the_audit_sees_what_it_looks_for() -> None:
    parser: Any = importlib.import_module("re._parser")
    assert list(nested(parser.parse(r"(?:a+)+")))
    assert list(nested(parser.parse(r"(?:a{1,9}b?){2,}c")))
    assert not list(nested(parser.parse(r"(?:a++)+")))
    assert not list(nested(parser.parse(r"(?:ab){2,}[cd]*")))


def test_no_pattern_repeats_a_repeat_without_end() -> None:
    parser: Any = importlib.import_module("re._parser")
    found = {where: list(nested(parser.parse(pattern.pattern, pattern.flags))) for where, pattern in patterns().items()}
    assert len(set(found)) > 700
    assert sum(where.startswith("broker.credentials.") for where in found) > 300
    assert {where: repeats for where, repeats in found.items() if repeats} == {}


def spent(text: str) -> float:
    """Give the seconds of computing that a text takes."""
    start = time.process_time()
    scan(text, "web_form")
    return time.process_time() - start


@pytest.mark.parametrize("what", sorted(HOSTILE))
def test_four_times_the_text_takes_about_four_times_the_time(what: str) -> None:
    unit = HOSTILE[what]
    short = (unit * (16_000 // len(unit) + 1))[:16_000]
    # Work that grows with the square takes sixteen times as long in every round; a busy machine disturbs some.
    assert min(spent(short * 4) / (spent(short) + 0.005) for _round in range(4)) <= 8


def test_there_are_enough_hostile_shapes() -> None:
    assert len(HOSTILE) >= 30
