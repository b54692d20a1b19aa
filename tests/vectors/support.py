"""The published vectors as the tests read them."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors" / "transparency-log"
beside = pytest.mark.skipif(not VECTORS.is_dir(), reason="the published vectors are not beside the project")


def load(name: str) -> Any:
    """Read one file of vectors."""
    path = VECTORS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def cases(name: str, part: str = "cases") -> list[Any]:
    """The cases of one file, named by their ids."""
    return [pytest.param(case, id=case["id"]) for case in load(name).get(part, [])]


def unb64(text: str | None) -> bytes:
    """Standard base64 of the vectors; null is nothing."""
    return base64.b64decode(text or "")


def hashes(texts: list[str] | None) -> list[bytes]:
    """A proof of the vectors."""
    return [unb64(text) for text in texts or []]


def changed_files() -> list[str]:
    """The files whose SHA-256 is not that of the manifest, and files that only one of the two knows."""
    manifest = load("MANIFEST")
    there = {path.name for path in VECTORS.glob("*.json")} - {"MANIFEST.json"}
    wrong = [
        name
        for name in manifest.keys() & there
        if hashlib.sha256((VECTORS / name).read_bytes()).hexdigest() != manifest[name]["sha256"]
    ]
    return sorted(wrong) + sorted(manifest.keys() ^ there)
