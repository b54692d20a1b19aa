"""The list of what bandit may find is no longer than what it finds, and something new is not passed over."""

from pathlib import Path

from tests.security import bandit_findings


def test_nothing_is_open_and_each_line_of_the_list_is_about_as_many_places_as_were_looked_at() -> None:
    found = bandit_findings.look()
    assert bandit_findings.open_of(found) == []
    assert bandit_findings.miscounted(found) == []
    assert set(bandit_findings.PLACES) <= set(bandit_findings.REVIEWED)
    # One more beside those that were looked at is noticed, and so is one that is gone.
    test, file, at = more = next(each for each in found if each[1] == "broker/audit/keeper.py")
    assert bandit_findings.open_of([*found, (test, file, at + 1)]) == []
    assert bandit_findings.miscounted([*found, (test, file, at + 1)]) == [(test, file, 2)]
    assert bandit_findings.miscounted([each for each in found if each != more]) == [(test, file, 0)]


def test_each_line_of_the_list_has_its_reason() -> None:
    assert all(len(why.split()) >= 4 for why in bandit_findings.REVIEWED.values())
    assert all((bandit_findings.ROOT / file).parent.is_dir() for _test, file in bandit_findings.REVIEWED)


def test_what_is_dangerous_is_found(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "new.py").write_text(
        "import subprocess\n\n\ndef run(x):\n    subprocess.run(x, shell=True)\n"
    )
    found = bandit_findings.look(tmp_path, ["broker"])
    assert ("B602", "broker/new.py", 5) in bandit_findings.open_of(found)
    assert bandit_findings.miscounted(found)
