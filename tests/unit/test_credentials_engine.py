"""The engine of the gate by itself: which readings, which rules, and what is said of a text that hides something."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from broker.credentials import digests, engine, large, learned
from broker.credentials.finding import Finding
from broker.credentials.rule import Rule
from broker.credentials.tokens import Doc
from broker.credentials.views import plain

TEXT = "Sign in with this."
WRAPPED = Finding("input.wrapped", 0, len(TEXT), "wrapped")


def rule(id_: str, kind: str, span: tuple[int, int] | None) -> Rule:
    return Rule(id_, kind, "", lambda _doc: span, ())


@pytest.fixture
def doc(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A text as its rules read it, set by the test."""
    made = SimpleNamespace(labels=0, of_a_file=False, of_another=False, text="", rest=lambda: None)
    monkeypatch.setattr(Doc, "of", lambda _view, _inlet: made)
    monkeypatch.setattr(engine, "Whose", lambda read: read)
    monkeypatch.setattr(engine, "RULES", ())
    return made


def applied() -> Finding | None:
    return engine._apply(plain(TEXT), "web_form")


@pytest.mark.parametrize(("strange", "found"), [(10_000, False), (10_001, True)])
def test_no_alphabet_has_so_many_signs(strange: int, found: bool) -> None:
    text = "Kettle! " + "".join(map(chr, range(0x4E00, 0x4E00 + strange)))
    made = engine.scan(text, "email_reply")
    assert (made == Finding("input.wrapped", 0, len(text), "wrapped")) is found
    assert engine.scan(text[:8] * strange, "email_reply") is None


@pytest.mark.parametrize(("readings", "found"), [(24, None), (25, WRAPPED)])
def test_a_text_of_more_readings_than_two_dozen_hides_something(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace, readings: int, found: Finding | None
) -> None:
    monkeypatch.setattr(engine, "_readings", lambda text, _inlet: [plain(text)] * readings)
    assert engine.scan(TEXT, "web_form") == found


def test_a_text_that_is_too_dense_to_be_read_hides_something(monkeypatch: pytest.MonkeyPatch) -> None:
    def dense(_text: str, _inlet: str) -> Any:
        raise large.TooDense

    monkeypatch.setattr(engine, "_readings", dense)
    assert engine.scan(TEXT, "web_form") == WRAPPED


def test_the_first_reading_in_which_something_is_found_says_what(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace
) -> None:
    monkeypatch.setattr(engine, "RULES", (rule("a.one", "label", (2, 5)),))
    assert engine.scan(TEXT, "web_form") == Finding("a.one", 2, 5, "label")


@pytest.mark.parametrize(("labels", "dense"), [(8000, False), (8001, True)])
def test_no_honest_text_names_a_password_four_thousand_times(doc: SimpleNamespace, labels: int, dense: bool) -> None:
    doc.labels = labels
    assert applied() == (Finding("input.dense", 0, 0, "wrapped") if dense else None)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("the outage at the mill", 0),
        ("password password", 4),  # each names one, and one ends in it
        ("?acct=1&pw=x&pin=2", 2),
        ("password ?pw=x&pin=2", 4),
    ],
)
def test_labels_are_counted_alone_and_where_values_are_glued_to_them(text: str, labels: int) -> None:
    assert Doc(text, "web_form").labels == labels


@pytest.mark.parametrize(
    ("id_", "kind", "of_a_file", "looked"),
    [
        ("a.label", "password", True, False),  # a file's own password is a matter of that file
        ("a.hint", "hint", True, False),
        ("a.ask", "solicitation", True, False),
        ("a.label", "password", False, True),
        ("a.pair", "pair", True, True),
        ("url.userinfo", "password", True, True),  # what holds whatever a text speaks of
        ("table.column", "password", True, True),
    ],
)
def test_what_may_be_meant_of_a_files_own_password_is_left_to_the_file(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace, id_: str, kind: str, of_a_file: bool, looked: bool
) -> None:
    doc.of_a_file = of_a_file
    last = rule("z.last", "pair", (0, 1))
    monkeypatch.setattr(engine, "RULES", (rule(id_, kind, (3, 4)), last))
    assert applied() == (Finding(id_, 3, 4, kind) if looked else Finding("z.last", 0, 1, "pair"))


@pytest.mark.parametrize(
    ("id_", "kind", "found"),
    [
        ("a.label", "password", "z.last"),
        ("a.ask", "solicitation", "z.last"),
        ("url.userinfo", "password", "url.userinfo"),
        ("a.cookie", "cookie", "a.cookie"),
    ],
)
def test_what_is_found_in_a_sentence_about_another_thing_is_looked_for_beside_it(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace, id_: str, kind: str, found: str
) -> None:
    rest = SimpleNamespace()
    doc.rest = lambda: rest
    first = Rule(id_, kind, "", lambda read: (3, 4) if read is doc else None, ())
    monkeypatch.setattr(engine, "RULES", (first, rule("z.last", "pair", (0, 1))))
    made = applied()
    assert made is not None
    assert made.rule == found


@pytest.mark.parametrize(("length", "found"), [(engine.MOST_TWICE, "z.rest"), (engine.MOST_TWICE + 1, "z.last")])
def test_a_very_long_text_of_another_thing_is_not_read_twice(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace, length: int, found: str
) -> None:
    doc.text, doc.of_another = "x" * length, True
    doc.rest = lambda: SimpleNamespace()
    first = Rule("a.pin", "pin", "", lambda read: (3, 4) if read is doc else None, ())
    rest = Rule("z.rest", "pair", "", lambda read: (3, 4) if read is not doc else None, ())
    monkeypatch.setattr(engine, "RULES", (first, rest, rule("z.last", "pair", (0, 1))))
    made = applied()
    assert made is not None
    assert made.rule == found


def test_a_rule_that_finds_nothing_is_followed_by_the_next(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace
) -> None:
    monkeypatch.setattr(engine, "RULES", (rule("a.none", "pair", None), rule("b.some", "pair", (1, 2))))
    assert applied() == Finding("b.some", 1, 2, "pair")
    monkeypatch.setattr(engine, "RULES", (rule("a.none", "pair", None),))
    assert applied() is None


@pytest.mark.parametrize(
    ("doubted", "denied", "found"), [(True, True, False), (True, False, True), (False, True, True)]
)
def test_only_a_doubted_rule_is_denied_by_what_was_learned(
    monkeypatch: pytest.MonkeyPatch, doc: SimpleNamespace, doubted: bool, denied: bool, found: bool
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(learned, "DOUBTED", {"a.one"} if doubted else set())
    monkeypatch.setattr(learned, "denies", lambda _doc, at: asked.append(at) or denied)
    monkeypatch.setattr(engine, "RULES", (rule("a.one", "pair", (5, 9)),))
    assert (applied() is not None) is found
    assert asked == ([5] if doubted else [])


def test_a_text_is_read_plain_first_and_each_reading_once() -> None:
    hidden = base64.b64encode(b"these are words behind a wrapping").decode()
    read = [view.text for view in engine._readings(f"{hidden} {hidden}", "web_form")]
    assert read[0] == f"{hidden} {hidden}"
    assert any("words behind a wrapping" in each for each in read)
    assert len(read) == len(set(read))


def test_a_wrapping_in_a_wrapping_is_undone() -> None:
    hidden = b"these are words behind two wrappings"
    twice = base64.b64encode(base64.b64encode(hidden)).decode()
    assert any(hidden.decode() in view.text for view in engine._readings(twice, "web_form"))


@pytest.mark.parametrize(
    ("token", "veiled"),
    [
        ("0123456789abcdef", False),  # opaque, and nothing to read in it
        ("riGp_58WAm-dX3a5", True),
        ("riGp-58WAm-dX3a5", True),
        ("riGp_58WAm_dX3a5", True),
        ("riGp58WAmdX3a5Q9", False),  # of chance, but it may be somebody's password
        ("copper-lantern-oil", False),  # words of a person
        ("01234567-89ab-cdef-0123-456789abcdef", False),
    ],
)
def test_a_token_of_a_program_is_veiled_and_nothing_else(token: str, veiled: bool) -> None:
    read = engine._TOKEN.sub(engine._veiled, f"see {token} here")
    assert read == f"see {digests.veiled(token) if veiled else token} here"


def test_a_hash_in_base64_is_read_as_none_and_a_short_text_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    made = SimpleNamespace(labels=0)
    monkeypatch.setattr(Doc, "of", lambda view, _inlet: read.append(view.text) or made)
    monkeypatch.setattr(engine, "RULES", ())
    run = "uZ6DBt2nSKYeApqKP0FbAkoUbPDZipjhz5mWYflnva8="
    for text in (run, "copper lantern"):
        engine._apply(plain(text), "web_form")
    assert read == [digests.veiled(run), "copper lantern"]


@pytest.mark.parametrize(("text", "large_"), [("short", False), ("longer", True)])
def test_a_large_text_is_read_with_all_its_wrappings_undone_in_one_go(
    monkeypatch: pytest.MonkeyPatch, text: str, large_: bool
) -> None:
    monkeypatch.setattr(large, "LARGE", 5)
    monkeypatch.setattr(large, "readings", lambda text, _inlet: [plain(f"large {text}")])
    assert [view.text for view in engine._readings(text, "web_form")][:1] == [f"large {text}" if large_ else text]


def test_readings_of_one_text_are_given_until_they_are_too_many_letters_then_all_is_undone_in_one_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "the p a s s w o r d is %26amp%3B l a n t e r n"
    whole = [view.text for view in engine._readings(text, "web_form")]
    assert len(whole) > 3
    monkeypatch.setattr(engine, "MOST_READ", 2 * len(text))
    monkeypatch.setattr(large, "readings", lambda text, _inlet: [plain(f"large {text}")])
    assert [view.text for view in engine._readings(text, "web_form")] == [*whole[:2], f"large {text}"]


@pytest.mark.parametrize(("sign", "times"), [("%41", 1), ("%2541", 2)])
def test_of_the_longest_text_that_is_read_one_by_one_only_what_is_new_is_read_again(
    monkeypatch: pytest.MonkeyPatch, sign: str, times: int
) -> None:
    monkeypatch.setattr(large, "readings", lambda _text, _inlet: [plain("in one go")])
    text = sign + "a mile of copper. " * (large.LARGE // 18 - 1)
    assert large.LARGE - 40 < len(text) <= large.LARGE
    read = [len(view.text) for view in engine._readings(text, "web_form")]
    assert read[0] == len(text)
    assert len(read) == 1 + times
    assert all(100 < length < 3_000 for length in read[1:])


def test_letters_that_stand_apart_are_closed_up_outside_and_inside_a_wrapping() -> None:
    apart = "the p a s s w o r d is l a n t e r n"
    assert any("password" in view.text for view in engine._readings(apart, "web_form"))
    hidden = base64.b64encode(apart.encode()).decode()
    assert any("password" in view.text for view in engine._readings(hidden, "web_form"))


def test_letters_of_a_page_that_fills_its_line_are_closed_up_and_its_words_stay_apart() -> None:
    drawn = "p  a  s  s  w  o  r  d      L  a  n  t  e  r  n   9   9"
    assert any(view.text.split() == ["password", "Lantern99"] for view in engine._readings(drawn, "pdf_upload"))
    figures = "1  2  3  4\n5  6  7  8\n"
    assert [view.text for view in engine._readings(figures, "pdf_upload")] == [figures]


@pytest.mark.parametrize(("length", "order"), [(2000, "one by one"), (2001, "all at once")])
def test_what_is_wrapped_in_a_text_of_two_thousand_letters_is_undone_in_every_order_and_in_a_longer_one_at_once(
    monkeypatch: pytest.MonkeyPatch, length: int, order: str
) -> None:
    monkeypatch.setattr(engine, "unwrapped", lambda _view: [plain("one by one")])
    monkeypatch.setattr(engine, "unwrapped_at_once", lambda _view: [plain("all at once")])
    text = "a mile of copper. " * 112
    assert [view.text for view in engine._readings(text[:length], "web_form")][1] == order


@pytest.mark.parametrize("length", [0, 2001])
def test_three_wrappings_of_each_other_are_undone(length: int) -> None:
    wrapped = "my portal password is lantern46"
    for _time in range(3):
        wrapped = base64.b64encode(wrapped.encode()).decode()
    text = f"{'a mile of copper. ' * 112}"[:length] + f" {wrapped}"
    read = [view.text for view in engine._readings(text, "web_form")]
    assert any("lantern46" in each for each in read)
    assert len(set(read)) == len(read)  # a text is refused for many readings: none is counted twice
