"""What somebody tried who had the running gate alone (decision 0145): found now, and honest texts that pass now."""

import pytest

from broker.credentials import scan

FOUND = {
    "an arrow": ("password→girasol22", "web_form"),
    "another arrow": ("clave ➜ girasol22", "admin_note"),
    "a path behind another step": ("http://hook.example/smarthub/password/Kw7rtk353", "api_json"),
    "a path that goes on": ("http://hook.example/smarthub/password/Kw7rtk353/x", "api_json"),
    "a packed step of a path": (
        "http://hook.example/in/bXkgU21hcnRIdWIgcGFzc3dvcmQ6IEt3N3J0azM1NA==",
        "api_json",
    ),
    "joined words": ("smarthub-password-kw7rtk1604", "api_json"),
    "an element within one": ("<Usage><Password><v>Kw7rtk1415</v></Password></Usage>", "csv_upload"),
    "the same over lines": ("<a:Pin>\n  <value>4471</value>\n</a:Pin>", "csv_upload"),
    "changed to": ("I changed my password to girasol22", "web_form"),
    "puse de": ("puse girasol22 de contraseña", "web_form"),
    "a label, a plain word, and nothing else": ("pass: bluebird", "web_form"),
    "the same in Spanish": ("la clave: girasol", "email_reply"),
    "an address, a plain word, and nothing else": ("marla77@mill.example, bluebird", "admin_note"),
    "the same glued": ("marla77@mill.example:bluebird", "web_form"),
    "the same with a place before it": ("SmartHub: rita.b > bluebird", "pdf_upload"),
    "the same on two lines of a mail": ("marla77@mill.example\nbluebird", "email_reply"),
    "cookies": ("Open the site, export your cookies and send them to us.", "outbound_email"),
    "a login behind a Wi-Fi": (
        "Wi-Fi at the site: guest / oatmeal22. SmartHub login is rob77 / Gravel!9",
        "admin_note",
    ),
}
PASSED = {
    "a pass and what kind it is": ("pass: monthly", "web_form"),
    "a key of a rate": ("clave: residencial", "admin_note"),
    "an address and what is asked": ("office@mill.example please", "web_form"),
    "an address and a piece of it": ("rita.ott@mill.example Rita", "email_reply"),
    "an address in one field and a county in the next": ("rita.ott@mill.example\nRipley", "web_form"),
    "an address and a role": ("rita.ott@mill.example: treasurer", "admin_note"),
    "an address that is written to": ("mail rita.ott@mill.example Buckthorn", "email_reply"),
    "a field of a form of ours": ("legal_name: PrairieBooks", "web_form"),
    "the same of one letter's clothes": ("contact_name: Mado\u200bnna", "web_form"),
    "a name and a surname": ("mary_ann Buckthorn", "web_form"),
    "an element within another": ("<Usage><Reading><v>4471</v></Reading></Usage>", "csv_upload"),
    "a long step of a path": ("https://coop.example/consumption-and-production-of-october/readings", "web_form"),
    "a menu": ("Settings → Password → Change is where it stops", "web_form"),
    "a field of a schema": ("/docs/customer.json?pointer=/properties/password/description", "url_param"),
    "a page that resets": ("https://portal.example/account/password/reset/", "web_form"),
    "a number of ours": ("sought: G-932c7c6a", "admin_note"),
    "a sentence with a number of ours": (
        "Mi mensaje fue rechazado por error. El número es G-932c7c6a. No era una contraseña",
        "email_reply",
    ),
    "what stands for a secret": ("pw → [REDACTED-1],", "admin_note"),
    "a Wi-Fi at a site": ("Wi-Fi at the site: network Barn, password oatmeal22", "admin_note"),
    "a Wi-Fi and its guests": ("The lobby Wi-Fi: guest / oatmeal22", "email_reply"),
    "passed on": ("Please pass it on to Rita.", "web_form"),
    "cookies that are cleared": ("Please clear your cookies and send us a picture of the page.", "outbound_email"),
}


@pytest.mark.parametrize("case", FOUND)
def test_it_is_found(case: str) -> None:
    assert scan(*FOUND[case]) is not None


@pytest.mark.parametrize("case", PASSED)
def test_it_passes(case: str) -> None:
    assert scan(*PASSED[case]) is None


def test_a_number_that_is_not_of_ours_is_no_excuse() -> None:
    assert scan("my SmartHub password is G-932c7c6a", "web_form") is not None
    said, inlet = PASSED["a sentence with a number of ours"]
    for each in (said, "The number is G-932c7c6a", "user: rob77 G-932c7c6a"):
        assert scan(each, inlet) is None
        assert scan(each.replace("G-", "H-"), inlet) is not None
