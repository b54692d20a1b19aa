"""Print docs/data-flow.md out of import contracts, URLconf and imports: `python -m tests.security.data_flow`."""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests import environment  # before anything that loads Django's settings
from tests.security.imports import imports_of, packages

OUT = environment.ROOT / "docs" / "data-flow.md"
# Where data rests, is looked at, or leaves; who reaches these is what the diagram is about.
STORES = ("broker.vault", "broker.audit", "broker.sandbox", "broker.transport", "broker.channels", "broker.looking")
FEED = {
    "broker.vault": "the database and the sealed files",
    "broker.audit": "the log, its signer and its witnesses",
    "broker.sandbox": "a child without network, files or keys",
}
PEOPLE = (  # the first part of an address, and who asks there
    ("api/", "a recipient's programs"), ("hooks/", "Nectar"), ("admin/", "staff"), ("console/", "officers, approvers"),
    ("recipient/", "a recipient's analysts"), ("desk/", "a co-op's billing desk"), ("v/", "a co-op's clerk"),
)  # fmt: skip
ANYBODY = "customers and anybody"


def layers() -> list[list[str]]:
    """Give the layers of the first import contract, top to bottom."""
    contracts = tomllib.loads((environment.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(each["layers"] for each in contracts if each["name"] == "Imports go down the layers only")
    return [[name.strip(" ()") for name in row.split("|")] for row in rows]


def doors() -> dict[str, set[tuple[str, str]]]:
    """Give who asks → the first parts of addresses with the packages that answer there."""
    from django.urls import get_resolver

    from tests.completeness.routes import every_pattern

    found: dict[str, set[tuple[str, str]]] = {}
    for place, pattern in every_pattern(get_resolver().url_patterns, ""):
        module = getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", pattern.callback)).__module__
        package = next((each for each in packages() if f"{module}.".startswith(f"{each}.")), "django")
        first = re.split(r"[/<(\\$]", place)[0]
        who = next((who for prefix, who in PEOPLE if place.startswith(prefix)), ANYBODY)
        found.setdefault(who, set()).add((f"/{first}", package))
    return found


def lines() -> Iterator[str]:
    """Give the document line by line."""
    yield "# Where data goes"
    yield ""
    yield "Printed from the import contracts (`pyproject.toml`), the URLconf and the imports of the code by"
    yield "`python -m tests.security.data_flow`; a test holds it to them. What may leave, and where to:"
    yield "[egress.md](egress.md). The borders between the boxes, and their guards: [threat-model.md](threat-model.md)."
    yield ""
    yield "```mermaid"
    yield "flowchart LR"
    at_doors = doors()
    numbers = {who: f"p{number}" for number, who in enumerate([*(who for _p, who in PEOPLE), ANYBODY])}
    for who, number in numbers.items():
        yield f'  {number}(["{who}"])'
    used = sorted({package for answers in at_doors.values() for _first, package in answers})
    for package in used:
        yield f'  {_id(package)}["{package}"]'
    for who, number in numbers.items():
        for package in used:
            firsts = sorted({first for first, of in at_doors.get(who, set()) if of == package})
            if firsts:
                yield f'  {number} -- "{" ".join(firsts)}" --> {_id(package)}'
    for store in STORES:
        yield f'  {_id(store)}[("{store}")]'
    for package in used:
        for store in STORES:
            if package not in STORES and store in imports_of(package):
                yield f"  {_id(package)} --> {_id(store)}"
    for store in STORES:
        for other in STORES:
            if other != store and other in imports_of(store):
                yield f"  {_id(store)} --> {_id(other)}"
    for store, where in FEED.items():
        yield f'  {_id(store)} --- {_id(store)}_rests[/"{where}"/]'
    for purpose in purposes():
        yield f'  {_id("broker.transport")} == "{purpose}" ==> out_{re.sub(r"[^a-z]", "_", purpose)}(("outside"))'
    yield "```"
    yield ""
    yield "## Layers (an import goes down only)"
    yield ""
    yield "| layer | packages | of these, it reaches |"
    yield "|---|---|---|"
    for number, row in enumerate(layers(), 1):
        reached = sorted({store for name in row for store in STORES if store in imports_of(name) and store not in row})
        yield f"| {number} | {_quoted(row)} | {_quoted(reached) or '–'} |"


def purposes() -> list[str]:
    """Give what may leave: the rows of the table that a test holds to the code."""
    text = (environment.ROOT / "docs" / "egress.md").read_text()
    table = text.split("| purpose |")[1].split("\n\n")[0]
    return [row.strip("` ") for row in re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) if not row.startswith("-")]


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _id(package: str) -> str:
    return package.replace(".", "_")


def render() -> str:
    """Give the whole document."""
    return "\n".join(lines()) + "\n"


if __name__ == "__main__":
    import django

    django.setup()
    Path(OUT).write_text(render())
    sys.stdout.write(f"{OUT}\n")
