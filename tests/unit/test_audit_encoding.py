"""Base64 by RFC 4648, in the one form that each format has."""

import base64

import pytest

from broker.audit.encoding import b64, b64url, unb64, unb64url

# RFC 4648, section 10.
OF_THE_STANDARD = {b"": "", b"f": "Zg==", b"fo": "Zm8=", b"foo": "Zm9v", b"foob": "Zm9vYg==", b"fooba": "Zm9vYmE="}


def test_notes_have_the_examples_of_the_standard() -> None:
    assert {data: b64(data) for data in OF_THE_STANDARD} == OF_THE_STANDARD
    assert [unb64(text) for text in OF_THE_STANDARD.values()] == list(OF_THE_STANDARD)


@pytest.mark.parametrize("length", range(70))
def test_every_length_is_read_as_it_was_written(length: int) -> None:
    data = bytes(255 - number for number in range(length))  # begins with the two signs that the alphabets differ in
    assert b64(data) == base64.b64encode(data).decode()
    assert b64url(data) == base64.urlsafe_b64encode(data).decode().rstrip("=")
    assert unb64(b64(data)) == unb64url(b64url(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        "Zh==",  # an unused bit is set
        "Zm9=",
        "Zg",  # the padding is missing
        "Zg=",
        "Zg===",  # and too much of it
        "Zg==Zg==",
        "Zg==\n",
        " Zg==",
        "Zm\n9v",
        "Zm9v!",
        "-_-_",  # the alphabet of the headers
        "Zm9v\u00e9",
    ],
)
def test_what_another_text_says_in_the_one_form_is_no_base64_of_a_note(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|padding|ASCII"):
        unb64(text)
