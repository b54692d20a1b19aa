"""Evidence packs: asked for, approved, built, checked by a stranger, handed out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.packs_world import Packs, check, packs, unpack


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def test_a_stranger_finds_a_pack_complete_and_unchanged(desk: Packs, tmp_path: Path) -> None:
    pack = desk.ready()
    folder = unpack(desk.data(pack), tmp_path / "out")
    found = check(folder)
    assert found["ok"], found
    assert found["size"] == pack.checkpoint_size
