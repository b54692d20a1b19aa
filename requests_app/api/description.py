"""What an operation of the API says of itself: the one place from which it is described, checked and held (rules).

A view's method without a description is an error of ours: neither the schema nor the view works without it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Shape = Mapping[str, Any]  # a JSON Schema, 2020-12
Examples = Mapping[str, Any]  # by name

JSON, CSV, ATOM, ANY_FILE = "application/json", "text/csv", "application/atom+xml", "application/octet-stream"
PROBLEM = "application/problem+json"

# What any call may be answered with, whatever it asks for.
ALWAYS = (
    "ask.invalid",
    "auth.missing",
    "auth.invalid",
    "key.scope",
    "key.misplaced",
    "requester.suspended",
    "disclosures.halted",
    "channel.forbidden.credentials",
    "not_found",
    "method.not_allowed",
    "media.not_acceptable",
    "request.too_large",
    "rate.limited",
    "server.error",
    "log.unavailable",
    "ask.too_much",
    "gate.unchecked",
)
OF_A_BODY = ("media.unsupported",)


@dataclass(frozen=True)
class Parameter:
    """A value in the query string or a header."""

    name: str
    where: str  # "query" or "header"
    description: str
    shape: Shape
    example: Any = None
    required: bool = False


@dataclass(frozen=True)
class Answer:
    """A good answer: what it holds in each format, with examples by name, and its own headers."""

    description: str
    content: Mapping[str, Shape] = field(default_factory=dict)
    examples: Examples = field(default_factory=dict)  # of the JSON, else of the only format
    headers: Mapping[str, str] = field(default_factory=dict)  # name: what it says


@dataclass(frozen=True)
class Body:
    """A JSON body; each example is sent for real by a test."""

    shape: Shape
    examples: Examples


@dataclass(frozen=True)
class Operation:
    """One method at one address; `codes`: how it may be refused, beside what any call may be refused for."""

    id: str
    tag: str  # the group it stands in, and what the key has to name: one of `parties.scopes.OPERATIONS`
    summary: str
    description: str
    answers: Mapping[int, Answer]
    codes: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    sensitive: bool = False  # it gives data of a customer: the consent is checked again and the read is logged

    @property
    def all_codes(self) -> tuple[str, ...]:
        """Give every code of a problem that it may answer, each once."""
        return tuple(dict.fromkeys((*self.codes, *(OF_A_BODY if self.body else ()), *ALWAYS)))

    def query(self) -> set[str]:
        """Give the names that may stand in the query string; any other is refused."""
        return {each.name for each in self.parameters if each.where == "query"}


def described[View: Callable[..., Any]](operation: Operation) -> Callable[[View], View]:
    """Describe a method of a view."""

    def mark(method: View) -> View:
        vars(method)["operation"] = operation
        return method

    return mark


def of(view: object, method: str) -> Operation:
    """Give the description of a view's method, which may be HEAD for GET; `LookupError` where there is none."""
    name = "get" if method.lower() == "head" else method.lower()
    found = getattr(getattr(view, name, None), "operation", None)
    if not isinstance(found, Operation):
        raise LookupError(f"{type(view).__name__}.{name} does not say what it does")
    return found
