"""What a name of a program or a table says of what it holds."""

import pytest

from broker.credentials.naming import Sort, read


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("clave_luz", Sort.SECRET),
        ("portal[clave]", Sort.SECRET),
        ("PW Luz", Sort.SECRET),
        ("upw", Sort.SECRET),
        ("web word", Sort.WEAK),
        ("w0rd", Sort.VAGUE),
        ("OBEC_P", Sort.VAGUE),
        ("pin_login", Sort.PIN),
        ("nipPortal", Sort.PIN),
        ("mfaCode", Sort.CODE),
        ("codigo_sms", Sort.CODE),
        ("codigoUnUso", Sort.CODE),
        ("clave_sms", Sort.CODE),
        ("totp seed", Sort.SEED),
        ("secreto_2fa", Sort.SEED),
        ("refresh_token", Sort.TOKEN),
        ("SHAUTH", Sort.TOKEN),
        ("sec_answer", Sort.ANSWER),
        ("secret a", Sort.ANSWER),
        ("a1", Sort.REPLY),
        ("web_id", Sort.USER),
    ],
)
def test_a_name_is_read_in_whatever_clothes(name: str, sort: Sort) -> None:
    assert read(name) is sort


@pytest.mark.parametrize(
    "name",
    [
        "clave_tarifa", "wifi_password", "zip password", "gate code", "rate code", "pin", "password_policy",
        "passwordChanged", "mfa_enabled", "secret_santa", "csrf_token", "upload_token", "sort_key", "palabra_clave", "",
        "ticket",
        "a name that is longer than any that a program or a clerk writes down",
    ],
)  # fmt: skip
def test_a_name_of_another_thing_or_of_what_is_said_about_a_secret_is_none(name: str) -> None:
    assert read(name) is None
