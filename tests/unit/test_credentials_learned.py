"""The learned detector: its weights are what its corpus teaches, it reads passages, and it names the sentence."""

import pytest

from broker.credentials import engine, learned, scan
from broker.credentials.rules import RULES
from broker.credentials.tokens import PAGES, Doc
from tests.fixtures.credentials import train

HANDED = "I left the office tablet logged in, she will hand it to you at the counter."
CLEAN = "The meter by the mill was read on the 14th, and the bill came a week later than it used to.\n"
LEFT_OUT = "open_eighth"


def test_its_weights_are_what_the_corpus_teaches_and_nothing_else() -> None:
    read = [each for name in train.CORPORA for each in train.passages(name)]
    by_words = train.written(train.train([each.line for each in read]))
    by_letters = train.written_letters(train.train_letters(read))
    assert by_words == train.TARGET.read_text(encoding="utf-8")
    assert by_letters == train.LETTERS.read_text(encoding="utf-8")


def test_it_is_small() -> None:
    assert train.TARGET.stat().st_size <= 500_000
    assert train.LETTERS.stat().st_size <= 180_000


def test_a_writer_who_was_left_out_is_found_more_often_with_it() -> None:
    # Of the others every fourth line: what so few of them teach is found again, and the whole is trained above.
    model = train.train([line for name in train.CORPORA if name != LEFT_OUT for line in train.lines(name)][::4])
    scores = [(model.score(line) > learned.ENOUGH[""], line.blocked) for line in train.lines(LEFT_OUT)]
    missed = [row for row in train.rows(LEFT_OUT) if row["label"] == "block"]
    assert sum(found for found, blocked in scores if blocked) >= 0.4 * len(missed)
    assert sum(found for found, blocked in scores if not blocked) <= 0.02 * (len(scores) - len(missed))


def test_without_it_what_no_rule_names_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scan(HANDED, "email_reply") is not None
    monkeypatch.setattr(engine, "RULES", tuple(rule for rule in RULES if rule.id != "access.learned"))
    assert scan(HANDED, "email_reply") is None


def test_it_names_the_sentence() -> None:
    text = f"{CLEAN}{HANDED}\n{CLEAN}"
    span = learned.found(Doc(text, "email_reply"))
    assert span is not None
    assert text[slice(*span)] == HANDED


def test_a_passage_is_seen_in_a_long_message_and_a_letter_is_left_to_the_rules() -> None:
    assert learned.found(Doc(CLEAN * 30, "email_reply")) is None
    assert learned.found(Doc(CLEAN * 15 + HANDED + "\n" + CLEAN * 15, "email_reply")) is not None
    assert learned.found(Doc(CLEAN * 200 + HANDED, "email_reply")) is None


def test_a_word_alone_says_nothing() -> None:
    assert learned.found(Doc("Windrow88", "web_form")) is None
    assert learned.found(Doc("", "web_form")) is None


@pytest.mark.parametrize("said", sorted(train.programs())[::5])
def test_what_a_program_says_of_itself_is_no_login(said: str) -> None:
    assert scan(said, "web_form") is None


def test_a_login_that_is_written_as_a_program_says_its_name_is_found() -> None:
    assert scan("rob77/Gravel8! (that is it)", "web_form") is not None
    assert scan("portal login/rob77 password/Gravel8!", "web_form") is not None


@pytest.mark.parametrize(
    "said",
    [
        "android-app://com.google.android.gm/",  # from where a browser of a phone comes, behind a link in a mail
        "android-app://com.microsoft.office.outlook/",
        "https://mail.example/mail/u/0/",
        "https://broker.example/my/sign-in/code/",
        "Received: from gw.example.com ([192.0.2.23]) by gw2.example.net (Post.Office MTA v0.0.0 release (P0000-000x) "
        "ID# 0-00000000000000000) with ESMTP id 0000001 for  ; Thu, 29 Apr 2010 00:00:00 -0000",
        "h1 { color: red; }\np { margin: 1in; }\ndiv.page { size: 8in; }",
    ],
)
def test_what_programs_write_for_each_other_is_not_judged(said: str) -> None:
    assert learned.found(Doc(said, "web_form")) is None
    assert scan(said, "web_form") is None


def test_a_login_in_the_address_that_a_browser_comes_from_is_found() -> None:
    assert scan("https://broker.example/my/?note=my+portal+password+is+Gravel8!", "web_form") is not None


def test_a_rule_is_not_doubted_where_its_sentence_is_like_a_login_by_itself() -> None:
    bill = "Usage report\nAccount number: 40900017\n2025-10-19 49.600 kWh\n"
    said = "my SmartHub password is Thimble!Gravel8"
    for text in (bill + said, said + "\n" + bill):
        assert scan(text, "pdf_upload") is not None


PLAIN = "The outage of October {} lasted three hours at the mill, and the meter by the barn showed it well.\n"
ALONE = (  # what no rule names: the model alone takes these for logins
    "Four numbers for sign on. Four seven eight one.",
    HANDED,
    "la palabra secreta para entrar es ajonjol\u00ed",
)


@pytest.mark.parametrize("said", ALONE)
@pytest.mark.parametrize("lines", [8, 20, 120])
@pytest.mark.parametrize("empty", ["\n\n", "\n \t\n", "\n> \n"])
def test_a_paragraph_of_a_longer_text_is_read_as_a_message_of_its_own(said: str, lines: int, empty: str) -> None:
    honest = [PLAIN.format(day) for day in range(1, lines + 1)]
    assert scan(said, "email_reply") is not None
    for at in (0, lines // 2, lines):
        text = "".join(honest[:at]) + empty + said + empty + "".join(honest[at:])
        found = scan(text, "email_reply")
        assert found is not None
        assert (found.rule, text[found.start : found.end].strip()[:4]) == ("access.learned", said[:4])
    assert scan("".join(honest) + empty + "Four poles stand by the creek." + empty, "email_reply") is None


def test_of_a_book_no_paragraph_is_read() -> None:
    honest = "".join(PLAIN.format(day) for day in range(1, 260))
    assert len(honest) > PAGES
    assert scan(f"{honest}\n{ALONE[0]}\n", "email_reply") is None
