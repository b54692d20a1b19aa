"""A login in the middle of an ordinary message is found as it is by itself, and an ordinary message passes."""

import pytest

from broker.credentials import learned, scan
from broker.credentials.tokens import Doc
from tests.fixtures.credentials import train

ABOVE = (
    "I authorize the cooperative to release my billing and usage history to the firm named above. This permission "
    "ends after one year. My account is 40900017 and the service address is on County Road 512."
)
BELOW = "Please send the last 24 months as a spreadsheet. My wife will be home on Thursday after four."
# Of what is found by itself so much may be lost among other words: a fifteenth was, before messages were learned from.
LOST, ALARMS = 0.04, 0.006
PEOPLE = frozenset({"web_form", "email_reply", "admin_note", "pdf_upload"})
CORPORA = ("open_fiftyfifth", "open_fiftysixth", "open_fiftyseventh", "open_fiftyeighth", "open_fortyfifth")


def around(text: str) -> list[str]:
    """Give a text with ordinary sentences about it, as messages have them."""
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    return [
        f"{ABOVE}\n{text}",
        f"{text}\n{BELOW}",
        f"{ABOVE}\n\n{text}\n\n{BELOW}",
        f"{ABOVE}\n{text}" if "\n" in text or "  " in text else f"{ABOVE} {ended} {BELOW}",
    ]


def rows(label: str) -> list[dict[str, str]]:
    return [
        row for name in CORPORA for row in train.rows(name)[::3] if row["label"] == label and row["inlet"] in PEOPLE
    ]


# Messages of six writers that nothing was learned from, each login with the sentence that tells it.
TELLING = train.rows("messages")
FOUND, INSIDE, STOPPED = 0.945, 0.97, 0.035


def test_messages_that_were_not_learned_from_keep_their_floor() -> None:
    honest = [scan(row["text"], row["inlet"]) is not None for row in TELLING if row["label"] == "allow"]
    assert len(honest) > 600
    assert sum(honest) <= STOPPED * len(honest)


def test_a_login_of_a_message_is_found_in_the_sentence_that_tells_it() -> None:
    logins = [row for row in TELLING if row["label"] == "block"]
    found = [(row, place) for row in logins if (place := scan(row["text"], row["inlet"])) is not None]
    inside = [
        place.start < at + len(row["secret"]) and place.end > at
        for row, place in found
        for at in [row["text"].index(row["secret"])]
    ]
    assert len(logins) > 250
    assert len(found) >= FOUND * len(logins)
    assert sum(inside) >= INSIDE * len(found)


def test_few_of_the_logins_are_lost_among_other_words() -> None:
    alone = [row for row in rows("block") if scan(row["text"], row["inlet"]) is not None]
    lost = [scan(text, row["inlet"]) is None for row in alone for text in around(row["text"])]
    assert len(alone) > 300
    assert sum(lost) <= LOST * len(lost)


def test_an_honest_line_stays_one_among_other_words() -> None:
    alone = [row for row in rows("allow") if scan(row["text"], row["inlet"]) is None]
    taken = [scan(text, row["inlet"]) is not None for row in alone for text in around(row["text"])]
    assert len(alone) > 400
    assert sum(taken) <= ALARMS * len(taken)


LOGINS = [
    ("email_reply", "Would you add me as a second user on your electric account page? My address is new@mill.example."),
    ("admin_note", "He pulled up his SmartHub on the credit union's guest computer and left it open for our man."),
    ("email_reply", "The co-op's line wants four numbers before it lets you do anything, and mine are 2, 0, 5, 8."),
    (
        "outbound_email",
        "Please send us ahead of Wednesday: (a) a recent bill, (b) the square footage, (c) the make of the furnace "
        "that is in there now, and (d) your SmartHub PIN, so that he can begin and not hold you up.",
    ),
    (
        "email_reply",
        "To save you learning how, might I ask that you set the password to something simple and let me know?",
    ),
    ("email_reply", "To avoid a gap in your study, please answer this message with the password you use on SmartHub."),
    ("outbound_email", "Rather than issue another letter, would you note your SmartHub password on the enclosed card?"),
    ("email_reply", "I had no printer, so I gave him the old iPad that stays signed in to our SmartHub for the week."),
    ("email_reply", "On Sunday I made the pump company's sales man a co-user on my SmartHub, so he is in there as me."),
    ("email_reply", "Mi hijo y él lo dieron de alta como usuario adicional en nuestro SmartHub, para que vea todo."),
    ("email_reply", "Le dejé prestado al técnico el celular viejo, que tiene la aplicación de la luz ya abierta."),
    (
        "admin_note",
        "Nephew set up her SmartHub on his own phone and keeps it logged in there, so he looks when he likes.",
    ),
    (
        "email_reply",
        "The page of back-up codes for SmartHub is here; of those the next two are 84F2-KM19 and 30TR-B7WD.",
    ),
    (
        "email_reply",
        "He sent me the link to sign in without typing: https://ozarkborder.smarthub.coop/ui/m?q=h7Zq-203c",
    ),
    ("web_form", "so use this one https://ozarkborder.smarthub.coop/ui/m?once=h7Zq-203c-WWdx-k9 before Sunday"),
    ("outbound_email", "Para no hacerlo venir, contésteme este correo con el usuario y la contraseña de su SmartHub."),
    (
        "outbound_email",
        "So that you don't have to drive in, reply with your SmartHub password and I will pull the bills.",
    ),
    ("email_reply", "The SmartHub password is Hwy-H-2290."),
    ("email_reply", "The SmartHub password is RS-2290 these days."),
    ("email_reply", "The SmartHub password is 412 County Road."),
    ("pdf_upload", "Online user LVandiver, PW Hwy-H-2290."),
    ("pdf_upload", "My PIN with the co-op is 4 4 8 1, use it when you call in."),
    ("email_reply", "The four numbers I give the girl on the telephone are 7302, and she always tells me what I owe."),
    ("email_reply", "Mi hija dice que la palabra secreta que pide la compañía cuando uno llama es girasol."),
    ("web_form", "I put your email on my SmartHub account in place of mine so that the reset comes to you."),
    ("admin_note", "Reset mail for her account now comes to our shared inbox, clicked it, set new one."),
    ("admin_note", "She's at temp Spring-4471 until she picks her own."),
    ("outbound_email", "Would you be willing to let us look around in your SmartHub for a few minutes?"),
    ("outbound_email", "¿Nos puede dar acceso a su cuenta de SmartHub un momentito? Con eso basta."),
    ("api_json", '{"member": "jbarnes", "auth": {"u": "jbarnes.poultry", "p": "Cobb500!hens"}, "months": 24}'),
    ("email_reply", "Inverter guy: login rob77, password Gravel.Mill7, that is for the bills."),
]
HONEST = [
    ("email_reply", "I had no printer, so I gave him the old iPad with the bills on it for the week."),
    ("email_reply", "On Sunday the pump company's sales man asked to be a co-user on my SmartHub; I sent him to you."),
    ("email_reply", "Nunca lo dimos de alta como usuario adicional en nuestro SmartHub, ni lo haremos."),
    ("email_reply", "Le dejé prestado al técnico el celular viejo, que tiene la linterna todavía buena."),
    ("admin_note", "She set up SmartHub on her phone and asked why it shows two meters."),
    ("email_reply", "The page of back-up codes for SmartHub is in my safe; the part numbers are with the pump."),
    ("web_form", "so look at this one https://ozarkborder.smarthub.coop/ui/m?page=usage before Sunday"),
    ("outbound_email", "Para no hacerlo venir, contésteme este correo con el número de su cuenta y su medidor."),
    ("outbound_email", "You offered to read me your SmartHub password on the telephone; I stopped you. We take none."),
    ("outbound_email", 'Your script told visitors to "have your SmartHub password handy". Please take it out.'),
    ("email_reply", "If you'd send it again we'll both sign in front of the notary at the bank on Friday."),
    ("email_reply", 'Your request of Monday lists "portal log-on particulars" as item 4. The board will furnish none.'),
    ("email_reply", "Two growers wrote me that another firm used to collect their passwords in a spreadsheet."),
    ("admin_note", "Vino con su teléfono para enseñarme la pantalla donde escribe su contraseña. La volteó y entró."),
    ("email_reply", "The number to call about your SmartHub password is 573-555-0148."),
    ("email_reply", "The form for a new password is OBEC-12, it says on the wall."),
    ("email_reply", "The password is 8 characters or more, the page says."),
    ("pdf_upload", "The PIN of the parcel is 4 4 8 1 on the county's map."),
    ("email_reply", "The last four digits of the account that they ask for on the phone are 7302."),
    ("email_reply", "The secret word that they ask for when you call is never to be written down."),
    ("web_form", "I put my new email on my SmartHub account in place of the old one."),
    ("admin_note", "Reset mail for her account now comes to her daughter."),
    ("admin_note", "The temp is 71 in there until she picks another program."),
    ("outbound_email", "Would you let us look at your attic for a few minutes?"),
    ("api_json", '{"member": "jbarnes", "range": {"u": "kwh", "p": "2025-10"}, "months": 24}'),
    ("web_form", "The guest wifi is RiverBend and the wifi password is canoeandfloat, it is on the card here too."),
    ("email_reply", "Would you add me as a second user? My mother's account is in my name too by now."),
    ("admin_note", "He pulled up his bill on the kitchen computer and left it open while we looked for the meter."),
    ("email_reply", "The bank's line wants four numbers of the card, and mine are on the back of it."),
    ("outbound_email", "Please bring (a) a bill, (b) the lease and (c) the name on the account, and never a password."),
    ("admin_note", "She started to tell me the password too; I cut her off and wrote none of it down."),
    ("email_reply", "To avoid sharing your password, answer the message with your account number."),
]  # fmt: skip


@pytest.mark.parametrize(("inlet", "text"), LOGINS)
def test_a_sentence_of_a_message_gives_access_away(inlet: str, text: str) -> None:
    for message in (text, f"{ABOVE}\n\n{text} {BELOW}"):
        assert scan(message, inlet) is not None, message


@pytest.mark.parametrize(("inlet", "text"), HONEST)
def test_a_sentence_like_it_does_not(inlet: str, text: str) -> None:
    for message in (text, f"{ABOVE}\n\n{text} {BELOW}"):
        assert scan(message, inlet) is None, message


@pytest.mark.parametrize(
    "text",
    ["The pump controller's PIN is 1313 and the inverter's passcode is 0500.", "The Dropbox password is Hall2023."],
)
def test_another_things_secret_passes_where_no_portal_is_spoken_of(text: str) -> None:
    assert scan(text, "email_reply") is None
    assert scan(f"{text} And for SmartHub it is rob77 and Gravel.Mill7.", "email_reply") is not None


def test_each_sentence_is_read_by_itself_and_with_the_next() -> None:
    doc = Doc("The mill was shut. Nobody came. The meter was read on Monday.", "web_form")
    parts = learned._parts(doc)
    assert [len(passage) for passage in learned.closer(parts * 4)[:4]] == [1, 2, 1, 2]
    assert learned.closer(parts[:1] * 9)[0] == parts[:1]
    assert learned.closer(parts[:1]) == []


def test_prose_with_commas_is_no_table() -> None:
    letter = (
        "Entre a la página desde su propia computadora, escriba su correo y su contraseña como siempre, sin dictársela."
        '\n\nArriba dice "Billing"; ahí pique, y cada renglón es un mes.\n\nSi no le sale, venga el jueves, y teclea.'
    )
    assert scan(letter, "outbound_email") is None
    assert scan(f"{BELOW}\n\n" * 20 + letter, "outbound_email") is None
