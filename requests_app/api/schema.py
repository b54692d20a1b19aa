"""The OpenAPI description of the API, read off its views (interface).

`docs/openapi.yaml` is this, written down; a test holds the two to each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import yaml
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from broker import problems
from broker.parties import scopes
from requests_app.api import description, shapes
from requests_app.api.description import PROBLEM, Answer, Operation, Parameter

_COMMON = (*description.ALWAYS, *description.OF_A_BODY)
SOMETIME = "When it may be asked again, in seconds."
ABOUT = """\
Utility data with the customer's consent. Every call is decided anew: a consent that ended gives nothing more, from the
first second. Every read is an entry of the log that the customer sees.

Send the key of your application as `Authorization: Bearer obk_…`. A refusal is a problem document
(`application/problem+json`, RFC 9457): `code` is stable and `type` leads to a page about it. Days are ISO dates and
`to` is exclusive; numbers of energy and money are decimal strings. A query parameter that an operation does not know is
refused, and so is a key that stands twice in a body.
"""
PLACES = {
    "request_id": "The id of a request of your organisation.",
    "file_id": "The id of one of its files.",
    "token": "The last part of a link; it is a secret, and good for five minutes.",
    "ask_id": "The id of an ask of your organisation.",
    "consent_id": "The id of a consent that names your organisation.",
    "endpoint_id": "The id of an endpoint of your application.",
    "delivery_id": "The id of a delivery to one of its endpoints.",
}
TAGS = {**scopes.OPERATIONS}  # what a key may open is how operations are grouped


class ApplicationKey(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes how an application says who it is."""

    target_class = "broker.parties.api_auth.ApiKeyAuthentication"
    name = "applicationKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002
        """Give the scheme."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "obk_test_… or obk_live_…",
            "description": "The key of an application, shown once when it is made. A test key opens a rehearsal alone.",
        }


_TOO_LONG = "AddressTooLong"
TOO_LONG = "The address with its parameters is too long: the web server reads no more than 4,094 bytes of that line."


class Described(AutoSchema):
    """Reads an operation off what its method says of itself."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any]:
        """Give the operation; `LookupError` for a method that says nothing."""
        self.registry, self.path, self.path_regex = registry, path, path_regex
        self.path_prefix, self.method = path_prefix, method.upper()
        says = description.of(self.view, method)
        made: dict[str, Any] = {
            "operationId": says.id,
            "tags": [says.tag],
            "summary": says.summary,
            "description": says.description,
            "parameters": [*self._in_path(), *map(_parameter, says.parameters)],
            "security": self.get_auth(),
            "responses": {
                **{str(status): _answer(each) for status, each in says.answers.items()},
                **_problems(says),
                "414": {"$ref": f"#/components/responses/{_TOO_LONG}"},
            },
        }
        if says.body is not None:
            content = {"schema": dict(says.body.shape), "examples": _values(says.body.examples)}
            made["requestBody"] = {"required": True, "content": {description.JSON: content}}
        return made

    def _in_path(self) -> list[dict[str, Any]]:
        names = [each.strip("{}") for each in self.path.split("/") if each.startswith("{")]
        found = self._resolve_path_parameters(names)  # type: ignore[no-untyped-call]
        return [{**each, "description": PLACES[each["name"]]} for each in found]


def document() -> dict[str, Any]:
    """Give the whole description."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    made: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def text() -> str:
    """Give the whole description as YAML."""
    return yaml.dump(document(), sort_keys=False, allow_unicode=True, width=120, Dumper=_Plain)


def finish(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Put what operations point at beside them: the shapes with a name, and an example of each problem."""
    used = {*_COMMON} | {
        code
        for path in result["paths"].values()
        for operation in path.values()
        for status in operation["responses"].values()
        for code in status.get("content", {}).get(PROBLEM, {}).get("examples", {})
    }
    result["info"]["description"] = ABOUT
    parts = result["components"]
    parts["schemas"] = dict(sorted(shapes.SHELF.items()))
    parts["responses"] = {_shared(status): _problem(codes) for status, codes in _by_status(_COMMON).items()}
    parts["responses"][_TOO_LONG] = {"description": TOO_LONG, "content": {"text/html": {"schema": {"type": "string"}}}}
    parts["examples"] = {code: {"value": example_of(code)} for code in sorted(used)}
    result["tags"] = [{"name": name, "description": f"{about}."} for name, about in TAGS.items()]
    return result


def example_of(code: str) -> dict[str, Any]:
    """Give a problem document of a code."""
    return problems.document(code, detail="", trace_id="4bf92f3577b34da6a3ce929d0e0e4736")


def _problems(says: Operation) -> dict[str, Any]:
    common = _by_status(_COMMON)
    return {
        str(status): {"$ref": f"#/components/responses/{_shared(status)}"}
        if codes == common.get(status)
        else _problem(codes)
        for status, codes in _by_status(says.all_codes).items()
    }


def _by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        found[problems.STATUS[code]].append(code)
    return dict(sorted(found.items()))


def _shared(status: int) -> str:
    return f"Problem{status}"


def _problem(codes: list[str]) -> dict[str, Any]:
    titles = "; ".join(problems.document(code, detail="", trace_id="")["title"] for code in codes)
    only = {"type": "object", "properties": {"code": {"type": "string", "enum": codes}}}
    shape = {"allOf": [{"$ref": "#/components/schemas/Problem"}, only]}
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    made: dict[str, Any] = {
        "description": f"{titles}.",
        "content": {PROBLEM: {"schema": shape, "examples": examples}},
    }
    if problems.STATUS[codes[0]] in (429, 503):
        made["headers"] = {"Retry-After": {"description": SOMETIME, "required": True, "schema": shapes.WHOLE}}
    return made


def _answer(each: Answer) -> dict[str, Any]:
    made: dict[str, Any] = {"description": each.description}
    if each.headers:
        made["headers"] = {
            name: {"description": about, "required": True, "schema": {"type": "string"}}
            for name, about in each.headers.items()
        }
    if each.content:
        first = next(iter(each.content))
        made["content"] = {
            kind: {
                "schema": dict(shape),
                **({"examples": _values(each.examples)} if each.examples and kind == first else {}),
            }
            for kind, shape in each.content.items()
        }
    return made


def _parameter(each: Parameter) -> dict[str, Any]:
    made = {
        "name": each.name,
        "in": each.where,
        "description": each.description,
        "required": each.required,
        "schema": dict(each.shape),
    }
    return made if each.example is None else {**made, "example": each.example}


def _values(examples: description.Examples) -> dict[str, Any]:
    return {name: {"value": value} for name, value in examples.items()}


class _Plain(yaml.SafeDumper):
    """Writes everything out: no anchors, and texts of several lines as they are."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _lines(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Plain.add_representer(str, _lines)
