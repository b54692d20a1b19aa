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
    "I sent the readings as a zip file, it opens with the password Clover.Leaf9.",
]
PORTALS = [
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
    "We got a new router. My password is Clover.Leaf9.",
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


def test_what_is_left_of_a_text_keeps_its_places() -> None:
    text = "SmartHub is down.\nThe wifi password is cloverleaf, it says.\nCall me."
    beside = Whose(Doc(text, "web_form")).beside()
    assert beside is not None
    assert beside.text == text.replace("The wifi password is cloverleaf, it says.", " " * 41)
    assert Whose(Doc("SmartHub is down. Call me.", "web_form")).beside() is None
    assert Whose(Doc("My SmartHub password is too short for the wifi box.", "web_form")).beside() is None
