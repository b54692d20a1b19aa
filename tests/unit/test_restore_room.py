"""How much room a restore asks for, of archives of both engines, old and new."""

from dataclasses import replace
from pathlib import Path

import pytest

from broker.operating import drilling, manifest, room
from broker.operating.manifest import LogState, Manifest, Part

LOG = LogState("broker.localhost/audit/tests", 0, "", 0)


def archived(engine: str, *, database: int, files: int, database_bytes: int = 0) -> Manifest:
    """What an archive with parts of these sizes says of itself."""
    sizes = {manifest.DATABASE[engine]: database, manifest.FILES: files, manifest.CHECKPOINT: 1, manifest.VKEY: 1}
    parts = tuple(Part(name, size, "0" * 64) for name, size in sizes.items())
    facts = Manifest("2026-03-01", "1", engine, "rehearsal", LOG, (), 1, 0, {}, "", parts)
    return replace(facts, database_bytes=database_bytes)


def test_a_database_is_as_large_as_its_archive_says() -> None:
    assert room.of_database(archived("sqlite", database=70, files=1, database_bytes=70)) == 70
    assert room.of_database(archived("postgresql", database=10, files=1, database_bytes=45)) == 45
    assert room.of_database(archived("postgresql", database=10, files=1)) == 50  # an older archive names the dump alone
    assert room.needed(1_000_000_000) == 1_264_000_000


def test_a_manifest_says_how_large_its_database_was_and_an_older_one_does_not() -> None:
    made = archived("postgresql", database=10, files=1, database_bytes=45)
    assert manifest.read(manifest.write(made)) == made
    older = manifest.write(made).replace(' "database_bytes": 45,\n', "")
    assert manifest.read(older).database_bytes == 0


def test_files_and_database_on_one_disk_need_room_for_both(tmp_path: Path) -> None:
    found, where = archived("sqlite", database=3_000_000, files=5_000_000), drilling.Where(tmp_path / "new" / "place")
    enough = room.needed(8_000_000)
    drilling.demand_room(found, where, lambda path: enough if path == tmp_path else 0)
    with pytest.raises(drilling.Failed, match=r"takes 74 MB at .* where 73 MB are free"):
        drilling.demand_room(found, where, lambda _path: enough - 1_000_000)


def test_a_database_whose_disk_cannot_be_seen_is_not_asked_about(tmp_path: Path) -> None:
    found = archived("postgresql", database=3_000_000_000, files=5_000_000)
    where = drilling.Where(tmp_path, "", "postgresql://nobody@127.0.0.1:1/nothing")
    drilling.demand_room(found, where, lambda _path: room.needed(5_000_000))
    with pytest.raises(drilling.Failed):
        drilling.demand_room(found, where, lambda _path: 5_000_000)
