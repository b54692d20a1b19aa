"""What looks like a login and is none: passwords of networks and files, numbers of land, what stands in their place."""

from pathlib import Path

import pytest

from broker.credentials import learned, scan
from broker.credentials.tokens import Doc

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "reference"
INLETS = (
    "web_form",
    "email_reply",
    "pdf_text",
    "api_json",
    "outbound_email",
    "admin_note",
    "csv_upload",
    "nectar_call",
)
PAGES = (  # a mail as programs lay it out: an answer under a quotation, a paragraph beside a table
    '<div class="x_quote">On Mon, Oct 5, 2026 at 6:26 PM, Dell <span dir="ltr">&lt;<a href="mailto:dell@mill.example">'
    'dell@mill.example</a>&gt;</span> wrote:<br><blockquote class="x_quote" style="margin:0 0 0 .8ex;border-left:1px">'
    "\n{}\n</blockquote></div><br>",
    '<html><body style="font-family:Calibri"><div class="Section1"><p class="Normal" style="margin:0in"><span '
    'style="font-size:11pt">{}</span></p><table width="600" cellpadding="0"><tr><td style="padding:0 12px">Your use '
    "was 1,204 kWh, 8.1% more than last year.</td></tr></table></div></body></html>",
)
TOLD = ("Hi", "The bill of October is attached. Use was 1,204 kWh.", "I never share my password with anybody.")
GIVEN = ("my portal password is Gravel!92", "log in as rob77 with kettleful22", "pw: Sunflower88")
PASSED = [
    ("web_form", "The wifi in the shop is called Valley2 and the password is clover45, your man may use it"),
    ("web_form", "El wifi de la casa se llama Loma4, clave nogal77, por si lo ocupa el técnico"),
    ("api_json", '{"attachment":"readings.rar","rar_password":"Clover45"}'),
    ("nectar_call", '{"file":"october.pdf","pdf_open_password":"55190442"}'),
    ("nectar_call", '{"zip_clave":"Nogal7","zip":"lecturas.zip"}'),
    ("url_param", "/gis?parcel_pin=2290-17&layer=roads"),
    ("csv_upload", "parcel,pin\nMill,14-22-031"),
    ("csv_upload", "account,pw\n40900017,[cut]\n40900041,[struck]"),
    ("admin_note", "portal pw: (cut, see the incident)"),
    ("web_form", "password: [not given]"),
    ("email_reply", "Contraseña:\n\nno aplica, va la carta"),
    ("nectar_call", '{"note":"member declined to give a login"}'),
    ("api_json", '{"note":"We will never ask for your SmartHub password."}'),
    ("nectar_call", '{"note":"Please do not send your password; a letter is enough."}'),
    ("api_json", '{"note":"La clave de tarifa es FARM1."}'),
    ("outbound_email", "Leave the line for a password blank, please."),
    ("outbound_email", "Of all who write to you, none should need your PIN."),
    ("email_reply", "To see my own use:\n- 01Log into the portal\n- 02Open My Usage and pick a month"),
    ("web_form", "- 03Choose the account and save the bill"),
    ("web_form", "log in, create credentials, and verify email\n- 12Open Billing and pick the month"),
    (
        "email_reply",
        "1. Open the portal page and press Register\n2. Enter your account number, make up credentials, verify",
    ),
    ("web_form", "Sign in as mjones with Duo on my phone"),
    ("web_form", "she signed in as keller17 and downloaded the bill"),
    ("api_json", '{"note":"logged in as keller17 with read-only rights"}'),
    ("email_reply", "Entre como siempre con cuidado."),
    *(
        (inlet, page.format(text))
        for inlet in ("email_reply", "web_form", "pdf_text")
        for page in PAGES
        for text in TOLD
    ),
]
FOUND = [
    ("api_json", '{"note":"Never mind, just ask for their SmartHub password."}'),
    (
        "api_json",
        '{"note":"We never ask for your SmartHub password. Agents: ask for your SmartHub password by phone."}',
    ),
    ("nectar_call", '{"note":"My portal password is Gravel9, never share it with them."}'),
    ("web_form", "The wifi is down, so here: smarthub password clover45"),
    ("web_form", "wifi and the power bill have the same password, clover45"),
    ("api_json", '{"portal":"smarthub","password":"Clover45"}'),
    ("csv_upload", "account,pw\n40900017,Clover45"),
    ("admin_note", "portal pw: (Clover45)"),
    ("url_param", "/app?portal_pin=2290"),
    ("web_form", "smarthub login rob77\n- 05Chevy!"),
    ("web_form", "rob77 - Gravel9 for smarthub"),
    ("email_reply", "Log in as rob77 with kettleful22\n\nThe use was 1,204 kWh, 8.1% more than last year."),
    ("api_json", '{"note":"Sign in to the portal as rob77 using kettleful. The meter is by the barn."}'),
    ("web_form", "Entre como rob77 con girasol88. El medidor está junto al granero."),
    *((inlet, page.format(text)) for inlet in ("email_reply", "web_form") for page in PAGES for text in GIVEN),
]


@pytest.mark.parametrize(("inlet", "text"), PASSED)
def test_what_is_no_login_passes(inlet: str, text: str) -> None:
    assert scan(text, inlet) is None


@pytest.mark.parametrize(("inlet", "text"), FOUND)
def test_what_looks_like_it_and_is_one_is_found(inlet: str, text: str) -> None:
    assert scan(text, inlet) is not None


# What forms of ours, files and settings hold: two words say nothing, however like a label one of them is.
@pytest.mark.parametrize(
    "said",
    [
        "do: code\ncode: 188766",
        "code: RWP9 4F28\ndigits: 0042",
        "filter-act: pull.decided",
        "scan.jpg",
        "use.csv",
        'id = "obec"',
    ],
)
def test_two_words_say_nothing(said: str) -> None:
    assert all(scan(said, inlet) is None for inlet in ("web_form", "admin_note", "csv_upload"))


def test_a_name_with_an_accent_as_programs_write_it_is_no_login() -> None:
    assert scan('{"name": "D\\u00e1na Reed"}', "api_json") is None
    assert scan('{"note": "my portal password is Caf\\u00e9Norte8"}', "api_json") is not None


def test_beside_a_run_of_a_programs_it_has_to_be_surer() -> None:
    assert learned.found(Doc("login a8f3b2c19d7e44f09b1c2d3e", "web_form")) is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="the co-op's own guide is not beside this checkout")
@pytest.mark.parametrize("inlet", INLETS)
def test_whoever_copies_a_line_of_the_co_ops_guide_is_not_refused(inlet: str) -> None:
    lines = (SHARED / "obec-data-access-guide.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if scan(line, inlet) is not None] == []


# Chance made this one: its first hash is nothing but zeros, and the model took the rest for words.
RECEIPT = """c2sp.org/tlog-proof@v1
index 4
AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
BCjgEyPxU7wlKdM9iVePuJtA5sU0MiDmnyQnDENqUOQ=

broker.localhost/audit/tests
6
TpqHtx4iekPxUAVCAEHr/w/jSksbI274ETP/jPtvmCc=

\u2014 broker.localhost/audit/tests JgJ21SwxgZdxI/+LaGQ/IbgGaKNz7yBYhr1Cpg6sgFgziBHzA0Oy8AfuX0tfJeBIgjqKGzBjwiUY3FTf\
HnfQm4Jy+lw=
"""


@pytest.mark.parametrize("before", ["", "receipt: "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_receipt_of_the_log_passes_whatever_chance_wrote(before: str, end: str) -> None:
    assert scan((before + RECEIPT).replace("\n", end), "web_form") is None
    assert scan((before + RECEIPT + "my SmartHub password is Thornapple6").replace("\n", end), "web_form") is not None


def test_a_step_that_chance_wrote_into_a_signature_names_nothing() -> None:
    signed = "KWGOahd9VMz9ON0Ho4eLAfRw/EgB0jTHfklEPLEQU1lo5IN2ItR5d9t/pw/DlNJFSrSwUquUKq5JxykQtootto6xcVY=\n"
    assert scan(f"\u2014 broker.localhost/audit/tests {signed}", "web_form") is None
    steps = "https://mill.example/accounts/Members/Doniphan7/customers/portal/access/pw/Thornapple6"
    assert scan(steps, "web_form") is not None
    assert scan(steps.replace("/", "//", 1).partition("example")[2], "web_form") is not None
