"""What stands within the tags of a mail's HTML is read, and how a page looks and where it links to holds nothing."""

import base64

import pytest

from requests_app.models import ManualRequest
from requests_app.receive import gate, read_mail
from tests.integration.mail_support import take
from tests.integration.test_gate_files import thread
from tests.integration.test_gate_mail_unread import part, whole

__all__ = ["thread"]
W = "my SmartHub password is bluebird7"
JOINED = "my%20SmartHub%20password%20is%20bluebird7"
LONG = "x" * 2_500
PLACES = {
    "a field that is filled in": '<form>SmartHub password: <input name=f value="bluebird7"></form>',
    "one without quotes": "<form>SmartHub password: <input name=f value=bluebird7></form>",
    "one by its name": "<form><input name=user value=rob77><input name=password value=bluebird7></form>",
    "a picture beside its label": '<p>SmartHub password: <img alt="bluebird7"></p>',
    "its text without quotes": "<img alt=my-SmartHub-password-is-bluebird7> Hello",
    "its text behind blanks": f'<img alt     =     "{W}"> Hello',
    "its text on the next line": f'<img alt\n=\n"{W}"> Hello',
    "a fact of the page": f'<meta name=description content="{W}"> Hello',
    "a fact for programs": f'<p data-note="{W}">Hello</p>',
    "a choice": f'<option label="{W}"></option>',
    "a frame": f'<iframe srcdoc="&lt;p>{W}&lt;/p>"></iframe> Hello',
    "a link to mail": f'<a href="mailto:x@coop.example?body={JOINED}">write</a>',
    "a link that holds its page": f'<a href="data:text/plain,{JOINED}">open</a>',
    "one in base64": f'<img src="data:text/plain;base64,{base64.b64encode(W.encode()).decode()}">',
    "a link without quotes": "<a href=https://smarthub.example/login?user=rob77&password=bluebird7>x</a>",
    "a user in one": "<a href=https://rob77:bluebird7@portal.smarthub.example/>x</a>",
    "where a picture lies": '<img src="https://portal.smarthub.example/login?user=rob77&password=bluebird7">',
    "in a long tag": f'<p style="{LONG}" title="{W}">Hello</p>',
}
CLEAN = {
    "a letter of a cooperative": """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
        <meta name="viewport" content="width=device-width, initial-scale=1"></head><body lang="EN-US" vlink="#954F72">
        <p class="MsoNormal" style="margin:0in;font-size:11.0pt">Forgot your password? You can <a href=
        "https://click.e.coop.example/?qs=9f3c02d4e1a85b7708" style="color:#0563C1!important">reset it</a>.</p>
        <img src="https://coop.example/open.gif?u=32ec8a9dd4c79d58&amp;id=M1USx9tUU8G0" alt="SmartHub app" width=1>
        <a href="https://coop.smarthub.coop/ui/#/login" data-block="s9QjBdMkOVbG" title="Log in">Log in</a></body>""",
    "a form to look for something": '<p>Office hours are 8 to 5. <input type="search" placeholder="Search"></p>',
    "a picture in its tag": '<p>The password is sent by post.</p><img alt="chart" src="data:image/png;base64,'
    + base64.b64encode(bytes(range(256)) * 20).decode()
    + '">',
}


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", PLACES)
def test_a_login_within_tags_is_sealed(thread: ManualRequest, place: str) -> None:
    assert take(whole(part("text/html", PLACES[place])), thread).kind == "credentials"


@pytest.mark.parametrize("what", CLEAN)
def test_how_a_page_looks_is_a_message(thread: ManualRequest, what: str) -> None:
    assert take(whole(part("text/html", CLEAN[what])), thread).kind == "message"


def test_a_picture_that_lies_in_a_page_is_not_shown_as_letters() -> None:
    read = read_mail(whole(part("text/html", CLEAN["a picture in its tag"])))
    assert [each.strip() for each in read["texts"]] == ["The password is sent by post."]
    assert gate(read)[0] is None
