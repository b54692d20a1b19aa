"""What stands within the tags of a mail's HTML is read, and how a page looks and where it links to holds nothing."""

import base64

import pytest

from requests_app.models import ManualRequest
from requests_app.receive import gate, read_mail
from tests.integration.mail_support import packed, take
from tests.integration.test_gate_files import thread
from tests.integration.test_gate_mail_unread import mixed, part, whole

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
UNNAMED = "rob77@mill.example / Gravel9!Road"
DRAWN = "".join(f"%{ord(each):02x}" for each in f"<svg><text>{W}</text></svg>")
ZIPPED = base64.b64encode(packed({"a.txt": W.encode()})).decode()
WIDE = base64.b64encode(W.encode("utf-16-le")).decode()
PLACES |= {
    "behind a sign that begins no tag": f"<p>3 <4 {W} and 5> 4</p>",
    "bare within a tag": f"<p>Hello <{W}></p>",
    "behind a style in a comment": f"<!-- <style> --><p>{UNNAMED}</p>",
    "behind a comment that does not end there": f"<!-- -- > <style> --><p>{UNNAMED}</p>",
    "behind a style in a section": f"<![CDATA[ <style> ]]><p>{UNNAMED}</p>",
    "behind a style in an attribute": f"<p title='a > <style>'>{UNNAMED}</p>",
    "behind a style in a title": f"<title><style></title><p>{UNNAMED}</p>",
    "behind a style of a drawing": f"<svg><style/></svg><p>{UNNAMED}</p>",
    "behind the end of a style": f"<style></style x><p>{UNNAMED}</p>",
    "behind a tag like a style": f"<style-x><p>{UNNAMED}</p>",
    "a style that is shown": f'<style style="display:block">{UNNAMED}</style>',
    "a style that a rule shows": f"<style>style{{display:block}} {UNNAMED}</style>",
    "a long text of a tag": f'<p title="{"x" * 30_000} {W}">Hello</p>',
    "a drawing in its tag": f'<img src="data:image/svg+xml,{DRAWN}">',
    "letters of two bytes": f'<iframe src="data:text/html;charset=utf-16le;base64,{WIDE}">',
    "a file in a link": f'<a href="data:application/zip;base64,{ZIPPED}">',
}
NUMBERS = "".join(f"\\{ord(each):06x}" for each in W)
PLACES |= {
    "a label that a style draws": "<style>p::before{content:'pass' \"word: \"}</style>My SmartHub <p>bluebird7</p>",
    "words that a style draws": f"<style>.x::after{{content:'{UNNAMED}'}}</style><b class=x>Hello</b>",
    "letters by their numbers": f"<style>.x::after{{content:'{NUMBERS}'}}</style><b class=x>Hello</b>",
    "the sign of a list": f"<ul style=\"list-style-type:'{NUMBERS}'\"><li>Hello</ul>",
    "words of an attribute that a style draws": "<style>.x::after{content:attr(data-k)}</style>"
    f'<b class=x data-k="{UNNAMED}">Hello</b>',
}
PLAIN = {
    "as a name of an address": "SmartHub login: <rob77> <bluebird7>",
    "as a declaration": f"Hello <!doctype {W}> there",
    "as values of attributes": 'Hello <p my="SmartHub" password="is" bluebird7="x"> there',
    "in angle brackets": f"Hello <{W}> there",
    "as attributes": f"Hello <p {W}> there",
    "behind a word like a tag": f"Type <style> here. {UNNAMED}",
}
CLEAN = {
    "a letter of a cooperative": """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
        <meta name="viewport" content="width=device-width, initial-scale=1"></head><body lang="EN-US" vlink="#954F72">
        <p class="MsoNormal" style="margin:0in;font-size:11.0pt">Forgot your password? You can <a href=
        "https://click.e.coop.example/?qs=9f3c02d4e1a85b7708" style="color:#0563C1!important">reset it</a>.</p>
        <img src="https://coop.example/open.gif?u=32ec8a9dd4c79d58&amp;id=M1USx9tUU8G0" alt="SmartHub app" width=1>
        <a href="https://coop.smarthub.coop/ui/#/login" data-block="s9QjBdMkOVbG" title="Log in">Log in</a></body>""",
    "a style that draws": "<style>li::before{content:'\\2022'} .q:after{content:'\\00a0'; list-style:none}</style>"
    "<p>The password is sent by post.</p><ul><li>Bills</li></ul>",
    "a form to look for something": '<p>Office hours are 8 to 5. <input type="search" placeholder="Search"></p>',
    "a letter of Outlook's": """<html xmlns:v="urn:schemas-microsoft-com:vml"><head><!--[if !mso]><style>v\\:*
        {behavior:url(#default#VML);}</style><![endif]--><style><!-- a:link, span.MsoHyperlink {mso-style-priority:99;
        color:#467886;} span.EmailStyle17 {mso-style-type:personal-compose;} --></style></head><body>
        <p class=MsoNormal><![if !supportLists]>- <![endif]>Can&#x27;t remember your SmartHub password? That is
        between you and the office; we&#39;d rather not
        know.<o:p></o:p></p><table border=0 nowrap><tr><td nowrap valign=top>&nbsp;</td></tr></table></body></html>""",
    "a picture in its tag": '<p>The password is sent by post.</p><img alt="chart" src="data:image/png;base64,'
    + base64.b64encode(bytes(range(256)) * 20).decode()
    + '">',
}


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", PLACES)
def test_a_login_within_tags_is_sealed(thread: ManualRequest, place: str) -> None:
    assert take(whole(part("text/html", PLACES[place])), thread).kind == "credentials"


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("name", ["a.htm", "a.dat"])
def test_so_is_one_of_an_attached_page(thread: ManualRequest, name: str) -> None:
    page = "<p>" + "".join(f"<x-y>{each}</x-y>" for each in W) + "</p>"
    file = part("application/octet-stream", page, f"Content-Disposition: attachment; filename={name}")
    assert take(whole(mixed(part("text/plain", "Hello."), file)), thread).kind == "credentials"


@pytest.mark.parametrize("what", ["a form to look for something", "a picture in its tag"])
def test_an_attached_page_is_an_answer(thread: ManualRequest, what: str) -> None:
    file = part("text/html", CLEAN[what], "Content-Disposition: attachment; filename=a.html")
    assert take(whole(mixed(part("text/plain", "Hello."), file)), thread).kind == "answer"


@pytest.mark.parametrize("what", CLEAN)
def test_how_a_page_looks_is_a_message(thread: ManualRequest, what: str) -> None:
    assert take(whole(part("text/html", CLEAN[what])), thread).kind == "message"


@pytest.mark.promise("no-passwords")
@pytest.mark.parametrize("place", PLAIN)
def test_so_is_one_that_looks_like_a_tag_in_a_plain_text(thread: ManualRequest, place: str) -> None:
    assert take(whole(part("text/plain", PLAIN[place])), thread).kind == "credentials"


def test_a_page_in_a_plain_text_is_a_message(thread: ManualRequest) -> None:
    assert take(whole(part("text/plain", CLEAN["a letter of Outlook's"])), thread).kind == "message"


def test_a_picture_that_lies_in_a_page_is_not_shown_as_letters() -> None:
    read = read_mail(whole(part("text/html", CLEAN["a picture in its tag"])))
    assert [each.strip() for each in read["texts"]] == ["The password is sent by post."]
    assert gate(read)[0] is None
