"""What a letter says of how its signer was known: only what the record says was used."""

import pytest

from consents.ceremony.stated import CODE, KNOWLEDGE, LINK, masked, method_words


@pytest.mark.parametrize(
    ("methods", "opened", "said", "unsaid"),
    [
        ([LINK, CODE, KNOWLEDGE], "word", "a link and a 6-digit code sent to one mailbox; one factor", "fetching"),
        ([LINK, KNOWLEDGE], "word", "a link sent to one mailbox", "6-digit"),
        ([LINK, CODE], "declared", "the signer said so after fetching it", "account number"),
        ([LINK, CODE, KNOWLEDGE], "declared", "account number and name as billed typed by the signer", "the word"),
    ],
)
def test_the_words_name_what_was_used_and_nothing_else(methods: list[str], opened: str, said: str, unsaid: str) -> None:
    words = method_words(methods, opened)
    assert said in words
    assert unsaid not in words


@pytest.mark.parametrize(
    ("methods", "opened"),
    [([KNOWLEDGE], "word"), ([], "word"), ([LINK, "totp"], "word"), ([LINK, CODE], ""), ([LINK, CODE], "guessed")],
)
def test_a_method_without_words_is_never_stated_by_default(methods: list[str], opened: str) -> None:
    with pytest.raises(ValueError, match="no words"):
        method_words(methods, opened)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("gwen@member.example", "g***@member.example"),
        ("a@b.example", "a***@b.example"),
        ('"x@y"@z.example', '"***@z.example'),
    ],
)
def test_a_mailbox_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown
