"""Whose secret it is: a sentence about the Wi-Fi's is left to the Wi-Fi, what else a message says is read."""

import pytest

from broker.credentials import scan
from broker.credentials.owned import Whose
from broker.credentials.tokens import Doc

PORTAL = "I see my use on SmartHub every week and it went up."
OTHERS = [
    "There is a router in the shop, the network is Valley2 and the wifi password is cloverleaf, all small.",
    "Let yourself in, the alarm pad is inside on the right, PIN 2258 and OFF.",
    "We got a new router. It's called Valley2 now and the password on its sticker is clover-otter-63.",
    "En el gallinero hay internet, la red se llama Loma4 y la contraseña del wifi es nogal2022.",
    "The padlock code at the pump house is 4471.",
    "The wifi for the data logger: BarnCat55.",
    "The wifi you may have: Bullfrog6.",
    "The wifi one for your logger is Piedmont3.",
    "My wifi is MillHouse and the password is Cedar1010.",
    "Please pass it along that the guest wifi is PriorHouse and its password is vespers, it is no secret.",
    "The door code at the lodge is 8520.",
    "The gate code used to be 4141 and is now 4242.",
    "The attached archive is protected. Password: Juniper-30.",
    "I sent the readings as a zip file, it opens with the password Clover.Leaf9.",
]
PORTALS = [
    # a pair behind it
    "Wifi password: Silo2020. And for the bills, user fred.baugh, Silo2021.",
    "Alarm PIN: 2219. For the bills, user fred.baugh, Silo2021.",
    # a list of what opens what
    "Wifi is Guest-Barn, password haybale12. Smarthub is haybale13, don't mix them up.",
    "His book says wifi = hunter55, bank = don't ask, SmartHub = hunter56.",
    "wifi Guernsey7, smarthub Holstein8, alarm 5150",
    # the Wi-Fi is no more than where it was
    "With the wifi down I went in at the library as rob77 and Gravel.Mill7.",
    # one secret for two things
    "The wifi password is cloverleaf9 and I use the same for all.",
    "The wifi password is cloverleaf9. It gets you into SmartHub as rob77.",
    # what is said of power, of a place to sign in or of a user is the portal's
    "The wifi is ours alone, but the electric one is password cloverleaf9.",
    "The wifi at the portal desk is slow; the password is cloverleaf9.",
    # the other thing is what the secret is like
    "password: see the sticker on grandma's fridge, it's the wifi one",
    # a thing in the same sentence, far from the word
    "My password is Clover.Leaf9, and you find me by the back door.",
    # a new sentence that does not go on about the router
    "We got a new router on Monday, and it is slow. My password is Clover.Leaf9.",
]


@pytest.mark.parametrize("text", OTHERS)
def test_another_things_secret_passes_where_a_portal_is_spoken_of_in_another_sentence(text: str) -> None:
    assert scan(f"{PORTAL} {text} Call before you come.", "email_reply") is None


@pytest.mark.parametrize("text", OTHERS)
def test_and_the_portals_secret_beside_it_is_found_where_it_stands(text: str) -> None:
    message = f"{PORTAL} {text} My SmartHub password is Gravel.Mill7. Call before you come."
    found = scan(message, "email_reply")
    assert found is not None
    assert message[found.start : found.end].strip(".") in "My SmartHub password is Gravel.Mill7"


@pytest.mark.parametrize("text", PORTALS)
def test_what_may_be_the_portals_too_is_found(text: str) -> None:
    assert scan(f"{PORTAL} {text}", "email_reply") is not None


@pytest.mark.parametrize("text", PORTALS)
def test_and_without_a_portal_in_another_sentence(text: str) -> None:
    assert scan(text, "web_form") is not None


@pytest.mark.parametrize(
    "text",
    [
        "The generator's PIN is 1313.",
        "The wifi password is Clover45. " + "We sold a bale to the mill on Friday. " * 700,
        "The wifi password is Clover45. " + " ".join(f"We sold bale {number} to the mill." for number in range(900)),
    ],
)
def test_another_things_secret_passes_in_texts_short_and_long_where_no_portal_is_spoken_of(text: str) -> None:
    assert scan(text, "email_reply") is None
    assert scan(f"{text} My SmartHub password is Gravel.Mill7.", "email_reply") is not None


def test_what_is_left_of_a_text_keeps_its_places() -> None:
    text = "SmartHub is down.\nThe wifi password is cloverleaf, it says.\nCall me."
    rest = Whose(Doc(text, "web_form")).rest()
    assert rest is not None
    assert rest.text == text.replace("The wifi password is cloverleaf, it says.", " " * 41)
    assert Whose(Doc("SmartHub is down. Call me.", "web_form")).rest() is None
    assert Whose(Doc("My SmartHub password is too short for the wifi box.", "web_form")).rest() is None
