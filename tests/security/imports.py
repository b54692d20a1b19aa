"""Which package of ours imports which, read off the source."""

import ast
from functools import cache

from tests.environment import ROOT


@cache
def packages() -> tuple[str, ...]:
    """Give our packages: those of `broker` one by one, and the two above it."""
    inside = sorted(
        f"broker.{path.stem}"
        for path in (ROOT / "broker").iterdir()
        if (path / "__init__.py").exists()
        or (path.suffix == ".py" and path.stem not in {"__init__", "settings", "urls"})
    )
    return (*inside, "consents", "requests_app")


@cache
def imports_of(package: str) -> frozenset[str]:
    """Give the other packages of ours that this one names."""
    if package not in packages():
        return frozenset()  # Django's own views
    place = ROOT / package.replace(".", "/")
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    named: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                named.update(each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                named.add(node.module)
                named.update(f"{node.module}.{each.name}" for each in node.names)
    return frozenset(
        each for each in packages() if each != package and any(f"{name}.".startswith(f"{each}.") for name in named)
    )
