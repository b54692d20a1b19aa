"""Print all components (CycloneDX 1.6) out of the lock files: `python requirements/sbom.py > docs/sbom.json`.

The same files give the same bytes: no clock, no network, no installed package is asked. What the run set holds is
`required`; tools of development, set-up and benchmarks are `excluded`, for no installation has them.
"""

import base64
import hashlib
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SETS = ("run", "dev", "bench", "setup")  # the first one that names a component decides what it is for
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)((?:\s*\\\n\s+--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE)


def locked(name: str) -> dict[str, tuple[str, list[str]]]:
    """Give what a lock file holds: name → version and the hashes of its files."""
    text = (HERE / f"{name}.txt").read_text()
    return {
        found[1].lower(): (found[2], sorted(re.findall(r"sha256:(\w{64})", found[3])))
        for found in _LOCKED.finditer(text)
    }


def python_components() -> list[dict[str, Any]]:
    """Give each Python package once."""
    found: dict[str, dict[str, Any]] = {}
    for of in SETS:
        for name, (version, hashes) in locked(of).items():
            digest = hashlib.sha256("\n".join(hashes).encode()).hexdigest()
            purl = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name)}@{version}"
            found.setdefault(
                purl,
                {
                    "type": "library",
                    "bom-ref": purl,
                    "name": name,
                    "version": version,
                    "scope": "required" if of == "run" else "excluded",
                    "purl": purl,
                    "properties": [
                        {"name": "lock:file", "value": f"requirements/{of}.txt"},
                        {"name": "lock:files", "value": str(len(hashes))},
                        {"name": "lock:sha256-of-hashes", "value": digest},
                    ],
                },
            )
    return list(found.values())


def style_components() -> list[dict[str, Any]]:
    """Give each package of the style sheet's lock file; no script of theirs runs."""
    packages: dict[str, dict[str, Any]] = json.loads((HERE.parent / "package-lock.json").read_text())["packages"]
    found = []
    for place, facts in packages.items():
        if not place:
            continue
        name = place.removeprefix("node_modules/")
        purl = f"pkg:npm/{name.replace('@', '%40')}@{facts['version']}"
        digest = base64.b64decode(facts["integrity"].removeprefix("sha512-")).hex()
        component: dict[str, Any] = {
            "type": "library", "bom-ref": purl, "name": name, "version": facts["version"],
            "scope": "required" if name == "@uswds/uswds" else "excluded",
            "hashes": [{"alg": "SHA-512", "content": digest}], "purl": purl,
            "properties": [{"name": "lock:file", "value": "package-lock.json"}],
        }  # fmt: skip
        found.append(component)
    return found


def document() -> str:
    """Give the whole list as text."""
    components = sorted([*python_components(), *style_components()], key=lambda each: str(each["bom-ref"]))
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "utility-data-broker", "name": "utility-data-broker"}
        },
        "components": components,
    }
    number = uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(body, sort_keys=True))
    return json.dumps({**body, "serialNumber": f"urn:uuid:{number}"}, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
