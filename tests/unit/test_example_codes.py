"""A code that a page shows as an example is well formed, and is nobody's: whoever copies it is told that it is none."""

import re
import secrets
from pathlib import Path

import pytest

from broker import looking
from consents.checking.forms import LetterForm
from consents.identity import posted
from consents.identity.forms import PostedCodeForm
from consents.loa import code
from consents.loa.letter import new_verification_code

ROOT = Path(__file__).resolve().parents[2]
SIGN = f"[{code.ALPHABET}]"
# Two fours with letters and digits in both: no year, no number of a letter, no word.
SHOWN = re.compile(rf"(?<![\w-])(?=\w*\d)(?=\w*[A-Z]){SIGN}{{4}}-(?=\w*\d)(?=\w*[A-Z]){SIGN}{{4}}(?![\w-])")
PLACES = [
    *(ROOT / "templates").rglob("*.*"),
    *(ROOT / "locale").rglob("*.po"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "consents").rglob("*.py"),
    *(ROOT / "requests_app").rglob("*.py"),
    *(ROOT / "broker").rglob("*.py"),
    ROOT / "README.md",
]


def shown(path: Path) -> list[str]:
    return SHOWN.findall(path.read_text(encoding="utf-8"))


def test_every_example_is_the_one_that_is_nobodys() -> None:
    found = {path: shown(path) for path in PLACES if path.suffix != ".mo" and path.is_file()}
    assert {each for codes in found.values() for each in codes} == {code.EXAMPLE}
    assert len([path for path, codes in found.items() if codes]) >= 3  # two forms and their Spanish


def test_the_example_is_well_formed_and_both_forms_take_it() -> None:
    assert code.read_code(code.EXAMPLE) == code.EXAMPLE
    for form in (LetterForm, PostedCodeForm):
        field = form.base_fields["code"]
        assert code.EXAMPLE in str(field.help_text)
        assert field.clean(code.EXAMPLE) == code.EXAMPLE


def test_the_example_is_never_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    signs = code.EXAMPLE.replace("-", "")
    values = iter([code.ALPHABET.index(sign) for sign in signs[:7]] + [1] * 7)
    monkeypatch.setattr(secrets, "randbelow", lambda _most: next(values))
    assert new_verification_code() == code.verification_code([1] * 7)
    drawn = iter([*signs, *"11111111"])
    monkeypatch.setattr(secrets, "choice", lambda _signs: next(drawn))
    assert posted._drawn() == "11111111"


@pytest.mark.parametrize("refused", ["DEMM2FA8", "SMSR6T5D", "2FAYV0YA", "NGTHMFA4"])
def test_no_code_goes_by_post_that_the_gate_would_refuse_as_the_letter_prints_it(
    refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not code.can_be_entered(refused)
    drawn = iter([*refused, *"11111111"])
    monkeypatch.setattr(secrets, "choice", lambda _signs: next(drawn))
    assert posted._drawn() == "11111111"


@pytest.mark.parametrize(
    "text", ["code: DEMM-2FA8", "code: DEMM2FA8", "code: DEMM-2FA8\ndigits: 0042", "code: DEMM2FA8\ndigits: 0042"]
)
def test_each_spelling_of_a_code_is_tried_with_and_without_the_digits(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "look", lambda found, _kind: "refused" if found == text else None)
    assert not code.can_be_entered("DEMM-2FA8")
    assert not code.can_be_entered("DEMM2FA8")
    assert code.can_be_entered("DEMM2FA9")
