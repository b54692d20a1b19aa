"""What a rehearsal writes down: its environment and its record."""

import io
import json
import stat
from pathlib import Path

import pytest

from broker.demo import environment
from broker.demo.report import Report, StepFailed


def test_the_environment_survives_writing_and_reading(tmp_path: Path) -> None:
    values = environment.variables(environment.choose_ports(), {}, tmp_path)
    environment.write(values, tmp_path / "env")
    assert environment.read(tmp_path / "env") == values
    assert stat.S_IMODE((tmp_path / "env").stat().st_mode) == 0o600


def test_secrets_are_kept_from_run_to_run_and_the_token_is_not(tmp_path: Path) -> None:
    first = environment.variables(environment.choose_ports(), {}, tmp_path)
    second = environment.variables(environment.choose_ports(), first, tmp_path)
    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    assert second["RUN_TOKEN"] != first["RUN_TOKEN"]


def test_every_port_is_another_one() -> None:
    ports = environment.choose_ports()
    assert len(set(vars(ports).values())) == len(vars(ports))


def test_egress_names_loopback_alone(tmp_path: Path) -> None:
    values = environment.variables(environment.choose_ports(), {}, tmp_path)
    assert all(place.startswith("127.0.0.1:") for place in values["ALLOWED_EGRESS"].split(","))


def test_a_receiver_that_somebody_tries_is_kept_and_the_one_of_an_earlier_run_is_not(tmp_path: Path) -> None:
    first = environment.variables(environment.choose_ports(), {}, tmp_path)
    tried = {**first, "WEBHOOK_EGRESS": f"{first['WEBHOOK_EGRESS']},127.0.0.1:9999"}
    second = environment.variables(environment.choose_ports(), tried, tmp_path)
    assert second["WEBHOOK_EGRESS"] == f"127.0.0.1:{second['APPLICATION_PORT']},127.0.0.1:9999"


def test_a_line_break_is_never_written_into_the_environment(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="line break"):
        environment.write({"NAME": "a\nSECRET_KEY=b"}, tmp_path / "env")


def test_a_record_holds_ids_paths_log_steps_and_urls(tmp_path: Path) -> None:
    report = Report(out=io.StringIO(), ids={"consent": "c"}, log={"ok": True, "size": 3, "root": "r"})
    with report.step("grant"):
        pass
    report.write(tmp_path / "f.json")
    document = json.loads((tmp_path / "f.json").read_text())
    assert set(document) == {"ids", "paths", "log", "steps", "urls"}
    assert document["steps"][0] | {"ms": 0} == {"name": "grant", "ok": True, "ms": 0}
    assert report.held


def test_a_step_that_fails_is_recorded_and_ends_the_play() -> None:
    report = Report(out=io.StringIO(), log={"ok": True, "size": 1, "root": "r"})
    with pytest.raises(StepFailed, match="grant: ValueError"), report.step("grant"):
        raise ValueError("no page")
    assert report.steps[0]["ok"] is False
    assert not report.held


def test_a_rehearsal_without_a_step_or_with_a_log_that_does_not_verify_did_not_hold() -> None:
    assert not Report(out=io.StringIO(), log={"ok": True, "size": 1, "root": "r"}).held
    report = Report(out=io.StringIO())
    with report.step("grant"):
        pass
    assert not report.held
