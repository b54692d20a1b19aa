"""The guide, the units and the code name the same things; `./run faults install` types the guide into a bare Debian."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from broker.db import grants
from tests.install.guide import GUIDE, ROOT, Block, blocks

UNITS = ROOT / "deploy" / "systemd"
_MANAGE = re.compile(r"manage\.py (\w+)")
# A command that ends when it is told to says so; these are played, and no installation runs them.
REHEARSED = {"rehearse"}


def units() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(UNITS.iterdir())}


def commands() -> dict[str, str]:
    """Our own commands, and what each says of itself."""
    return {
        name: load_command_class(app, name).help
        for name, app in get_commands().items()
        if isinstance(app, str) and app.startswith(("broker", "consents", "requests_app"))
    }


def starts(text: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecStart=")]


def test_every_command_of_a_unit_is_there() -> None:
    named = {name for text in units().values() for start in starts(text) for name in _MANAGE.findall(start)}
    assert {"worker", "sign_log", "integrate", "backup"} <= named
    assert named <= set(commands())


def test_every_command_that_serves_has_a_unit() -> None:
    serving = {name for name, says in commands().items() if "TERM" in says} - REHEARSED
    assert {"worker", "sign_log", "integrate", "receive_mail", "anchor_log", "keep_keys"} <= serving
    running = {
        name
        for text in units().values()
        if "Restart=always" in text
        for start in starts(text)
        for name in _MANAGE.findall(start)
    }
    assert running == serving


def test_the_web_server_runs_as_it_does_in_the_tests() -> None:
    (start,) = starts(units()["broker-web.service"])
    assert start.endswith("gunicorn --config python:broker.demo.gunicorn_conf broker.wsgi:application")


def test_each_unit_has_a_user_who_is_not_root_and_no_login_but_its_own() -> None:
    logins = {
        "broker-integrator": {"integrator"}, "broker-anchor": {"integrator"}, "broker-keeper": {"keeper"},
        "broker-signer": {"signer"}, "broker-backup": {"owner"}, "broker-drill": {"owner", "drill"},
    }  # fmt: skip
    services = {name.removesuffix(".service"): text for name, text in units().items() if name.endswith(".service")}
    assert len(services) == 10
    for name, text in services.items():
        assert re.findall(r"^User=(.*)$", text, re.MULTILINE) == [
            "broker-signer" if name == "broker-signer" else "broker"
        ]
        files = set(re.findall(r"^EnvironmentFile=/etc/broker/(\w+)\.env$", text, re.MULTILINE))
        assert files == logins.get(name, set())
    # What is read after the units may not change who they are.
    assert not re.findall(r"^(?:User|Group|ReadWritePaths|EnvironmentFile)=", units()["hardening.conf"], re.MULTILINE)


def test_the_target_wants_every_unit_that_serves_and_every_timer() -> None:
    wanted = set(" ".join(re.findall(r"^Wants=(.*)$", units()["broker.target"], re.MULTILINE)).split())
    serve = {name for name, text in units().items() if "Restart=always" in text or name.endswith(".timer")}
    assert wanted == serve


def test_systemd_reads_every_unit(tmp_path: Path) -> None:
    place = tmp_path / "etc" / "systemd" / "system"
    place.mkdir(parents=True)
    for name, text in units().items():
        # The programs of the installation are not on this machine; everything else is read as it is.
        folder = place / "broker-.service.d" if name == "hardening.conf" else place
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(re.sub(r"/opt/broker/\.venv/bin/\w+", "/bin/true", text), encoding="utf-8")
    names = [str(place / name) for name in units() if name != "hardening.conf"]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *names],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{place}:"},
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "broker" in line and "postgresql.service" not in line]
    assert (done.returncode, said) == (0, [])


def test_the_proxys_workers_reach_their_log_again_after_it_was_rotated() -> None:
    typed = "".join(block.text for block in blocks())
    modes = re.findall(r"^install -d (.*) /var/log/nginx/broker$", typed, re.MULTILINE)
    assert set(modes) == {"-o root -g adm -m 0755"}
    rotation = (ROOT / "deploy" / "nginx" / "logrotate").read_text(encoding="utf-8")
    assert "create 0640 www-data adm" in rotation


def test_an_upgrade_brings_every_file_that_the_installation_put_in_place() -> None:
    placed: dict[bool, set[str]] = {True: set(), False: set()}
    for block in blocks():
        placed[block.heading == "Upgrade"] |= set(re.findall(r"deploy/[\w./*-]+", block.text))
    assert {"deploy/nginx/broker.conf", "deploy/nginx/logrotate", "deploy/journald.conf"} <= placed[False]
    assert placed[True] == placed[False]


@pytest.mark.parametrize("block", blocks(), ids=lambda each: each.heading)
def test_each_block_is_a_program_for_a_plain_shell(block: Block) -> None:
    assert subprocess.run(["sh", "-n"], input=block.text, text=True, check=False).returncode == 0


def test_every_command_that_the_guide_types_is_there() -> None:
    typed = {
        shlex.split(line)[1] for block in blocks() for line in block.text.splitlines() if line.startswith("broker ")
    }
    assert {"make_keys", "migrate", "enroll_officer", "print_grants"} <= typed
    assert typed <= set(commands()) | {"migrate", "check"}
    assert set(re.findall(r"`broker (\w+)", GUIDE.read_text(encoding="utf-8"))) <= set(commands())


def test_every_role_gets_a_login_of_its_own() -> None:
    logins = re.findall(r"^login (\w+) ", "".join(block.text for block in blocks()), re.MULTILINE)
    assert sorted(logins) == sorted({*grants.ROLES, "broker_owner", "broker_drill"})


def test_the_settings_of_the_guide_are_known() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    (block,) = [each.text for each in blocks() if each.heading.startswith("7.")]
    typed = set(re.findall(r"^([A-Z_]+)=", block, re.MULTILINE))
    assert "SECRET_KEY" in typed
    assert typed <= known
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", GUIDE.read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize(
    ("command", "user", "files"),
    [
        ("doctor", "broker", []),
        ("migrate", "broker", ["owner"]),
        ("restore_drill", "broker", ["owner", "drill"]),
        ("rewrap_keys", "broker", ["keeper"]),
        ("rotate_log_key", "broker-signer", ["signer"]),
    ],
)
def test_the_console_command_takes_the_user_and_the_logins_of_each_command(
    tmp_path: Path, command: str, user: str, files: list[str]
) -> None:
    for name in ("owner", "drill", "keeper", "integrator", "signer"):
        (tmp_path / f"{name}.env").write_text(f"LOGIN_{name}=yes\n")
    (tmp_path / "runuser").write_text('#!/bin/sh\necho "$*"; env\n')
    (tmp_path / "id").write_text("#!/bin/sh\necho 0\n")
    for name in ("runuser", "id"):
        (tmp_path / name).chmod(0o700)
    text = (ROOT / "deploy" / "manage").read_text(encoding="utf-8")
    text = text.replace("/etc/broker", str(tmp_path)).replace("cd /opt/broker", f"cd {tmp_path}")
    done = subprocess.run(
        ["sh", "-c", text, "broker", command, "--one", "two three"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = done.stdout.splitlines()
    assert said[0].startswith(f"-u {user} -- ")
    assert said[0].endswith(f"manage.py {command} --one two three")
    assert sorted(line[6:-4] for line in said if line.startswith("LOGIN_")) == sorted(files)
