"""What the engine promises about a finding, its places, and hostile texts."""

import base64
import dataclasses
import random

import pytest

from broker.credentials import Finding, scan
from broker.credentials.large import LARGE, WAITED

SECRET = "Thimble!Gravel8"


def test_a_finding_says_where_and_why_and_never_what() -> None:
    text = f"Hello,\nmy SmartHub password: {SECRET}\nThanks"
    found = scan(text, "email_reply")
    assert found is not None
    assert SECRET in text[found.start : found.end]
    assert SECRET not in repr(found)
    assert [field.name for field in dataclasses.fields(found)] == ["rule", "start", "end", "kind"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.rule = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    "text",
    [
        f"p\u200bass\u200bword: {SECRET}",
        f"password&#58; {SECRET}",
        f"password%3A%20{SECRET}",
        f'{{"a":{{"password":"{SECRET}"}}}}',
        f"<p>pass<b>word</b>: {SECRET}</p>",
        "cGFzc3dvcmQ6IFRoaW1ibGUhR3JhdmVsOA==",
        "P a s s w o r d :  T h i m b l e 8",
    ],
)
def test_places_count_in_the_text_as_it_was_given(text: str) -> None:
    found = scan(text, "web_form")
    assert isinstance(found, Finding)
    assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "typed_name: Tessa Tour",
        "field typed_name: Tessa Tour",
        "name: Rita Rehearsal",
        "address: 3 Rehearsal Road, Example, MO 00000",
        "purpose: rate_comparison",
        "history_from: 2025-01-01",
        "username: officer",
        "email: tessa.tour@example.org",
        "?before=120&act=data.read&customer=0b1d1f0e-7a55-4f3e-9c3f-5c1a27a0c001",
        "?act=data.read",
        "?customer=0b1d1f0e-7a55-4f3e-9c3f-5c1a27a0c001",
        '{"accounts":["40900017"],"data_types":["usage_daily"],"from":"2025-10-01","to":"2025-11-01",'
        '"purpose":"rate_comparison"}',
        "",
        "   \n ",
    ],
)
def test_our_own_ordinary_input_passes(text: str) -> None:
    for inlet in ("web_form", "url_param", "api_json"):
        assert scan(text, inlet) is None


HOSTILE = [
    "a",
    "<",
    "=",
    "\n",
    "%25",
    "&amp;",
    "eyJ",
    "[",
    '{"a":',
    "p a s s ",
    "pw: ",
    "password ",
    "password is ",
    "a/",
    "user@x.example ",
    "Maple7! login ",
    "123456 ",
    "code is ",
    "password,",
    "pass\t",
    "=3D",
    "cGFzc3dvcmQ6",
    "http://",
    "http://a:",
    "?a=",
    "send your ",
    "> ",
    "<b>",
    '<a b="',
    "а",
    "\u200b",
    ";sid",
    "-",
    "1 ",
    "one ",
    "pasword ",
    "\\",
    "'",
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_text_ends_and_raises_nothing(unit: str) -> None:
    scan((unit * 20_000)[:20_000], "web_form")


def test_broken_wrappings_raise_nothing() -> None:
    for text in ('{"a":', "[" * 5000, "=?utf-8?B?%%%?=", "%ff%fe%00", "&#xffffffff;", "\ud800 password", "=ZZ=3"):
        scan(text, "api_json")


def test_no_word_lies_inside_a_hash_but_a_hash_may_be_a_value_or_hold_one() -> None:
    run, below = "MSmQOsHUVZeiQv3xH48rGjnzw+aTEUNR3L7UB/login=", "uZ6DBt2nSKYeApqKP0FbAkoUbPDZipjhz5mWYflnva8="
    assert scan(f"index 5\n{run}\n{below}\n", "web_form") is None
    assert scan(f"my password: {below}", "web_form") is not None
    assert scan(f"https://smarthub.example/{'aB3/' * 12}login/password=Gravel9", "web_form") is not None
    hidden = base64.b64encode(b"My SmartHub user is gwen and my password: Sommer-2024!").decode()
    assert scan(hidden, "web_form") is not None


def test_a_spelled_letter_without_any_label_breaks_nothing() -> None:
    assert scan("The same number as before, B as in bravo, one of two on the pole.", "web_form") is None


def _words(length: int) -> str:
    """Words that nobody wrote before, none of which says anything."""
    rng, lines = random.Random(7), []
    while sum(map(len, lines)) + len(lines) < length:
        lines.append(" ".join("".join(rng.choices("bdfgklmn", k=rng.randrange(3, 10))) for _word in range(12)))
    return "\n".join(lines)[:length]


@pytest.mark.parametrize("inlet", sorted(WAITED))
def test_a_text_that_is_too_long_to_be_read_while_its_author_waits_is_not_passed(inlet: str) -> None:
    assert scan(_words(LARGE), inlet) is None
    long = _words(LARGE * 2)
    assert scan(long, inlet) == Finding("input.long", 0, len(long), "long")
    wrapped = base64.b64encode(long.encode()).decode()
    assert scan(wrapped, inlet) == Finding("input.long", 0, len(wrapped), "long")
    assert scan("The meter at the mill was read.\n" * 8000, inlet) is None  # long, and says one thing


@pytest.mark.parametrize("inlet", ["email_reply", "csv_upload", "pdf_upload", "outbound_email", "nectar_call"])
def test_where_nobody_waits_a_long_text_is_read_to_its_end(inlet: str) -> None:
    long = _words(LARGE * 2)
    assert scan(long, inlet) is None
    found = scan(f"{long}\nSmartHub password: {SECRET}\n", inlet)
    assert found is not None
    assert found.rule == "label.value"


@pytest.mark.parametrize(
    "text",
    [
        "https://x.example/mi-clave-del-portal-es-Kestrel026zq",
        "https://x.example/mi-contrase%C3%B1a-es-Kestrel026zq",
        "https://x.example/el-codigo-que-me-llego-es-882913-x",
        "https://my-portal-password-is-Kestrel026zq.example.com/in",
        "https://password-Kestrel026zq.example.com",
        "my-portal-password-is-Kestrel026zq@member.example",
        "pat+password=Kestrel026zq@member.example",
        "pin-4471-X@member.example",
        "my.password.is.Kestrel026zq@member.example",
        "mypasswordisKestrel026zq@member.example",
        "miclaveesKestrel026zq@member.example",
        "MySmartHubPasswordIsKestrel026zq@member.example",
        "Please write to mypinis4471@member.example",
        "https://x.example/SmartHub-password-is-Kestrel026zq",
    ],
)
def test_words_that_are_joined_are_read_as_words(text: str) -> None:
    assert scan(text, "api_json") is not None


@pytest.mark.parametrize(
    "text",
    [
        "https://help.example/how-to-change-your-password",
        "https://blog.example/10-tips-for-a-strong-password-in-2026",
        "https://x.example/user-guide-for-smarthub-login-page",
        "https://coop.example/news/smarthub-login-changes-2026-10-19",
        "https://www.ozarkborder.smarthub.coop/ui",
        "password.reset@coop.example",
        "no-reply-password-change@coop.example",
        "pin.oak@farm.example",
        "pin.oak.farm@farm.example",
        "crispinis2010@member.example",
        "enclaves2010@member.example",
        "passwordreset2026@coop.example",
        "passwordisland@member.example",
        "password.reset.desk@coop.example",
        "three-and-a-half-year-old pumps at well-pump-2-meter-AM51180446",
        "ref OTP-2025-03, PO KX-99201-PW-7",
        "/asked/CMlbMcE4Ccmrk9JDv-0RD8-PFLA_pw_a6koDG-XhzIY/",  # a link of our own: what is made by chance names things
        "/my/open/TV_8Z6YCwvq41EhgJiq3TfxyvAAFi41NGc-pwd-YPIV/",
    ],
)
def test_joined_words_without_a_secret_pass(text: str) -> None:
    for inlet in ("api_json", "web_form", "email_reply", "outbound_email"):
        assert scan(text, inlet) is None


@pytest.mark.parametrize("hour", ["9", "12", "1:21", "11:59"])
@pytest.mark.parametrize("half", ["a.m.", "p.m."])
@pytest.mark.parametrize("month", ["November", "July", "October", "May"])
def test_the_time_of_a_change_is_no_spelled_password_in_any_month(month: str, hour: str, half: str) -> None:
    """Our own mail about a new passkey was kept back on the afternoons of November."""
    text = f"A passkey was added to your sign-in.\n\nThe passkey was made on {month} 27, 2026, {hour} {half} (CST)."
    assert scan(text, "outbound_email") is None
