"""What a name of a program or a table says of what it holds."""

import pytest

from broker.credentials.naming import Sort, may_be_user, of_another, of_portal, parts, read


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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("portal[clave]", ["portal", "clave"]), ("mfaCode", ["mfa", "code"]), ("PORTALClave", ["portal", "clave"]),
        ("one time code", ["onetime", "code"]), ("PW", ["pw"]), ("w0rd", ["word"]), ("Contrase\u00f1a", ["contrasena"]),
        ("clave9", ["clave"]), ("p4ssw0rd7", ["p4ssw0rd"]), ("lamp2", ["lamp2"]), ("__", []),
        # glued together, and words that only look so
        ("portalpin", ["portal", "pin"]), ("pinportal", ["pin", "portal"]), ("upw", ["u", "pw"]), ("pwu", ["pwu"]),
        ("keyapp", ["key", "app"]), ("clavelamp", ["clavelamp"]), ("lampweb", ["lampweb"]), ("webpw", ["webpw"]),
        ("upin", ["upin"]), ("pwsh", ["pwsh"]), ("p@ssWord", ["p@ssword"]),
        ("shkey", ["shkey"]), ("portal", ["portal"]),
    ],
)  # fmt: skip
def test_the_words_of_a_name_are_told_apart(name: str, said: list[str]) -> None:
    assert parts(name) == said


def test_a_word_of_every_list_stays_one_word() -> None:
    """A word that is known is never cut nor its figures read as letters: `2fa` is no `fa`, `userpw` no user and pw."""
    for word in ("luz", "mbr", "userpw", "clv", "kwd", "nip", "codigo", "2fa", "2step", "hotp", "semilla", "jwt"):
        assert parts(word) == [word]


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        # one word alone
        ("clave", Sort.WEAK), ("word", Sort.VAGUE), ("with", Sort.SLIGHT), ("user", Sort.USER), ("otp", Sort.CODE),
        ("unlock", Sort.CODE), ("answer", Sort.REPLY), ("token", Sort.TOKEN), ("set", None), ("code", None),
        ("sms", None), ("seed", None), ("name", None), ("id", None), ("portal", None), ("session", Sort.TOKEN),
        ("totp", Sort.CODE), ("lamp", None),
        # with words beside it that change what it is
        ("clave set", None), ("portal clave set", None), ("portal set clave", Sort.SECRET),
        ("clave account", Sort.WEAK), ("x at", None), ("with con", None), ("code lamp", None),
        ("answer portal", None), ("answer lamp", None), ("answer security", Sort.ANSWER), ("my answer lamp", None),
        ("answer answer", Sort.REPLY), ("key lamp", Sort.VAGUE), ("key sms", Sort.CODE), ("lamp sms", None),
        ("session portal", Sort.TOKEN), ("session lamp", None), ("token lamp", None), ("cookie sso", Sort.TOKEN),
        ("pin app", Sort.PIN), ("pin lamp", None), ("seed lamp", None), ("portal word", Sort.WEAK),
        ("portal key", Sort.VAGUE), ("clave de la luz", Sort.SECRET), ("clave de mi", Sort.WEAK),
        ("clave lamp", None), ("clave portal lamp", Sort.SECRET),
        # who signs in
        ("web name", Sort.USER), ("user name", Sort.USER), ("connect as", Sort.USER), ("connect lamp as", None),
        ("lamp name", None), ("lamp user name", None), ("lamp user", None), ("user lamp", Sort.USER),
        ("user lamp oil", Sort.USER), ("user lamp oil wick", None), ("portal lamp user", Sort.USER),
        ("portal usuario", Sort.USER), ("portal lamp oil user", Sort.USER),
        # a sentence is no name
        ("key lamp oil wick", Sort.VAGUE), ("key lamp oil wick walnut", None),
        ("portal clave lamp oil wick walnut river", Sort.SECRET),
        ("portal clave lamp oil wick walnut river saddle", None),
    ],
)  # fmt: skip
def test_each_word_of_a_name_counts_and_where_it_stands(name: str, sort: Sort | None) -> None:
    assert read(name) is sort


def test_a_name_has_48_signs_at_most() -> None:
    name = "portal clave "
    assert read(name + "l" * (48 - len(name))) is Sort.SECRET
    assert read(name + "l" * (49 - len(name))) is None


@pytest.mark.parametrize(
    ("name", "portal", "another"),
    [("SmartHub", True, False), ("mi_luz", True, False), ("zip file", False, True), ("gateCode", False, True),
     ("web gate", True, True), ("clave", False, False), ("", False, False)],
)  # fmt: skip
def test_a_name_speaks_of_a_portal_or_of_another_thing_with_a_key_of_its_own(
    name: str, portal: bool, another: bool
) -> None:
    assert (of_portal(name), of_another(name)) == (portal, another)


@pytest.mark.parametrize(
    ("name", "may"),
    [("correo", True), ("portal", True), ("Me", True), ("lamp", False), ("clave", False), ("correo lamp", False),
     ("lamp correo", False), ("portal id", False), ("", False)],
)  # fmt: skip
def test_who_signs_in_may_be_named_by_one_word(name: str, may: bool) -> None:
    assert may_be_user(name) is may
