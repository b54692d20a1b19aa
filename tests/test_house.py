"""House rules that a tool can check: small, and true of every commit."""

import ast
import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("broker", "consents", "requests_app")
LONGEST_FILE = 500
# One file by its promise: it goes into every evidence pack and needs nothing beside it.
STANDS_ALONE = "broker/audit/standalone/verify.py"
# Written in pieces, so that this file does not name what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(name)
    for name in (("pypi", "org"), ("python" + "hosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
)
MACHINE_PATHS = re.compile(r"(?<![\w.*])/(?:work|farm|tmp|root|home/\w+)/[\w.-]+")
CONNECTING = {
    "aiohttp", "boto3", "django.core.mail", "ftplib", "http.client", "httpx", "imap_tools", "imaplib",
    "pyhanko.sign.timestamps.HTTPTimeStamper", "pyhanko.sign.timestamps.aiohttp_client",
    "pyhanko.sign.timestamps.requests_client", "requests", "smtplib", "socket", "socketserver", "urllib.request",
    "xmlrpc.client",
}  # fmt: skip
# The two ends of one AF_UNIX socket, the listener that a mail server speaks to, and the sandbox's proof that
# nothing can be reached from inside it.
MAY_CONNECT = (
    "broker/transport/", "broker/rehearsal/", "broker/demo/", "broker/audit/signer", "broker/audit/integrator",
    "broker/audit/management/commands/sign_log.py", "requests_app/management/commands/receive_mail.py",
    "broker/sandbox/trials.py",
)  # fmt: skip


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows, or would."""
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True)
    return tuple(path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file())


@cache
def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def sources() -> list[Path]:
    """Our own Python, without tests and migrations."""
    return [
        p for p in tracked() if p.suffix == ".py" and name_of(p).startswith(PACKAGES) and "migrations" not in p.parts
    ]


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def dotted(names: set[str]) -> set[str]:
    """Each name with all that it begins with: `a.b.c` is also `a.b` and `a`."""
    return {".".join(parts[:n]) for name in names for parts in [name.split(".")] for n in range(1, len(parts) + 1)}


def test_no_tracked_file_names_a_package_registry() -> None:
    guilty = {(name_of(path), host) for path in tracked() for host in REGISTRY_HOSTS if host in text_of(path)}
    assert not guilty


def test_no_tracked_file_holds_a_path_of_one_machine() -> None:
    guilty = {(name_of(path), hit[0]) for path in tracked() for hit in [MACHINE_PATHS.search(text_of(path))] if hit}
    assert not guilty


def test_no_file_of_code_is_too_long() -> None:
    written = {".py", ".html", ".css", ".js", ".sql"}
    code = [path for path in tracked() if path.suffix in written and "migrations" not in path.parts]
    code.remove(ROOT / STANDS_ALONE)
    assert not {name_of(path): n for path in code if (n := text_of(path).count("\n")) > LONGEST_FILE}


def test_every_dependency_says_why_it_is_there() -> None:
    line = re.compile(r'^\s*"[A-Za-z0-9_.\[\]-]+(?:[~=<>!].*?)?",?\s*(#.*)?$')
    block = re.findall(
        r"^(?:dependencies|dev|bench) = \[[^\n]*\n(.*?)^\]", text_of(ROOT / "pyproject.toml"), re.M | re.S
    )
    asked = [row for part in block for row in part.splitlines() if row.strip()]
    declared = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    assert len(asked) == len(declared["dependencies"]) + sum(map(len, declared["optional-dependencies"].values()))
    assert not [row for row in asked if not (hit := line.match(row)) or not hit[1]]
    lists = [*(ROOT / "requirements").glob("apt-*.txt"), *(ROOT / "requirements").glob("*.in")]
    assert not [row for path in lists for row in text_of(path).splitlines() if row and "#" not in row]


@pytest.mark.parametrize("name", ["run", "dev", "bench", "setup"])
def test_every_requirement_is_exact_and_hashed(name: str) -> None:
    logical = text_of(ROOT / "requirements" / f"{name}.txt").replace("\\\n", " ").splitlines()
    rows = [row for row in logical if row.strip() and not row.startswith("#")]
    assert rows
    assert not [
        row for row in rows if not re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", row)
    ]


def test_the_style_sheet_lock_names_no_address_and_checks_every_byte() -> None:
    text = text_of(ROOT / "package-lock.json")
    assert "resolved" not in text
    assert "://" not in text
    packages = json.loads(text)["packages"]
    assert not [name for name, entry in packages.items() if name and not entry["integrity"].startswith("sha512-")]


def test_every_setting_from_the_environment_is_explained() -> None:
    asked = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', text_of(ROOT / "broker" / "settings.py")))
    asked |= set(re.findall(r'environ\.get\("(WEB_\w+)"', text_of(ROOT / "broker" / "demo" / "gunicorn_conf.py")))
    explained, above = set(), ""
    for row in text_of(ROOT / ".env.example").splitlines():
        if hit := re.match(r"([A-Z_]+)=", row):
            # A comment explains its setting and the ones that follow it at once.
            assert above, f"{hit[1]} has no explanation"
            explained.add(hit[1])
        else:
            above = row if row.startswith("#") else ""
    assert asked == explained


def test_only_transport_opens_connections() -> None:
    guarded = [path for path in sources() if not name_of(path).startswith(MAY_CONNECT)]
    assert not {name_of(path): found for path in guarded if (found := dotted(imports_of(path)) & CONNECTING)}


def test_nobody_outside_the_log_imports_more_of_its_models_than_the_base_class() -> None:
    allowed = {"broker.audit.models", "broker.audit.models.Audited"}
    outside = [path for path in sources() if not name_of(path).startswith(("broker/audit/", "broker/db/"))]
    found = {name_of(p): {n for n in imports_of(p) if n.startswith("broker.audit.models")} - allowed for p in outside}
    assert not {name: names for name, names in found.items() if names}


def test_audit_and_approvals_point_at_nobody_above_them() -> None:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith(PACKAGES)}
    lower = ("audit", "approvals", "vault", "jobs", "db", "notices")
    upward = {
        (model._meta.label, field.name)
        for label in lower
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if field.related_model is not None
        and not field.auto_created
        and field.related_model._meta.app_label in ours - set(lower)
    }
    assert not upward


def test_the_list_of_audited_models_is_the_one_in_the_code() -> None:
    from broker.audit.models import Audited

    real = {model._meta.label for model in apps.get_models() if issubclass(model, Audited)}
    listed = set(re.findall(r"^\| `(\w+\.\w+)` \|", text_of(ROOT / "docs" / "audited.md"), re.M))
    assert listed == real


def test_every_reason_has_words_an_answer_and_something_to_do_instead() -> None:
    from broker import problems, reasons

    assert set(problems.STATUS) == set(reasons.REASONS)
    wordless = [
        code
        for code, reason in reasons.REASONS.items()
        if reason.code != code or not (reason.title and reason.text and reason.instead)
    ]
    assert not wordless


def test_every_reason_code_in_the_code_is_known() -> None:
    from broker import reasons

    families = {code.partition(".")[0] for code in reasons.REASONS}
    shape = re.compile(rf"\b(?:Refusal|refuse|reason)\(\s*[\"']((?:{'|'.join(families)})\.[a-z_.]+)[\"']")
    used = {code for path in sources() for code in shape.findall(text_of(path))}
    assert not used - set(reasons.REASONS)


@pytest.mark.parametrize("name", ["run", ".ci/run"])
def test_the_doors_are_programs_that_a_plain_shell_reads(name: str) -> None:
    path = ROOT / name
    assert path.stat().st_mode & 0o111 == 0o111
    assert text_of(path).startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_ci_calls_exactly_what_a_person_calls() -> None:
    commands = [row for row in text_of(ROOT / ".ci" / "run").splitlines() if row.startswith("exec ")]
    assert commands == ["exec ./run test </dev/null"]


def test_no_test_is_skipped_without_a_reason() -> None:
    bare = re.compile(
        r"pytest\.(?:skip|xfail)\(\s*\)|mark\.(?:skip|xfail)(?:\(\s*\))?\s*$|mark\.xfail\((?!.*reason=)", re.M
    )
    tests = [path for path in tracked() if path.suffix == ".py" and name_of(path).startswith("tests/")]
    assert not [name_of(path) for path in tests if path != Path(__file__) and bare.search(text_of(path))]


def _takes_the_machines_day(node: ast.AST) -> bool:
    """Whether a call gives a day of UTC or of the machine: the co-op's is another for a quarter of each day."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    of = node.func.value
    if node.func.attr in {"today", "utctoday"}:
        return ast.unparse(of).rpartition(".")[2] in {"date", "datetime"}
    if node.func.attr == "localdate":
        return not any(word.arg == "timezone" for word in node.keywords)
    if node.func.attr != "date" or not isinstance(of, ast.Call):
        return False
    called, zones = ast.unparse(of.func), [ast.unparse(each) for each in (*of.args, *(w.value for w in of.keywords))]
    return called.endswith((".now", ".utcnow")) and all(zone.rpartition(".")[2] in {"UTC", "utc"} for zone in zones)


def test_todays_date_is_the_co_ops_and_not_the_machines() -> None:
    # One file is named by the machine's day on purpose: the web server's access log, which is read by days of UTC.
    allowed = {"tests/integration/test_access_log.py"}
    code = [path for path in tracked() if path.suffix == ".py" and name_of(path) not in allowed]
    found = {
        f"{name_of(path)}:{node.lineno}"
        for path in code
        for node in ast.walk(ast.parse(text_of(path)))
        if _takes_the_machines_day(node)
    }
    assert not found


@pytest.mark.parametrize(
    ("line", "guilty"),
    [
        ("date.today()", True),
        ("datetime.date.today()", True),
        ("timezone.localdate()", True),
        ("timezone.localdate(now)", True),
        ("timezone.now().date()", True),
        ("datetime.now(UTC).date()", True),
        ("datetime.now().date()", True),
        ("clock.today()", False),
        ("calendar.today(now)", False),
        ("timezone.localdate(timezone=zone)", False),
        ("datetime.now(CENTRAL).date()", False),
        ("datetime.now(ZoneInfo(settings.DISPLAY_ZONE)).date()", False),
        ("timezone.now().astimezone(zone).date()", False),
    ],
)
def test_the_machines_day_is_recognised(line: str, guilty: bool) -> None:
    assert any(_takes_the_machines_day(node) for node in ast.walk(ast.parse(line))) is guilty


def test_nothing_imports_the_demo_but_itself() -> None:
    outside = [path for path in sources() if not name_of(path).startswith("broker/demo/")]
    assert not [name_of(path) for path in outside if "broker.demo" in dotted(imports_of(path))]


def test_every_public_function_of_a_rule_or_action_states_its_promise() -> None:
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in sources()
        if path.name != "apps.py"
        for node in ast.parse(text_of(path)).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_no_test_changes_a_setting_from_inside() -> None:
    """What a test assigns is put back after it; what it changes inside a list or dictionary of the settings is not."""
    inside = re.compile(
        r"\bsettings\.[A-Z_]+(?:\[.*\])*(?:\[.*\] = |\.(?:append|clear|extend|pop|setdefault|update)\()"
    )
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert not [f"{name_of(path)}: {row}" for path in tests for row in text_of(path).splitlines() if inside.search(row)]
