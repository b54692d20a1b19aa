"""Every scenario that the product promises has a test that carries its number (field guide, section 6)."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
NAMED = re.compile(r"^def test_(s\d\d)_", re.MULTILINE)
GRANT = [f"s{n:02}" for n in range(1, 22)]
PROMISED = {
    *GRANT,
    *(f"s{n}" for n in range(22, 26)),
    "s30",
    "s31",
    "s32",
    *(f"s{n}" for n in range(33, 52)),
    "s61",
    *(f"s{n}" for n in range(65, 69)),
    "s54",
    "s55",
    "s56",
    "s57",
    "s59",
    "s69",
    "s70",
    "s71",
    "s72",
}


def test_each_scenario_has_a_test_of_its_number() -> None:
    found = {number for path in TESTS.rglob("test_*.py") for number in NAMED.findall(path.read_text())}
    assert PROMISED - found == set()
