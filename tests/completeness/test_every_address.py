"""No address without a declaration: a new route fails here until somebody says what it leaves in the log."""

from tests.completeness.declared import DECLARED, NOT_WALKED
from tests.completeness.routes import addresses


def declared() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in DECLARED:
        _walk, address, method = name.split()[:3]
        found.setdefault(address, set()).add(method)
    return found


def test_every_address_and_method_is_declared() -> None:
    said = declared()
    missing = {
        f"{address} {method}"
        for address, methods in addresses().items()
        for method in methods - said.get(address, set())
        if address not in NOT_WALKED and f"{address} {method}" not in NOT_WALKED
    }
    assert not missing, f"say in tests/completeness/declared.py what these leave in the log: {sorted(missing)}"


def test_no_declaration_outlives_its_address() -> None:
    assert not (declared().keys() | {name.split()[0] for name in NOT_WALKED}) - addresses().keys()


def test_what_is_not_walked_says_why() -> None:
    assert all(len(why) > 20 for why in NOT_WALKED.values())
