"""What can hurt stands in listed places alone, each with a reason: a new place fails until somebody looked at it."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.environment import ROOT
from tests.security import production

# What is played in a rehearsal is not the product: no live installation runs it.
PLAYED = ("broker/rehearsal/", "broker/demo/", "requests_app/test_orders/")
INVENTORY = (ROOT / "docs" / "keys.md").read_text()

PROGRAMS = {
    "broker/audit/copies.py": "pg_restore reads a dump that an officer named, as one argument of a list",
    "broker/operating/drilling.py": "our own web server over a restored copy",
    "broker/operating/place.py": "our own manage.py over a restored copy",
    "broker/operating/postgresql_tools.py": "pg_dump and pg_restore, arguments of our own",
    "broker/sandbox/parent.py": "our own interpreter with fixed arguments",
}
MARKUP = {
    "broker/console/holds/certificate.py": "a style sheet of ours, no values in it",
    "broker/notices/compose.py": "mails: each line is escaped in the same function",
    "consents/loa/render.py": "a style sheet of ours, no values in it",
    "consents/paper/printing.py": "a style sheet of ours, no values in it",
    "consents/stopping/receipt.py": "a style sheet of ours, no values in it",
    "consents/year_report.py": "a style sheet of ours, no values in it",
    "templates/console/incidents/authority.txt": "a letter that is shown as plain text, and escaped there",
    "templates/console/packs/README.txt": "a text file of a pack, never a page",
    "templates/developers/guide.html": "our own guides out of docs/, rendered without raw HTML",
    "templates/emails/base.txt": "the text of a mail, never a page",
    "templates/emails/coop_base.txt": "the text of a mail, never a page",
    "templates/emails/es/base.txt": "the text of a mail, never a page",
}
SQL = {
    "broker/audit/bulk.py": "one of two constants, by engine",
    "broker/audit/copies.py": "a copy in memory: names of our own tables and columns",
    "broker/audit/keeper.py": "constants put together by scope; values are parameters",
    "broker/audit/keys.py": "constants of the module",
    "broker/audit/lanes.py": "names of our own columns",
    "broker/audit/reading.py": "constants of the callers, with the other engine's marks",
    "broker/audit/store.py": "constants of the callers",
    "broker/db/catalogue.py": "questions to the catalogue, constants of the callers",
    "broker/db/evidence_postgresql.py": "triggers and grants, printed from our own lists",
    "broker/db/evidence_sqlite.py": "triggers, printed from our own lists",
    "broker/db/holds.py": "one of two functions, by name",
    "broker/db/serving.py": "a wrapper hands on what Django gives it",
    "broker/db/sqlite3/base.py": "the backend hands on what Django gives it",
    "broker/operating/place.py": "names by psycopg's own composer, constants",
    "broker/db/sqlite3/schema.py": "triggers that are put back as they were",
    "broker/db/statements.py": "constants of the callers, with the engine's marks",
    "requests_app/clocks/calendars.py": "one of two functions, by name",
}
PATTERNS = {
    "broker/credentials/caseless.py": "a pattern of ours, in lower case",
    "broker/credentials/pairs.py": "two constants",
    "broker/credentials/tables.py": "a delimiter that was read, escaped",
    "broker/importers/bill_identity.py": "the digits of an account number, which are digits",
    "broker/parties/signin/sessions.py": "names of browsers, constants of the module",
    "broker/transport/http.py": "calls from our own table",
    "requests_app/fees/own_words.py": "the digits of an amount",
    "requests_app/matching.py": "a number, escaped",
    "requests_app/splitting.py": "a number, escaped",
}
FORMATS = {
    "broker/audit/authentic.py": "", "broker/audit/auditing.py": "", "broker/audit/insertion.py": "",
    "broker/audit/schema.py": "our own SQL with our own names",
    "broker/channels/nectar/paths.py": "addresses of our own table; each id is checked before",
    "broker/limits/counting.py": "",
    "broker/operating/place.py": "psycopg's composer, which quotes",
    "consents/checking/alerts.py": "sentences of the module, with counts and numbers of letters",
}  # fmt: skip
XML = {
    "broker/importers/feed.py": "expat: refuses declarations, bounded in depth and size; in the sandbox",
    "consents/loa/pdf.py": "reads what WeasyPrint has just written",
    "requests_app/exports/espi.py": "writes",
}
NOT_SECRET = {  # `random`: what anybody may guess
    "broker/audit/anchoring.py": "when an anchor is tried again",
    "requests_app/hooks/sending.py": "when a webhook is tried again",
}
SHORT_NAMES = {"broker/operating/place.py": "the name of a drill's database: it must not meet another one"}
PLAIN_COMPARISONS = {
    "broker/audit/lanes.py": "a process compares its own numbers; nobody outside asks",
    "broker/operating/drilling.py": "hashes, compared by whoever holds both key files",
    "broker/parties/login/forms.py": "two fields of one form",
}


def sources(*, played: bool = False) -> list[str]:
    """Our own Python, without migrations; without what a rehearsal plays."""
    found = [
        path.relative_to(ROOT).as_posix()
        for name in ("broker", "consents", "requests_app")
        for path in sorted((ROOT / name).rglob("*.py"))
        if "migrations" not in path.parts
    ]
    return [name for name in found if played or not name.startswith(PLAYED)]


def texts_of_pages() -> list[Path]:
    return [
        path
        for name in ("templates", "broker", "consents", "requests_app")
        for path in sorted((ROOT / name).rglob("*"))
        if path.suffix in {".html", ".txt"} and "templates" in path.parts
    ]


def scripts() -> list[Path]:
    return sorted((ROOT / "broker" / "static").rglob("*.js"))


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text())


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def where(look: Callable[[str], bool], *, played: bool = False) -> set[str]:
    return {name for name in sources(played=played) if look(name)}


def imported(name: str) -> set[str]:
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def inside_functions(name: str) -> Iterator[ast.Call]:
    for each in ast.walk(tree(name)):
        if isinstance(each, ast.FunctionDef):
            yield from (node for node in ast.walk(each) if isinstance(node, ast.Call))


def test_nothing_is_evaluated_or_unpickled() -> None:
    words = {"eval", "exec", "compile", "__import__"}
    modules = {"pickle", "marshal", "shelve", "dill"}
    assert where(lambda name: any(func in words for func, _call in calls(name)), played=True) == set()
    assert where(lambda name: bool(imported(name) & modules), played=True) == set()
    loads = {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}
    assert where(lambda name: any(func in loads for func, _call in calls(name)), played=True) == set()


def test_programs_are_started_only_where_somebody_looked() -> None:
    starting = {"subprocess", "pty", "commands"}
    assert where(lambda name: bool(imported(name) & starting)) == set(PROGRAMS)
    shell = {"os.system", "os.popen"}
    assert where(lambda name: any(func in shell for func, _call in calls(name)), played=True) == set()
    for name in sources(played=True):
        assert not [
            ast.unparse(call)
            for _func, call in calls(name)
            if any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in call.keywords)
        ]


def test_sql_is_put_together_only_where_somebody_looked() -> None:
    def puts_together(name: str) -> bool:
        return any(
            func.rpartition(".")[2] in {"execute", "executemany", "RawSQL", "raw", "extra"}
            and not func.startswith("decide.")
            and bool(call.args)
            and not isinstance(call.args[0], ast.Constant)
            for func, call in calls(name)
        )

    assert where(puts_together) == set(SQL)


def test_markup_is_called_safe_only_where_somebody_looked() -> None:
    code = where(lambda name: any(func in {"mark_safe", "SafeString", "format_html"} for func, _call in calls(name)))
    off = re.compile(r"\|safe\b|\|safeseq\b|autoescape off")
    pages = {path.relative_to(ROOT).as_posix() for path in texts_of_pages() if off.search(path.read_text())}
    assert code | pages == set(MARKUP)


def test_no_value_of_a_template_stands_in_a_script() -> None:
    inline = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)
    found = {
        path.relative_to(ROOT).as_posix()
        for path in texts_of_pages()
        for match in inline.finditer(path.read_text())
        if match["body"].strip() or "src=" not in match["attributes"]
    }
    handlers = re.compile(r"<[^>]*\son\w+=|javascript:", re.IGNORECASE)
    assert found | {str(path) for path in texts_of_pages() if handlers.search(path.read_text())} == set()


def test_no_pattern_is_made_of_what_somebody_typed() -> None:
    words = {
        f"re.{word}" for word in ("compile", "search", "match", "sub", "fullmatch", "findall", "split", "finditer")
    }

    def makes_one(name: str) -> bool:
        return any(
            ast.unparse(call.func) in words and bool(call.args) and not isinstance(call.args[0], ast.Constant)
            for call in inside_functions(name)
        )

    assert where(makes_one) == set(PATTERNS) | ({"broker/audit/standalone/verify.py"} & where(makes_one))


def test_no_format_string_is_what_somebody_typed() -> None:
    constant = re.compile(
        r"_?[A-Z][A-Z_]*|form|of|counts|table\.refused"
    )  # names of constants, and those of the triggers

    def formats(name: str) -> bool:
        return not name.startswith("broker/db/evidence_") and any(
            isinstance(call.func, ast.Attribute)
            and call.func.attr in {"format", "format_map"}
            and not isinstance(call.func.value, ast.Constant)
            and not constant.fullmatch(ast.unparse(call.func.value))
            for _func, call in calls(name)
        )

    assert where(formats) <= set(FORMATS)


def test_no_template_is_made_of_text() -> None:
    words = {"Template", "from_string", "render_template_string"}
    assert where(lambda name: any(func.rpartition(".")[2] in words for func, _call in calls(name))) == set()


def test_xml_is_read_in_listed_places_alone() -> None:
    def reads(name: str) -> bool:
        return any(each.startswith(("xml.", "lxml")) for each in imported(name))

    assert where(reads) == set(XML)


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.name)
def test_scripts_write_text_and_no_markup(script: Path) -> None:
    text = script.read_text()
    words = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|__proto__|srcdoc"
    assert re.findall(words, text) == []


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.name)
def test_scripts_stand_in_functions_of_their_own(script: Path) -> None:
    lines = [line for line in script.read_text().splitlines() if line and not line.startswith(("//", " "))]
    assert lines[0] == '"use strict";'
    assert re.fullmatch(r"\((?:async )?\(\) => \{", lines[1])
    assert [line for line in lines[2:] if not line.startswith("})")] == []


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.name)
def test_scripts_keep_nothing_in_the_browser(script: Path) -> None:
    words = r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.|serviceWorker|postMessage"
    assert re.findall(words, script.read_text()) == []


# --- cryptography -------------------------------------------------------------------------------------------------


def uses_cryptography(name: str) -> bool:
    roots = {each.partition(".")[0] for each in imported(name)}
    return bool(roots & {"cryptography", "hashlib", "hmac", "secrets", "pyhanko", "argon2", "ssl", "nacl", "Crypto"})


def test_every_use_of_cryptography_stands_in_the_inventory() -> None:
    """docs/keys.md says of each package what it uses; a package that is new to it fails."""
    named = set(re.findall(r"^\| `([\w/.]+)` \|", INVENTORY, re.MULTILINE))
    assert {package_of(name) for name in where(uses_cryptography)} - named == set()


def package_of(name: str) -> str:
    """`broker/audit/log.py` → `broker/audit`; a file on an app's top level stands for itself."""
    parts = name.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else name


def test_no_weak_algorithm_is_named() -> None:
    weak = re.compile(
        r"\b(?:MD5|md5|SHA1|sha1|sha_1|DES|TripleDES|RC4|ARC4|ECB|CBC|PKCS1v15|Blowfish|SSLv\d|TLSv1(?:_1)?)\b"
    )
    found = {}
    for name in sources():
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(tree(name))
            if isinstance(node, ast.Attribute | ast.Name)
        }
        if bad := {each for each in names if weak.fullmatch(each)}:
            found[name] = bad
    assert found == {}


def test_what_must_not_be_guessed_comes_from_secrets() -> None:
    assert where(lambda name: "random" in imported(name)) == set(NOT_SECRET)
    # An id is drawn so that two never meet, not so that nobody guesses it.
    assert where(lambda name: any(func in {"uuid.uuid1", "uuid1"} for func, _call in calls(name))) == set()
    for name in sources():
        for func, call in calls(name):
            if (
                func in {"secrets.token_urlsafe", "secrets.token_bytes", "secrets.token_hex"}
                and call.args
                and name not in SHORT_NAMES
            ):
                size = call.args[0]
                assert not isinstance(size, ast.Constant) or int(str(size.value)) >= 8, (name, ast.unparse(call))


def test_secrets_are_compared_in_constant_time() -> None:
    secret = re.compile(r"\b(?:\w+_)?(?:mac|secret|password|key_hash|token_hash)\b", re.IGNORECASE)

    def compares(name: str) -> bool:
        return any(
            isinstance(node, ast.Compare)
            and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
            and not any(isinstance(side, ast.Constant) for side in node.comparators)
            and bool(secret.search(" ".join(ast.unparse(side) for side in (node.left, *node.comparators))))
            for node in ast.walk(tree(name))
        )

    assert where(compares) <= set(PLAIN_COMPARISONS)


def test_passwords_and_codes_are_kept_under_argon2() -> None:
    assert production.values()["PASSWORD_HASHERS"][0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    # Each short code is hashed by that hasher and no other way.
    short = where(lambda name: any(func == "secrets.randbelow" for func, _call in calls(name)))
    codes = {name for name in short if "code_hash" in (ROOT / name).read_text()}
    assert codes
    assert not [name for name in codes if "make_password" not in {func for func, _call in calls(name)}]
