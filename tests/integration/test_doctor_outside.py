"""The doctor asks others when it is told to: a resolver and authorities on loopback, and each of their faults."""

import re
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from broker.operating import gathering, outside
from broker.operating.rules import State
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.transport import EgressRefused, TransportError, names
from tests.integration.audit_support import log_world
from tests.integration.test_doctor import doctor

KEY = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"
ZONE = {
    "broker.example.": '"v=spf1 mx " "-all"',
    "mail._domainkey.broker.example.": f'"{KEY}"',
    "_dmarc.broker.example.": '"v=DMARC1; p=reject"',
}


@contextmanager
def resolver(zone: dict[str, str], *, rcode: int = 0, wrong_id: bool = False, cut: bool = False) -> Iterator[str]:
    """A resolver that knows this zone; gives its host:port."""

    class Answer(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while head := self.rfile.read(2):
                asked = dns.message.from_wire(self.rfile.read(*struct.unpack("!H", head)))
                answer, name = dns.message.make_response(asked), asked.question[0].name
                answer.set_rcode(dns.rcode.Rcode(rcode))
                if cut:
                    answer.flags |= dns.flags.TC
                if text := zone.get(name.to_text()):
                    answer.answer.append(dns.rrset.from_text(name, 300, "IN", "TXT", text))
                elif not rcode:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                answer.id = (answer.id + wrong_id) % 65536
                said = answer.to_wire()
                self.wfile.write(struct.pack("!H", len(said)) + said)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[TimestampAuthority]:
    with TimestampAuthority(port=0, root_file=tmp_path / "timestamp.root.pem", kept=None) as made:
        yield made


def test_records_of_the_sending_domain_are_asked_of_the_resolver(sqlite_db: str, settings: Any, tmp_path: Path) -> None:
    settings.MAIL_DOMAIN, settings.DKIM_SELECTORS = "broker.example", ["old", "mail"]
    with log_world(settings, tmp_path), resolver(ZONE) as place:
        settings.DNS_RESOLVER, settings.ALLOWED_EGRESS = place, [place]
        assert ("broker.example", "v=spf1 mx -all") in (outside.records() or [])
        lines = {line["name"]: line for line in doctor("--outside")[1]["lines"]}
        assert [lines[name]["state"] for name in ("SPF", "DKIM", "DMARC")] == [State.OK] * 3
        # Nothing is asked unless somebody says so; what was told then stands there with its age.
        later = {line["name"]: line["says"] for line in doctor()[1]["lines"]}
        assert re.fullmatch(r"published, asked \d+ seconds ago", later["SPF"])
        gathering._asked_file().unlink()
        assert "SPF, DKIM, DMARC" in {line["name"] for line in doctor()[1]["lines"]}


@pytest.mark.parametrize("fault", [{"rcode": dns.rcode.SERVFAIL}, {"wrong_id": True}, {"cut": True}])
def test_an_answer_that_is_none_is_not_taken(
    sqlite_db: str, settings: Any, tmp_path: Path, fault: dict[str, Any]
) -> None:
    settings.MAIL_DOMAIN = "broker.example"
    with log_world(settings, tmp_path), resolver(ZONE, **fault) as place:
        settings.DNS_RESOLVER, settings.ALLOWED_EGRESS = place, [place]
        with pytest.raises(TransportError):
            outside.records()
        line = next(each for each in doctor("--outside")[1]["lines"] if each["name"] == "SPF, DKIM, DMARC")
        assert (line["state"], line["says"]) == (State.WARN, "could not be checked here")


def test_a_resolver_that_is_not_listed_is_not_asked(settings: Any) -> None:
    with resolver(ZONE) as place:
        settings.ALLOWED_EGRESS = []
        with pytest.raises(EgressRefused):
            names.texts(place, ["broker.example"])


def test_each_authority_stamps_and_its_clock_is_held_against_ours(
    sqlite_db: str, settings: Any, tmp_path: Path, authority: TimestampAuthority
) -> None:
    with log_world(settings, tmp_path):
        settings.TIMESTAMP_ROOT_FILE = str(tmp_path / "timestamp.root.pem")
        settings.ALLOWED_EGRESS = [urlsplit(authority.url).netloc, "127.0.0.1:9"]
        settings.TIMESTAMP_URLS = [authority.url, "http://127.0.0.1:9/"]
        (good, away) = outside.stamps()
        assert (good.number, good.off, good.why) == (1, timedelta(0), "")
        assert (away.number, away.off, bool(away.why)) == (2, None, True)
        lines = {line["name"]: line for line in doctor("--outside")[1]["lines"]}
        assert lines["timestamp authority"]["state"] == State.WARN
        assert lines["timestamp authority"]["says"].startswith("1 of 2 stamped; number 2: ")
        assert lines["clock"]["state"] == State.OK
        settings.TIMESTAMP_URLS = settings.TIMESTAMP_URLS[:1]
        authority.fault = "an_hour_off"
        (off,) = outside.stamps()
        assert abs(abs(off.off or timedelta()) - timedelta(hours=1)) < timedelta(seconds=10)
        lines = {line["name"]: line for line in doctor("--outside")[1]["lines"]}
        assert lines["clock"]["state"] == lines["timestamp authority"]["state"] == State.RED
        assert lines["clock"]["fix"]
