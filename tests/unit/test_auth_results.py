"""Results of our own mail server: nothing that stands in quotes or in a comment is ever one of them."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from broker.sandbox.wire import pack
from requests_app.inbound import auth_results, holding, senders
from requests_app.mail_reading import read

US = "mx.own.example"
HIDDEN = "x; dkim=pass header.d=coop.example"
ODD, NO_CHECK, FAILED = ["mail.results_odd"], ["mail.unauthenticated"], ["mail.auth_failed"]


def why_not(value: str, above: str = "") -> list[str]:
    head = f"{above}Authentication-Results: {value}\r\nFrom: Billing <billing@coop.example>\r\n\r\nx"
    found = read({"raw": pack(head.encode("utf-8", "surrogateescape"))})
    return senders.why_not(found, "billing@coop.example", US)


SPF = f'{US}; spf=pass smtp.mailfrom="{HIDDEN}"@evil.example'
MANY = "".join(f";\r\n dkim=pass header.d=evil.example header.s=s{number}" for number in range(20))


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        (SPF, NO_CHECK),
        (f"{SPF}; dmarc=none header.from=coop.example", NO_CHECK),
        (f"{US}; dmarc=fail header.from=coop.example; {SPF.partition('; ')[2]}", FAILED),
        (rf'{US}; spf=pass (of "a\) ; dkim=pass header.d=coop.example ;(b"@e.e is fine) smtp.mailfrom=e.example', ODD),
        (rf'{US}; spf=pass (of "a\) ; dkim=pass header.d=coop.example ;(b"@e.e)) smtp.mailfrom=e.example', NO_CHECK),
        (f"{SPF}{MANY};\r\n dmarc=fail header.from=coop.example", ODD),
        (f"{US}; dkim=pass header.d=coop.example" + " " * 4000, ODD),
        (f"{US}; dkim=pass header.d=coop.example (never closed", ODD),
        (f'{US}; dkim=pass header.d=coop.example header.s="never closed', ODD),
        (f"{US}; dkim=pass header.d=coop.example) (x", ODD),
        (f"{US}; dkim=pass header.d=coop.example header.d=evil.example", ODD),
        (f"{US}; none; dkim=pass header.d=coop.example", ODD),
        (f"{US} 2; dkim=pass header.d=coop.example", ODD),
        (f"{US}; dkim=pass\x00 header.d=coop.example", ODD),
        (f"{US}; dkim=pass header.d=coöp.example", ODD),
        (f"{US}; ; dkim=pass header.d=coop.example", ODD),
        (f'{US}; dkim=pass header.d="coop.example"', ["mail.dkim_unaligned"]),
        (f"{US}; dkim=pass header.d=evil@coop.example", ["mail.dkim_unaligned"]),
        (f'{US}; spf=pass smtp.mailfrom="a@coop.example"', NO_CHECK),
        (f"{US}; spf=pass smtp.mailfrom=coop.example@evil.example", NO_CHECK),
        (f"{US}; none", NO_CHECK),
        (US, ODD),
        (f"{US}; dkim=pass (a (b) \\) c) header.d=coop.example (d)", []),
        (f"{US} 1; dkim/1=pass reason=\"good; signature\" header.i=@coop.example header.b=aB/+cd==;", []),
        (f"{US}; spf = pass smtp.mailfrom = \"a b\"@coop.example", []),
        (f"{US}; arc=none; dmarc=pass (p=none dis=none) policy.dmarc=none header.from=coop.example", []),
    ],
)  # fmt: skip
def test_a_line_of_our_server_is_read_by_its_grammar_and_an_odd_one_proves_nothing(
    value: str, codes: list[str]
) -> None:
    assert why_not(value) == codes
    assert set(codes) <= set(holding.HOLDING)


def test_a_line_of_ours_below_a_received_line_may_have_come_with_the_mail() -> None:
    received = "Received: from evil.example by mx.own.example\r\n"
    assert why_not(f"{US}; dkim=pass header.d=coop.example", received) == ["mail.results_below"]
    assert why_not(f"{US}; dmarc=fail header.from=coop.example", received) == FAILED


def test_of_a_quoted_pair_one_sign_is_text() -> None:
    assert auth_results._quoted(r'"a\"bc" d', 0) == ('a"bc', 7)


def about(value: str) -> list[dict[str, str]]:
    found = auth_results.read(f"{US}; {value}")
    assert not found["odd"]
    return [each["about"] for each in found["checks"]]


def is_odd(value: str) -> bool:
    found = auth_results.read(f"{US}; {value}")
    assert found["server"] == US
    assert not (found["odd"] and found["checks"])
    return bool(found["odd"])


def test_four_thousand_signs_twenty_checks_and_twenty_comments_in_one_another_are_read_and_no_more() -> None:
    one = "dkim=pass header.d=coop.example"
    assert [is_odd(one.ljust(length - len(f"{US}; "))) for length in (4000, 4001)] == [False, True]
    assert [is_odd("; ".join([one] * count)) for count in (20, 21)] == [False, True]
    assert [is_odd(f"{one} {'(' * depth}{')' * depth}") for depth in (20, 21)] == [False, True]


def test_a_result_where_the_servers_name_should_stand_names_no_server() -> None:
    assert auth_results.read("dmarc=pass header.from=coop.example") == {"server": "", "checks": [], "odd": True}
    assert auth_results.read('"mx.own.example"; none') == {"server": "", "checks": [], "odd": True}


def test_a_value_goes_to_the_next_gap_and_a_domain_stands_alone_in_it() -> None:
    assert about("dkim=pass header.b=aB= header.d=coop.example") == [{"header.d": "coop.example"}]
    assert about("dkim=pass header.b=aB== header.d=coop.example.") == [{"header.d": "coop.example"}]
    assert about('spf=pass smtp.mailfrom="a"coop.example') == [{}]
    assert about('spf=pass smtp.mailfrom="a b"c@coop.example') == [{"smtp.mailfrom": "coop.example"}]
    assert about("dkim=pass header.d=a=coop.example; arc=none") == [{}, {}]


@pytest.mark.parametrize(
    "value",
    [
        "dkim", "dkim=", "=pass", "dkim==pass", "dkim=pass header.d", "dkim=pass header.d=", "dkim/2=pass",
        "dkim=pa55", 'dkim="pass"', '"dkim"=pass', "dkim=pass=x", "dkim=pass color=red", "dkim=pass; ;", ";", "",
        "dkim=pass HEADER.D=coop.example header.d=coop.example",
    ],
)  # fmt: skip
def test_what_is_not_of_the_grammar_makes_the_whole_line_odd(value: str) -> None:
    assert is_odd(value)


def test_names_are_read_without_regard_to_capitals_and_a_last_semicolon_is_allowed() -> None:
    found = auth_results.read(f"{US} 1; DKIM/1=Pass Header.D=Coop.Example action=none;")
    checks = [{"method": "dkim", "result": "pass", "about": {"header.d": "coop.example", "action": "none"}}]
    assert found == {"server": US, "checks": checks, "odd": False}
    assert auth_results.read(f"{US}; NONE;") == {"server": US, "checks": [], "odd": False}


# --- whatever a stranger has our server quote -----------------------------------------------------------------------

WORDS = st.lists(
    st.sampled_from(
        ["dkim=pass", "header.d=coop.example", "dmarc=pass", "header.from=coop.example", "spf=pass", US,
         "@coop.example", "smtp.mailfrom=a@coop.example", ";", " ", "\r\n ", "(", ")", '"', "\\", "=", "a", "x"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def comment(text: str) -> str:
    return "(" + "".join("\\" + each if each in "()\\" else each for each in text) + ")"


@settings(max_examples=300, deadline=None)
@given(local=WORDS, said=WORDS, name=WORDS)
@example(local=HIDDEN, said="a) ; dkim=pass header.d=coop.example ;(b", name="")
def test_no_quoted_or_commented_text_is_ever_taken_as_a_result(local: str, said: str, name: str) -> None:
    value = f"{comment(name)} {US} {comment(said)}; spf=pass {comment(said)} smtp.mailfrom={quoted(local)}@evil.example"
    found = auth_results.read(value)
    if len(value) <= auth_results.MAX_LENGTH:
        assert not found["odd"]
        about = {"smtp.mailfrom": "evil.example"}
        assert found["checks"] == [{"method": "spf", "result": "pass", "about": about}]
    assert why_not(value)


def outside(value: str) -> str:
    """Blank what is quoted or commented, another way than the reader: sign by sign, as RFC 5322 nests it."""
    kept, depth, inside, pair = "", 0, False, False
    for sign in value:
        plain = not depth and not inside
        if pair:
            pair = False
            continue
        if sign == "\\" and not plain:
            pair = True
        elif inside:
            inside = sign != '"'
        elif depth:
            depth += {"(": 1, ")": -1}.get(sign, 0)
        elif sign == "(":
            depth, kept = 1, kept + " "
        elif sign == '"':
            inside, kept = True, kept + "Q"
        else:
            kept += sign
    return kept


def results_in(text: str) -> list[tuple[str, str]]:
    """Give `method = result` of each part between semicolons, the first part left out."""
    parts = [each.replace("=", " = ").split() for each in text.split(";")[1:]]
    return [(each[0].partition("/")[0], each[2]) for each in parts if len(each) > 2]


@settings(max_examples=500, deadline=None)
@given(WORDS)
@example(SPF.partition("; ")[2])
def test_what_is_read_stands_outside_of_quotes_and_comments_or_the_line_is_odd(text: str) -> None:
    found: dict[str, Any] = auth_results.read(f"{US}; {text}")
    if found["odd"]:
        assert found["checks"] == []
        return
    plain = outside(f"{US}; {text}")
    assert [(each["method"], each["result"]) for each in found["checks"]] == results_in(plain)
    for domain in (each for check in found["checks"] for each in check["about"].values()):
        assert domain in plain
