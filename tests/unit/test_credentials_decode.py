"""What old programs wrote: letters of ISO 8859-1 in headers, percent signs and quoted-printable; runs of base64."""

from base64 import b64encode
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.credentials import decode, engine, large, scan

FILLER = "The meter at the mill was exchanged in October, and the chart shows two series since then.\n"


def read(text: str, inlet: str = "email_reply") -> list[str]:
    """Give each way in which a text is read."""
    return [view.text for view in engine._readings(text, inlet)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Asunto: =?iso-8859-1?Q?contrase=F1a_Carrizo=2E5?=", "Asunto: contraseña Carrizo.5"),
        ("la contrase=F1a est=E1 bien", "la contraseña está bien"),
        ("la contrase%F1a est%E1 bien", "la contraseña está bien"),
        ("la contrase=C3=B1a est=C3=A1 bien", "la contraseña está bien"),
        ("caf=E9 contrase=C3=B1a", "café contraseña"),  # each run for itself
        ("method=CARTA", "method\ufffdRTA"),
        ("?method=CARTA&cta=40", "?method=CARTA&cta=40"),  # parameters of an address
    ],
)
def test_letters_that_are_no_utf8_are_those_of_old_programs(text: str, says: str) -> None:
    assert says in read(text)
    assert says in read(FILLER * 40 + text)[-1]
    long = "".join(f"Row {number}: {FILLER}" for number in range(1_000)) + text
    assert len(long) > large.LARGE
    assert says.partition("%")[0] in read(long)[0] or "%" in text


def test_a_secret_in_a_header_of_an_old_program_is_found() -> None:
    finding = scan("Asunto: =?iso-8859-1?Q?contrase=F1a_Carrizo=2E5?=", "email_reply")
    assert finding is not None
    assert finding.kind == "password"


@pytest.mark.parametrize(
    "text",
    [
        "Asunto: =?iso-8859-1?Q?olvid=E9_mi_contrase=F1a?=",
        "Subject: =?utf-8?Q?The_password=3A_is_it_needed=3F?=",
        "Asunto: =?UTF-8?Q?=C2=BFD=C3=B3nde_recupero_mi_contrase=C3=B1a=3F?=",
    ],
)
def test_a_mime_word_is_undone_as_a_whole_or_not_at_all(text: str) -> None:
    ways = read(text)
    assert len(ways) > 1
    assert [way for way in ways if "=?" in way and ("é" in way or "¿" in way or "needed?" in way)] == []
    assert scan(text, "email_reply") is None


@pytest.mark.parametrize("behind", ["", " =?utf-8?Q?ma=C3=B1ana?="])
def test_what_stands_beside_a_mime_word_is_undone(behind: str) -> None:
    ways = read(f"=?utf-8?Q?caf=C3=A9?= my pass=\nword is Tul=\nip!7749{behind}")
    assert any("my password is Tulip!7749" in way for way in ways)


@given(st.text("A9+/-_= \t\r\n\u3000", max_size=40))
def test_blanks_in_a_run_say_nothing(text: str) -> None:
    assert decode.from_base64(text) == decode.from_base64("".join(text.split()))


def _said_again(pieces: list[str]) -> Iterator[str]:
    """Leave out what is said again, the slow way."""
    pairs = list(pairwise(pieces))
    stays = [
        (at < len(pairs) and pairs.index(pairs[at]) == at) or (at > 0 and pairs.index(pairs[at - 1]) == at - 1)
        for at in range(len(pieces))
    ]
    yield from (piece for piece, kept in zip(pieces, stays, strict=True) if kept or not pairs)


@given(st.lists(st.sampled_from(["a\n", "b\n", "c c\n", "\n"]), max_size=24), st.sampled_from(["", "a", "d"]))
def test_what_is_said_again_is_left_out_where_the_lines_beside_it_are_the_same(lines: list[str], last: str) -> None:
    text = "".join(lines) + last
    short = text
    while "\n\n\n\n" in short:
        short = short.replace("\n\n\n\n", "\n\n\n")
    pieces = large._PIECE.findall(short)
    assert large._once(text) == "".join(_said_again(pieces))


_RUN_LINES = ("QUJDREVGR0hJSktM", "TU5PUFFSU1RVVldY", "WVphYmNkZWZnaGlq\r")


def test_a_run_is_undone_again_only_where_its_line_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    undone = []

    def from_base64(run: str) -> str:
        undone.append(run)
        return decode.from_base64(run)

    monkeypatch.setattr(large, "from_base64", from_base64)
    lines = "".join(f"Row {number}: {FILLER}" for number in range(1_000))
    packed = "bXkgcGFzc3dvcmQ9M0QgVHVsaXAhNzc0"  # my password=3D Tulip!774
    (inner,) = large.readings(f"{packed}\n{lines}caf=C3=A9", "email_reply")
    assert inner.text.startswith(f"{packed}\n{lines}café\n\n\nmy password= Tulip!774")
    assert undone == [packed]


def test_what_a_run_holds_may_hold_another_in_its_turn() -> None:
    lines = "".join(f"Row {number}: {FILLER}" for number in range(1_000))
    twice = b64encode(b64encode(b"my password is Tulip!774")).decode()
    (inner,) = large.readings(f"{lines}{twice}", "email_reply")
    assert "my password is Tulip!774" in inner.text


_LINES = st.lists(st.sampled_from([*_RUN_LINES, "a", f"data: {_RUN_LINES[0]}", f"{_RUN_LINES[1]} b", ""]), max_size=9)
_CHANGES = st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from([*_RUN_LINES, "c", ""])), max_size=3)


@given(_LINES, _CHANGES)
def test_each_new_run_stands_among_the_lines_that_changed(
    before: list[str], changes: list[tuple[int, bool, str]]
) -> None:
    after = list(before)
    for number, (at, instead, line) in enumerate(changes):
        after[at : at + instead] = [f"{line}NEW{number}"]  # no line of before is like it
    old, new = "\n".join(before), "\n".join(after)

    def runs(text: str) -> set[str]:
        return {match[0] for match in large._RUN.finditer(text)}

    assert runs(new) - runs(old) <= runs(large._changed_lines(new, old))
