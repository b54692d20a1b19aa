"""A login that is the value of a member, a parameter or an element is structure: nobody lets it through."""

import pytest

from broker.looking import is_words, letting_through, look, names_secret, sort

SECRET = "Thimble!Gravel8"
MEMBERS = (
    ('{"username":"rob77","password":"Thimble!Gravel8"}', "api_json"),
    ('{"password" : "Thimble!Gravel8", "username": "rob77"}', "api_json"),
    ('{"a":[{"smarthub_pin":"4821"}]}', "api_json"),
    ('{"portalToken":"8F3A91C07D5E46B2A1F0"}', "api_json"),
    ('{"note":"x","smarthub_pin":448812}', "api_json"),
    ('{"smarthub_password":["bluebird7"]}', "api_json"),
    ('{"smarthub_password":{"value":"bluebird7"}}', "api_json"),
    ('{"smarthub_password":"blue bird seven"}', "api_json"),
    ('{"password" :          "bluebird7"}', "api_json"),
    ('{"password":"","note":"","password":"bluebird7"}', "api_json"),
    ('{"note":"my password is Thimble!Gravel8","smarthub_password":"bluebird7"}', "api_json"),
    ("username=rob77&password=Thimble!Gravel8", "web_form"),
    ("password=Thimble!Gravel8&username=rob77", "api_json"),
    ("?password=Thimble!Gravel8", "web_form"),
    ("<login><password>Thimble!Gravel8</password></login>", "api_json"),
    ('<password type="plain">Thimble!Gravel8</password>', "api_json"),
    ('<login user="rob77" password="Thimble!Gravel8"/>', "web_form"),
    ("<a:login a:password='Thimble!Gravel8'", "web_form"),
    ("<password><![CDATA[Thimble!Gravel8]]></password>", "web_form"),
    ("<Password>it is Thimble!Gravel8</Password>", "web_form"),
    ('<param name="password">Thimble!Gravel8</param>', "web_form"),
    ('<input name="password" value="Thimble!Gravel8">', "web_form"),
    ("<key>password</key><string>Thimble!Gravel8</string>", "web_form"),
    ("server=x;user=rob77;password=Thimble!Gravel8;", "web_form"),
    ("[portal]\nuser = rob77\npassword = Thimble!Gravel8\n", "web_form"),
    ("{'user': 'rob77', 'password': 'Thimble!Gravel8'}", "web_form"),
    ('{"user" => "rob77", "password" => "Thimble!Gravel8"}', "web_form"),
    ('{"username":"rob77","password":"Thimble!Gravel8', "api_json"),
    ('{"name":"password","value":"Thimble!Gravel8"}', "api_json"),
    ('{"note":"user=rob77&password=Thimble!Gravel8"}', "api_json"),
    ('{"note":"{\\"password\\":\\"Thimble!Gravel8\\"}"}', "api_json"),
    (f"{''.join(f'<v{n}>1</v{n}>' for n in range(300))} my password is Thimble!Gravel8", "web_form"),
)
WORDS = (
    ('{"note":"password: Thimble!Gravel8"}', "api_json"),
    ('{"note":"my password is Thimble!Gravel8"}', "api_json"),
    ('{"note":"Thimble!Gravel8 is my portal password"}', "api_json"),
    ('{"note":"my password is Thimble!Gravel8","password":"","password_set":true}', "api_json"),
    ("password: Thimble!Gravel8", "web_form"),
    ("password=Thimble!Gravel8", "web_form"),
    ("<p>password: Thimble!Gravel8</p>", "web_form"),
    ("<input type='password' name='password' value=''> my password is Thimble!Gravel8", "web_form"),
    ('<p class="name" id="a1">my password is Thimble!Gravel8</p>', "web_form"),
    ("user: rob77\npassword: Thimble!Gravel8", "web_form"),
    ("my [portal] password is Thimble!Gravel8", "web_form"),
    ('{"note":"<p>my password is Thimble!Gravel8</p>","a":' + "[1]," * 300 + '"b":1}', "api_json"),
)


@pytest.mark.parametrize(("text", "inlet"), MEMBERS)
def test_a_named_member_is_structure(text: str, inlet: str) -> None:
    found = look(text, inlet)
    assert found is not None
    assert not is_words(found, text, inlet)
    with letting_through([sort(inlet)]):
        assert look(text, inlet) is not None


@pytest.mark.parametrize(("text", "inlet"), WORDS)
def test_what_somebody_wrote_into_one_is_words(text: str, inlet: str) -> None:
    found = look(text, inlet)
    assert found is not None
    assert is_words(found, text, inlet)
    with letting_through([sort(inlet)]):
        assert look(text, inlet) is None


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "smarthub_password",
        "user[password]",
        "txtPass",
        "pin",
        "mfa_code",
        "portalToken",
        "contrasena",
        "security_answer",
        f"{'x' * 500}_password",
    ],
)
def test_a_name_of_a_field_may_ask_for_a_secret(name: str) -> None:
    assert names_secret(name, "web_form")


@pytest.mark.parametrize(
    "name", ["note", "reason", "legal_name", "question", "code", "username", "password_shared", "bluebird7", ""]
)
def test_another_name_asks_for_none(name: str) -> None:
    assert not names_secret(name, "web_form")
