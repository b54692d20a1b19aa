"""Every promise in a text carries a mark, and every mark has a test that proves it."""

import ast
import re
from pathlib import Path

import pytest
from django.template import TemplateSyntaxError, engines
from django.utils.html import strip_tags

from broker.notices.promises import PROMISES, WORDS
from tests.unit.test_language import SPOKEN, WHOLE_PAGES

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
MARK = re.compile(r'\{% promise "([a-z-]+)" %\}')
WORD = re.compile(rf"\b({'|'.join((*WORDS['en'], *WORDS['es']))})\b", re.IGNORECASE)
TEXT = re.compile(
    r'(?P<mark>(?:\{% promise "[a-z-]+" %\})*)'
    r'(?:\{%\s*translate "(?P<one>[^"]*)"[^%]*%\}'
    r"|\{%\s*blocktranslate[^%]*%\}(?P<many>.*?)\{%\s*endblocktranslate\s*%\})",
    re.DOTALL,
)
# A promising word that promises nothing here. Looked at one by one; whoever adds a line says why.
NOT_A_PROMISE = {
    "Tick only what you want them to see": "asks, does not promise",
    "Only the proof inside was checked": "says what was not checked",
    "which nobody signs, do not fit": "says which lines are not signed",
    "Nobody outside holds a state": "says what is missing",
    "Nobody but you has asked yet": "says what the list below holds",
    "By you, at once": "says how soon a person can do it",
    "Please send only the months": "asks the co-op",
    "un solo botón": "one button",
    "sin el código nadie puede seguir": "the mark stands before the sentence",
    "Only the customer can give": "says what a program is to do",
    "Nobody used this permission": "says why it was paused",
    "We never read a gap": "says how a request is read",
    "Only a sealed letter does": "says which file is needed",
    "nobody else": "repeats the customer's own answer",
    "nformation only": "names the kind of letter; the sentence about acts carries the mark",
    "olo información": "the same in Spanish",
    "you can only sign what you have opened": "says why the page stays",
    "Ask only for the accounts": "says what a program is to do",
    "This address reads JSON only": "says what a program is to send",
    "Nobody was refused anything": "says what the list holds",
    "que uno solo pueda": "says “one alone”",
    "Send only files of the account": "asks, does not promise",
    "as you always do": "says how she signs in",
    "because nobody used it": "says why it was paused",
}
FOR_PEOPLE = [
    *(path for path in TEMPLATES.glob("*.html")),
    *(TEMPLATES / "consents").rglob("*.html"),
    *(TEMPLATES / "inlets").rglob("*.html"),
    *(TEMPLATES / "checking").rglob("*.html"),
    *(TEMPLATES / "desk").rglob("*.html"),
    *(TEMPLATES / "emails").rglob("*.txt"),
]


def unmarked(source: str) -> list[str]:
    """Sentences of a template with a promising word and no mark before them."""
    found = [
        hit["one"] or hit["many"]
        for hit in TEXT.finditer(source)
        if not hit["mark"] and promises(hit["one"] or hit["many"])
    ]
    rest = [row for row in TEXT.sub("", source).splitlines() if not MARK.search(row)]
    return found + [row.strip() for row in rest if promises(strip_tags(re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", row)))]


def promises(text: str) -> bool:
    return bool(WORD.search(text)) and not any(harmless in text for harmless in NOT_A_PROMISE)


@pytest.mark.parametrize("path", FOR_PEOPLE, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_promise_of_a_template_is_marked(path: Path) -> None:
    assert unmarked(path.read_text()) == []


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_promise_of_a_program_is_marked(path: Path) -> None:
    rows = path.read_text().splitlines()
    found = [
        (node.lineno, node.args[0].value)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"_", "gettext", "gettext_lazy", "gettext_noop", "lazy"}
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and promises(str(node.args[0].value))
    ]
    marks = {text: re.findall(r"# promise: ([a-z-]+)", "\n".join(rows[max(0, at - 4) : at])) for at, text in found}
    assert not [text for text, names in marks.items() if not names or not set(names) <= set(PROMISES)]


def test_the_harmless_are_still_there() -> None:
    texts = "\n".join(path.read_text() for path in [*FOR_PEOPLE, *SPOKEN])
    assert not [text for text in NOT_A_PROMISE if text not in texts]


def test_s72_each_mark_is_used_and_proven() -> None:
    used = {mark for path in TEMPLATES.rglob("*.*") for mark in MARK.findall(path.read_text())}
    used |= {mark for path in SPOKEN for mark in re.findall(r"# promise: ([a-z-]+)", path.read_text())}
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    proven = set(re.findall(r'^@pytest\.mark\.promise\("([a-z-]+)"\)', tests, re.MULTILINE))
    assert used == set(PROMISES)
    assert proven == set(PROMISES)


def test_a_mark_says_nothing_and_an_unknown_one_is_refused() -> None:
    engine = engines["django"]
    assert engine.from_string('{% promise "stop-at-once" %}It works.').render({}) == "It works."
    with pytest.raises(TemplateSyntaxError):
        engine.from_string('{% promise "everything" %}')


def test_an_unmarked_promise_is_found() -> None:
    assert unmarked('<p>{% translate "We never sleep." %}</p>') == ["We never sleep."]
    assert unmarked('<p>{% promise "stop-at-once" %}{% translate "We never sleep." %}</p>') == []
    assert unmarked("Nunca dormimos.") == ["Nunca dormimos."]
    assert WHOLE_PAGES
