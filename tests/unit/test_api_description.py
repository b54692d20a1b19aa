"""What the API says of itself: complete, well formed, and written down as it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import RequestFactory
from django.urls import get_resolver
from drf_spectacular.validation import validate_schema

from broker.parties.api_auth import IsApplication
from broker.parties.models import Application
from broker.parties.scopes import OPERATIONS, opens
from requests_app.api import schema
from requests_app.api.base import ApiView
from requests_app.api.description import ALWAYS, PROBLEM
from requests_app.api.description import of as description_of
from tests.api_contract import (
    PREFIX,
    addresses,
    description,
    every_pattern,
    followed,
    methods,
    operations,
    validated,
)

WRITTEN = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


def codes_of(operation: dict[str, Any]) -> set[str]:
    """Give every code of a problem that an operation may answer."""
    answers = [followed(each).get("content", {}).get(PROBLEM) for each in operation["responses"].values()]
    return {code for each in answers if each for code in each["examples"]}


IDS = [operation["operationId"] for _, _, operation in operations()]


def test_what_is_written_down_is_what_the_code_says():
    assert WRITTEN.read_text() == schema.text(), "./run manage openapi > docs/openapi.yaml"


def test_it_is_openapi_3_1():
    assert description()["openapi"] == "3.1.0"
    validate_schema(description())


def test_every_address_and_method_is_described_and_no_other():
    described = {path: set(some) for path, some in description()["paths"].items()}
    assert described == addresses()


def test_no_two_operations_have_one_name():
    assert len(set(IDS)) == len(IDS)


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=IDS)
def test_an_operation_says_everything(path: str, method: str, operation: dict[str, Any]):
    assert operation["description"].endswith(".")
    assert operation["security"] == [{"applicationKey": []}]
    statuses = operation["responses"]
    assert any(each.startswith("2") for each in statuses)
    assert codes_of(operation) >= set(ALWAYS)
    assert all(followed(each).get("description") for each in statuses.values())
    assert all(each["description"].endswith(".") for each in operation["parameters"])
    if method in ("post", "put", "patch"):
        assert (
            operation.get("requestBody") is None or operation["requestBody"]["content"]["application/json"]["examples"]
        )


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=IDS)
def test_every_example_of_an_answer_is_one(path: str, method: str, operation: dict[str, Any]):
    for status in operation["responses"].values():
        for content in followed(status).get("content", {}).values():
            for example in content.get("examples", {}).values():
                validated(content["schema"], json.loads(json.dumps(followed(example)["value"])))


@pytest.mark.parametrize(("path", "method", "operation"), operations(), ids=IDS)
def test_every_answer_in_json_has_an_example(path: str, method: str, operation: dict[str, Any]):
    good = {status: each for status, each in operation["responses"].items() if status.startswith("2")}
    kinds = [each["content"] for each in good.values() if each.get("content")]
    assert all("application/json" not in each for each in kinds) or any(
        each.get("application/json", {}).get("examples") for each in kinds
    )


def test_every_view_names_for_each_method_what_the_key_has_to_open():
    seen = 0
    for place, pattern in every_pattern(get_resolver().url_patterns, ""):
        if not f"/{place}".startswith(PREFIX):
            continue
        view = pattern.callback.view_class
        assert issubclass(view, ApiView), f"{place}: its key is asked by ApiView alone"
        assert IsApplication in view.permission_classes, place
        for method in methods(pattern.callback):
            made = view()
            made.request = RequestFactory().generic(method.upper(), f"/{place}")
            assert made.operation in OPERATIONS, (place, method)
            assert made.operation == description_of(made, method.lower()).tag
            seen += 1
    assert seen == len(IDS)


def test_a_view_that_names_no_operation_is_opened_by_no_key():
    key = Application(operations=list(OPERATIONS), data_types=[])
    assert not opens(key, "")
    assert {each: opens(key, each) for each in OPERATIONS} == dict.fromkeys(OPERATIONS, True)
