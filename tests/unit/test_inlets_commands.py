"""A command line is read as its shell took it apart and as one; a typical line of each command of ours passes."""

import shlex

import pytest
from django.core.management import get_commands

from broker.inlets.commands import found_in

PACKAGES = ("broker", "consents", "requests_app")
HELD = (
    "note my SmartHub password is Thimble!Gravel8",
    "note '-mmy SmartHub password is Thimble!Gravel8'",
    "note -mmy SmartHub password is Thimble!Gravel8",
    "note -pThimble!Gravel8 --password",
    "login rob77 Thimble!Gravel8",
    "login --quiet rob77 Thimble!Gravel8",
    "password Thimble!Gravel8",
    "note --password:Thimble!Gravel8",
    "note --password Thimble!Gravel8",
    "note --password=Thimble!Gravel8",
    "note --pin 4821",
    "note --pin=4821",
    # What looks like a path or a file's name is no part of the line as one: its option alone says what it is.
    "note --password ~/Gravel8!",
    "note --password Thimble.gravel",
    "note --password=Thimble.gravel",
    "'my SmartHub password is Thimble!Gravel8'",
    "enrol_organisation acme --about my SmartHub password is Thimble!Gravel8",
    "enrol_organisation acme --about 'my SmartHub password is' --name 'Thimble!Gravel8'",
    "verify_log --vkey my SmartHub password is Thimble!Gravel8",
    "verify_log --vkey broker.example/audit+0a1b2c3d+AQ --pin 4821",
)
VKEY = "broker.example.org/audit/main+0a1b2c3d+AQnVpw1LxOfbX3k8bW4p0vJm3rY6uQ2sT5zH7dF9gK1c"
CONSENT = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
LINES = (
    "anchor_log --once",
    f"announce_log_key {VKEY}",
    "backup /srv/backups --json",
    "business_clock obec events.jsonl dates.jsonl",
    "business_clock obec - -",
    "compare_access_log /var/log/nginx/access.log",
    "create_application acme-energy --name 'Rate check' --days 90",
    "decide asks.jsonl answers.jsonl",
    "declare_installation live",
    "doctor --mail --outside --patience 2.5",
    "doctor --keys-copied-to 'the safe of the co-op'",
    "doctor --dns-file answers.txt --json",
    "enrol_organisation acme-energy --name 'Acme Energy' --address '1 Test Road, Springfield MO 65801' "
    "--email inbox@acme.example --phone '+1 417 555 0100' --about 'Compares tariffs' --purpose rate_comparison",
    "enroll_officer --username first-officer --name 'First Officer' --role officer",
    "enroll_officer --username olga --name 'Olga Officer' --again",
    "export_pack --consent OB-2026-000001 --out pack.zip --letters --mails",
    "export_pack --from 2026-01-01 --to 2026-01-31 --redaction masked --out january.zip",
    f"export_pack --approval {CONSENT} --out pack.zip",
    f"export_pack --customer {CONSENT} --request R-2026-000012 --rehearse --out pack.zip",
    "export_tiles /srv/tiles --size 51200",
    "import_usage /srv/in/usage_2025-10.csv --utility obec --json",
    "integrate --once",
    "keep_keys --once",
    "list_reissue --template rate_comparison",
    "make_keys --rotate",
    "make_log_key --former /srv/log/signer/log.vkey",
    "make_seal_key --replace",
    "migrate requests_app 0012_answers_of_the_desk --noinput --verbosity 0",
    "migrate --database default --fake-initial",
    f"open_new_origin --approval {CONSENT} --checkpoint /srv/last-known-checkpoint",
    "openapi",
    "plant_canary obec",
    "print_grants --check",
    "read_mail answer-2026-03-01.eml --json",
    "receive_mail --host 127.0.0.1 --port 8024",
    "rehearse --once --json stages.json --postgres --port 8000",
    "restore_drill /srv/backups/broker-20260301T020000Z.backup --keys /mnt/copy/broker.keys --all",
    "restore_drill /srv/backups/broker-20260301T020000Z.backup --keys /mnt/copy/broker.keys --into /srv/broker "
    "--database-url postgresql://broker_app@localhost/broker --owner-url postgresql://broker_owner@localhost/broker "
    "--admin-url postgresql://postgres@localhost/postgres",
    "revoke_seal --yes",
    "rewrap_keys",
    "rotate_log_key start --announced 51200",
    "scan_credentials texts.jsonl verdicts.jsonl",
    "scan_credentials /data/credentials-sample.jsonl -",
    "sign_log --user broker-signer",
    "verify_loa LOA-2026-000001.pdf --code 7QK4-M2XD --offline",
    f"verify_log --json --vkey {VKEY} --origin broker.example.org/audit/main",
    "verify_log --pack case-17.zip --progress",
    f"verify_log --dump copy.sqlite3 --with-keys --vkey {VKEY}",
    "verify_log --tiles /srv/tiles --incremental",
    "worker",
)
DJANGOS = (
    "check --deploy --fail-level WARNING",
    "runserver 127.0.0.1:8000 --noreload",
    "makemessages -l es --no-location",
    "collectstatic --noinput -v0",
    "shell",
    "--help",
    "doctor --help",
    "",
)


@pytest.mark.parametrize("line", HELD)
def test_a_login_is_seen_however_a_shell_took_it_apart(line: str) -> None:
    assert found_in(["manage.py", *shlex.split(line)]) is not None


@pytest.mark.parametrize("line", [*LINES, *DJANGOS])
def test_what_is_typed_every_day_passes(line: str) -> None:
    assert found_in(["manage.py", *shlex.split(line)]) is None


def test_each_command_of_ours_has_a_line() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith(PACKAGES)}
    assert {line.split()[0] for line in LINES} == ours
