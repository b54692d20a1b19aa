"""The doctor's rules: nothing known is never good, each limit on both sides, and DNS records as receivers read them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broker.operating import dns_rules, rules
from broker.operating.rules import Asked, Copied, Done, Facts, KeyFile, Login, Looked, Stamped, State

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ZONE = """
; <<>> DiG 9 <<>> TXT broker.example
broker.example. 300 IN TXT "v=spf1 mx " "-all"
mail._domainkey.broker.example. 300 IN TXT "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"
_dmarc.broker.example. 300 IN TXT "v=DMARC1; p=reject"
"""
WELL = Facts(
    now=NOW,
    pending=[],
    engine="postgresql",
    login=Login("broker_app", 17),
    keys=[KeyFile("wrapping keys", "/keys", 0o600, ours=True)],
    fingerprints={"/keys": "aa"},
    copied=Copied(NOW - DAY, "the safe", {"/keys": "aa"}),
    newest_event=NOW - MINUTE,
    outside_time=NOW - HOUR,
    authorities=3,
    anchored=NOW - HOUR,
    verified=Done(NOW - HOUR, ok=True),
    backup=Done(NOW - HOUR, ok=True),
    drill=Done(NOW - DAY, ok=True),
    assumed_days=0,
    beats={"worker": NOW, "integrator": NOW},
    web="",
    held=[DAY],
    dead_jobs=0,
    late_reviews=0,
    late_incidents=0,
    late_rights=0,
    late_logins=0,
    unheard=0,
    unmet=(),
    free_disk={"/srv": 50},
    free_memory=2048,
    sandbox=[],
    mail_domain="broker.example",
    dns=dns_rules.read(ZONE),
    round_trip=timedelta(seconds=3),
    dependencies=Looked(NOW.date() - DAY, 0),
)


def stands(name: str, **changes: Any) -> State:
    (found,) = [each for each in rules.findings(replace(WELL, **changes)) if each.name == name]
    assert found.state is State.OK or found.fix
    return found.state


def test_programs_read_these_three_words() -> None:
    assert [str(each) for each in State] == ["ok", "warn", "fail"]


def test_whatever_is_not_known_has_its_fix_too() -> None:
    nothing = Facts(now=NOW, engine="postgresql", missing={"disk": "OSError", "log": "OperationalError"})
    assert not [each for each in rules.findings(nothing) if each.state is not State.OK and not each.fix]


def test_what_others_were_asked_for_stands_for_a_day_and_a_half() -> None:
    bad = rules.Finding("mail round trip", State.RED, "it did not come back", "see to the relay")
    good = [rules.Finding(name, State.OK, "published") for name in rules.BY_DNS]

    def looked(age: timedelta, **more: Any) -> list[tuple[str, State, str]]:
        asked = [Asked(NOW - age, each) for each in (bad, *good)]
        facts = replace(WELL, **{"round_trip": None, "dns": None, **more}, asked=asked)
        return [(each.name, each.state, each.says) for each in rules.findings(facts)]

    found = looked(20 * HOUR)
    assert ("mail round trip", State.RED, "it did not come back, asked 20 hours ago") in found
    assert ("DKIM", State.OK, "published, asked 20 hours ago") in found
    assert "SPF, DKIM, DMARC" not in [name for name, *_ in found]
    assert ("mail round trip", State.WARN, "not tried") in looked(37 * HOUR)
    assert "SPF, DKIM, DMARC" in [name for name, *_ in looked(37 * HOUR)]
    now = [says for name, _, says in looked(HOUR, round_trip=timedelta(seconds=3)) if name == "mail round trip"]
    assert now == ["a mail to ourselves came back in 3 seconds"]


def test_an_installation_in_order_has_no_other_line() -> None:
    assert {each.state for each in rules.findings(WELL)} == {State.OK}


def test_of_an_installation_of_which_nothing_is_known_nothing_but_room_is_good() -> None:
    found = {each.name: each.state for each in rules.findings(Facts(now=NOW))}
    assert not rules.is_fit(rules.findings(Facts(now=NOW)))
    for name in (
        "schema",
        "clock",
        "copy of the keys elsewhere",
        "backup",
        "restore drill",
        "log anchor",
        "log verified",
    ):
        assert found[name] is not State.OK
    assert found["SPF, DKIM, DMARC"] is State.WARN
    assert found["mail round trip"] is State.WARN
    assert found["memory"] is State.WARN


@pytest.mark.parametrize(
    ("name", "changes", "state"),
    [
        ("schema", {"pending": ["parties.0009"]}, State.RED),
        ("dependencies", {"dependencies": None}, State.WARN),
        ("dependencies", {"dependencies": Looked(NOW.date() - 30 * DAY, 0)}, State.OK),
        ("dependencies", {"dependencies": Looked(NOW.date() - 31 * DAY, 0)}, State.WARN),
        ("dependencies", {"dependencies": Looked(NOW.date() - DAY, 1)}, State.WARN),
        ("dependencies", {"dependencies": Looked(NOW.date() - 91 * DAY, 0)}, State.RED),
        ("timestamp authority", {"stamps": [Stamped(1, DAY * 0), Stamped(2, DAY * 0)]}, State.OK),
        ("timestamp authority", {"stamps": [Stamped(1, DAY * 0)]}, State.WARN),
        ("timestamp authority", {"stamps": [Stamped(1, None, "refused"), Stamped(2, DAY * 0)]}, State.WARN),
        ("timestamp authority", {"stamps": [Stamped(1, None, "refused")]}, State.RED),
        ("timestamp authority", {"stamps": [Stamped(1, -HOUR)]}, State.RED),
        ("clock", {"stamps": [Stamped(1, timedelta(seconds=5))]}, State.OK),
        ("clock", {"stamps": [Stamped(1, -timedelta(seconds=6))]}, State.WARN),
        ("clock", {"stamps": [Stamped(1, timedelta(minutes=3))]}, State.RED),
        ("clock", {"stamps": [Stamped(1, HOUR), Stamped(2, DAY * 0)]}, State.OK),
        ("clock", {"stamps": [Stamped(1, DAY * 0)], "newest_event": None, "outside_time": None}, State.OK),
        ("database", {"engine": "sqlite"}, State.RED),
        ("database", {"login": Login("postgres", 17, "is a superuser")}, State.RED),
        ("database", {"login": Login("broker_owner", 17, "owns the tables")}, State.RED),
        ("database", {"login": Login("broker_app", 16)}, State.WARN),
        ("database", {"login": None}, State.WARN),
        ("database", {"engine": "sqlite", "engine_named": True}, State.WARN),
        ("database", {"engine": "sqlite", "live": False}, State.OK),
        ("key file: wrapping keys", {"keys": [KeyFile("wrapping keys", "/keys", 0o640, ours=True)]}, State.RED),
        ("key file: wrapping keys", {"keys": [KeyFile("wrapping keys", "/keys", 0o600, ours=False)]}, State.RED),
        ("key file: wrapping keys", {"keys": [KeyFile("wrapping keys", "/keys", None, ours=False)]}, State.RED),
        ("copy of the keys elsewhere", {"copied": None}, State.RED),
        ("copy of the keys elsewhere", {"fingerprints": {"/keys": "bb"}}, State.RED),
        ("clock", {"newest_event": NOW + timedelta(seconds=5)}, State.OK),
        ("clock", {"newest_event": NOW + timedelta(seconds=6)}, State.WARN),
        ("clock", {"outside_time": NOW + timedelta(minutes=3)}, State.RED),
        ("timestamp authority", {"authorities": 0}, State.RED),
        ("timestamp authority", {"authorities": 1}, State.WARN),
        ("log anchor", {"anchored": NOW - 48 * HOUR}, State.OK),
        ("log anchor", {"anchored": NOW - 49 * HOUR}, State.RED),
        ("log verified", {"verified": Done(NOW, ok=False)}, State.RED),
        ("log verified", {"verified": Done(NOW - 25 * HOUR, ok=True)}, State.WARN),
        ("log verified", {"verified": None}, State.WARN),
        ("log verified", {"older": "an older copy"}, State.RED),
        ("log signed", {"unsigned": MINUTE}, State.OK),
        ("log signed", {"unsigned": 2 * MINUTE}, State.WARN),
        ("log signed", {"unsigned": 2 * HOUR}, State.RED),
        ("backup", {"backup": Done(NOW - 36 * HOUR, ok=True)}, State.OK),
        ("backup", {"backup": Done(NOW - 37 * HOUR, ok=True)}, State.WARN),
        ("backup", {"backup": Done(NOW - 8 * DAY, ok=True)}, State.RED),
        ("backup", {"backup": None}, State.RED),
        ("restore drill", {"drill": Done(NOW - 36 * DAY, ok=True)}, State.WARN),
        ("restore drill", {"drill": Done(NOW, ok=False)}, State.RED),
        ("process worker", {"beats": {"worker": NOW - 6 * MINUTE}}, State.RED),
        ("process worker", {"beats": {"worker": None}}, State.RED),
        ("web server", {"web": "127.0.0.1:8000 answers 500"}, State.RED),
        ("web server", {"web": None}, State.WARN),
        ("jobs", {"dead_jobs": 1}, State.WARN),
        ("acts of two people", {"unmet": ["Release a legal hold"]}, State.WARN),
        ("broken glasses", {"late_reviews": 1}, State.RED),
        ("incidents", {"late_incidents": 1}, State.RED),
        ("reviews of rights", {"late_rights": 1}, State.RED),
        ("mails with a login", {"late_logins": 1}, State.RED),
        ("mails with a login", {"late_logins": None}, State.WARN),
        ("work mailboxes", {"unheard": 2}, State.WARN),
        ("work mailboxes", {"unheard": None}, State.WARN),
        ("held mails", {"held": [4 * DAY]}, State.WARN),
        ("closing days", {"assumed_days": 3}, State.WARN),
        ("mail round trip", {"round_trip": "it did not come back"}, State.RED),
        ("mail round trip", {"round_trip": 3 * MINUTE}, State.WARN),
        ("disk /srv", {"free_disk": {"/srv": 9}}, State.WARN),
        ("disk /srv", {"free_disk": {"/srv": 2}}, State.RED),
        ("memory", {"free_memory": 300}, State.WARN),
        ("memory", {"free_memory": 100}, State.RED),
        ("sandbox", {"sandbox": ["Landlock"]}, State.WARN),
        ("DMARC", {"dns": dns_rules.read(ZONE.replace("p=reject", "p=none"))}, State.WARN),
        ("SPF", {"dns": dns_rules.read(ZONE.replace("-all", "+all"))}, State.WARN),
        ("SPF", {"dns": dns_rules.read(ZONE + 'broker.example TXT "v=spf1 -all"')}, State.WARN),
        ("DKIM", {"dns": dns_rules.read(ZONE.replace("p=MIIB", "p=; x=MIIB"))}, State.WARN),
        ("DKIM", {"dns": []}, State.WARN),
    ],
)
def test_each_line_stands_as_its_limit_says(name: str, changes: dict[str, Any], state: State) -> None:
    assert stands(name, **changes) is state


def test_what_could_not_be_asked_is_a_warning_that_says_so() -> None:
    found = rules.findings(replace(WELL, missing={"held mails": "DatabaseError"}))
    (line,) = [each for each in found if each.name == "held mails"]
    assert (line.state, line.says) == (State.WARN, "could not be checked here: DatabaseError")
