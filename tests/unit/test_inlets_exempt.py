"""The lists of what the gate does not read, each entry with its reason: whoever adds one says so here as well.

And whoever opens a connection: every module that has a sender in its hands, under whatever name it took it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.channels.nectar import secrets
from broker.inlets import exempt

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("broker", "consents", "requests_app")
_SIGNED = "a machine's body, proven by its signature; only ids of it are looked at"
UNREAD_BODIES = {"nectar-hook": _SIGNED}
_LINK = "a single-purpose token of ours in its path"
TOKEN_PATHS = {
    "share-open": _LINK,
    "my-open": _LINK,
    "stop": _LINK,
    "enrol": _LINK,
    "api-link": _LINK,
    "outside": _LINK,
}
_WATCHES = "a program that watches sends the installation's token, which is compared and kept nowhere"
TOKEN_IN_HEADER = {"metrics": _WATCHES, "ready": _WATCHES}
_FORMAT, _CACHE, _WIRE = "what an answer may look like", "which answer is held already", "how the connection is held"
_BROWSER, _PROXY = "what a browser says of itself and of the page", "what a proxy says of the connection"
HEADERS = {
    "accept": _FORMAT,
    "accept-charset": _FORMAT,
    "accept-encoding": _FORMAT,
    "accept-language": _FORMAT,
    "content-length": _FORMAT,
    "content-type": _FORMAT,
    "range": _FORMAT,
    "cache-control": _CACHE,
    "date": _CACHE,
    "if-match": _CACHE,
    "if-modified-since": _CACHE,
    "if-none-match": _CACHE,
    "if-range": _CACHE,
    "if-unmodified-since": _CACHE,
    "pragma": _CACHE,
    "connection": _WIRE,
    "expect": _WIRE,
    "host": _WIRE,
    "keep-alive": _WIRE,
    "max-forwards": _WIRE,
    "te": _WIRE,
    "trailer": _WIRE,
    "transfer-encoding": _WIRE,
    "upgrade": _WIRE,
    "dnt": _BROWSER,
    "origin": _BROWSER,
    "priority": _BROWSER,
    "sec-ch-ua": _BROWSER,
    "sec-ch-ua-mobile": _BROWSER,
    "sec-ch-ua-platform": _BROWSER,
    "sec-fetch-dest": _BROWSER,
    "sec-fetch-mode": _BROWSER,
    "sec-fetch-site": _BROWSER,
    "sec-fetch-user": _BROWSER,
    "sec-gpc": _BROWSER,
    "upgrade-insecure-requests": _BROWSER,
    "x-csrftoken": "our own token, made by us",
    "forwarded": _PROXY,
    "via": _PROXY,
    "x-cloud-trace-context": _PROXY,
    "x-forwarded-for": _PROXY,
    "x-forwarded-host": _PROXY,
    "x-forwarded-port": _PROXY,
    "x-forwarded-proto": _PROXY,
    "x-real-ip": _PROXY,
}
_BY_CHANCE, _HOOK = (
    "a number of chance or the page before: its value is read",
    "what signs a message: its value is read",
)
NAMED = {
    "idempotency-key": _BY_CHANCE,
    "referer": _BY_CHANCE,
    "traceparent": _BY_CHANCE,
    "user-agent": "a program's name: its value is read",
    "x-correlation-id": _BY_CHANCE,
    "x-request-id": _BY_CHANCE,
    "svix-id": _HOOK,
    "svix-signature": _HOOK,
    "svix-timestamp": _HOOK,
    "webhook-id": _HOOK,
    "webhook-signature": _HOOK,
    "webhook-timestamp": _HOOK,
}
_NAMES = "only the name itself is not read, its value and both together are"
STANDARD = dict.fromkeys(
    ("access-control-", "cdn-", "cf-", "fastly-", "sec-", "x-amz", "x-b3-", "x-datadog-", "x-forwarded-"), _NAMES
)
_VISITS = "a tracker's number of a visit, whose name sounds like a session's"
COOKIES = dict.fromkeys(
    ("__stripe_sid", "_uetsid", "_hjSession", "_pk_ses", "ai_session", "incap_ses_", "visid_incap_"), _VISITS
)
_OURS = "our own, before an installation had HTTPS; what nobody typed in it alone"
OLDER_COOKIES = dict.fromkeys(("sessionid", "csrftoken", "django_language", "browser", "messages"), _OURS)
_FILE = "Nectar's own link to a file: what signs it is cut off, the rest is read"
LINKS = dict.fromkeys(("url", "auditTrailUrl", "downloadUrl", "uploadUrl"), _FILE)
LISTS = {
    "UNREAD_BODIES": (exempt.UNREAD_BODIES, UNREAD_BODIES),
    "TOKEN_PATHS": (exempt.TOKEN_PATHS, TOKEN_PATHS),
    "TOKEN_IN_HEADER": (exempt.TOKEN_IN_HEADER, TOKEN_IN_HEADER),
    "HEADERS": (exempt.HEADERS, HEADERS),
    "NAMED": (exempt.NAMED, NAMED),
    "STANDARD": (exempt.STANDARD, STANDARD),
    "COOKIES": (exempt.COOKIES, COOKIES),
    "OLDER_COOKIES": (exempt.OLDER_COOKIES, OLDER_COOKIES),
    "EVERYWHERE": (exempt.EVERYWHERE, {"csrfmiddlewaretoken": "Django's own, in every form"}),
    "LINKS": (secrets.LINKS, LINKS),
}


@pytest.mark.parametrize("name", LISTS)
def test_each_entry_of_a_list_of_what_is_not_read_has_its_reason(name: str) -> None:
    listed, declared = LISTS[name]
    assert sorted(listed) == sorted(declared)


# What others have to reach out with; of our own transport every module counts but the `PLAIN` ones.
FOREIGN = frozenset(
    {"aiohttp", "asyncore", "ftplib", "http.client", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket",
     "telnetlib", "urllib.request", "urllib3", "websockets", "django.core.mail"}
)  # fmt: skip
# Tests on a developer's machine and the demonstration there: nothing of it runs in an installation.
NOT_INSTALLED = ("broker/rehearsal/", "broker/demo/")
_SEEN = "its texts pass the gate before: tests of every inlet"
_NUMBERS, _CERTIFICATES = "a checkpoint of the log: numbers and hashes", "hashes out, certificates and times in"
_NAME_ALONE = "only what an address may be, or an error's name; it sends nothing"
HANDS = {
    "broker/audit/anchoring.py": ({"smtp", "timestamp"}, _NUMBERS),
    "broker/audit/signer.py": ({"socket"}, "a socket of this machine, between the signer and the log"),
    "broker/audit/witness.py": ({"http"}, _NUMBERS),
    "broker/channels/manual_request.py": ({"smtp"}, _SEEN),
    "broker/channels/nectar/answers.py": ({"http"}, "the type of an answer"),
    "broker/channels/nectar/client.py": ({"http"}, _SEEN),
    "broker/inlets/misplaced.py": ({"outward"}, _NAME_ALONE),
    "broker/notices/apps.py": ({"checks"}, _NAME_ALONE),
    "broker/notices/sending.py": ({"smtp"}, _SEEN),
    "broker/operating/inside.py": ({"http"}, "a drill's copy on this machine"),
    "broker/operating/management/commands/doctor.py": ({"own_server"}, "our own server, one mail to ourselves"),
    "broker/operating/outside.py": ({"names", "timestamp"}, "names of our own domain, and a number of chance to stamp"),
    "broker/sandbox/trials.py": ({"socket"}, "proves that the sandbox opens no connection"),
    "consents/archiving.py": ({"http"}, _CERTIFICATES),
    "consents/loa/stamping.py": ({"timestamp"}, _CERTIFICATES),
    "requests_app/hooks/actions.py": ({"outward"}, _NAME_ALONE),
    "requests_app/hooks/query.py": ({"outward"}, _NAME_ALONE),
    "requests_app/hooks/sending.py": ({"outward"}, _SEEN),
    "requests_app/inbound/probe.py": ({"smtp"}, "a mail to our own address: fixed words and a number of chance"),
    "requests_app/mailbox.py": ({"imap"}, "takes in mails, which are read as every mail; it sends none"),
    "requests_app/quarantine.py": ({"clamd"}, "a file to the scanner on this machine"),
    "requests_app/test_orders/coop.py": ({"http"}, "a rehearsal's co-op on this machine"),
}  # fmt: skip


def test_whoever_has_a_sender_in_hand_is_known() -> None:
    found = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(("broker/transport/", *NOT_INSTALLED)) and (held := set(hands(path.read_text()))):
                found[name] = held
    assert found == {name: held for name, (held, _why) in HANDS.items()}
    assert all(len(why) > 15 for _held, why in HANDS.values())


@pytest.mark.parametrize(
    "text",
    [
        "from broker.transport.smtp import send as hand",
        "from broker.transport.outward import post",
        "from broker.transport import http as h",
        "from broker import transport",
        "import broker.transport.smtp",
        "import broker.transport as way",
        "import smtplib as s",
        "from http import client",
        "from urllib import request",
        "from urllib.request import urlopen",
        "def late():\n    from django.core.mail import send_mail",
        "from django.core import mail",
        "import importlib\nimportlib.import_module('broker.transport.smtp')",
        "__import__('smtplib')",
    ],
)
def test_it_is_seen_under_whatever_name_it_was_taken(text: str) -> None:
    assert list(hands(text))


@pytest.mark.parametrize(
    "text", ["from broker.transport import Proof, TransportError", "from broker.transport.errors import EgressRefused"]
)
def test_a_name_that_sends_nothing_is_none(text: str) -> None:
    assert not list(hands(text))


PLAIN = frozenset({"addresses", "errors", "gate", "lines", "urls", "allowed"})


def hands(text: str) -> Iterator[str]:
    """Give the senders that a module takes, by whatever form of import."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            taken = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            taken = [f"{node.module}.{each.name}" for each in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            taken = [ast.literal_eval(each) for each in node.args if isinstance(each, ast.Constant)]
        else:
            continue
        for each in filter(lambda name: isinstance(name, str), taken):
            yield from _sender(each)


def _sender(name: str) -> Iterator[str]:
    whole, ours = name.split("."), name.removeprefix("broker.transport").lstrip(".").split(".")[0]
    if name.startswith("broker.transport"):
        # A capital begins a type or an error of the package itself; the package whole holds every sender.
        if ours not in PLAIN and not ours[:1].isupper():
            yield ours or "transport"
        return
    for end in range(1, len(whole) + 1):
        if (part := ".".join(whole[:end])) in FOREIGN:
            yield part
