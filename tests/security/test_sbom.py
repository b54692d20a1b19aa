"""The list of components is that of the lock files, and somebody looked at each direct dependency."""

import csv
import importlib.util
import json
import re
import tomllib
from datetime import date
from types import ModuleType

import pytest

from tests.environment import ROOT

DEPENDENCIES = list(csv.DictReader((ROOT / "docs" / "dependencies.csv").read_text().splitlines()))


def sbom() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "requirements" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_list_is_that_of_the_lock_files() -> None:
    """Else: `python requirements/sbom.py > docs/sbom.json`."""
    assert (ROOT / "docs" / "sbom.json").read_text() == sbom().document()


@pytest.mark.parametrize("of", ["run", "dev", "bench", "setup"])
def test_each_locked_package_is_a_component(of: str) -> None:
    """Counted by other means: each line of a lock file that names a version."""
    names = set(
        re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", (ROOT / "requirements" / f"{of}.txt").read_text(), re.MULTILINE)
    )
    listed = json.loads((ROOT / "docs" / "sbom.json").read_text())
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    components = {each["name"]: each for each in listed["components"]}
    assert {name.lower() for name in names} <= components.keys()
    if of == "run":
        assert {components[name.lower()]["scope"] for name in names} == {"required"}
    refs = [each["bom-ref"] for each in listed["components"]]
    assert len(refs) == len(set(refs))


def test_every_direct_dependency_was_looked_at() -> None:
    """docs/dependencies.csv names each with the version that is locked; how old the look is, no timed test says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {
        (re.split(r"[\[~=><]", each)[0].strip(), of)
        for of, listed in (("run", project["dependencies"]), ("dev", project["optional-dependencies"]["dev"]))
        for each in listed
    }
    assert {(row["name"], row["set"]) for row in DEPENDENCIES} == asked
    locked = {of: sbom().locked(of) for of in ("run", "dev")}
    for row in DEPENDENCIES:
        assert row["locked"] == locked[row["set"]][row["name"].lower()][0], row["name"]
        assert row["newest_known"]
        assert row["source"]
        date.fromisoformat(row["looked_at"])
