"""What asks for a fresh touch: every act behind a passkey is decided on, by the list or by name here, with why not."""

from broker.parties.signin.step_up import LISTED
from tests.completeness.routes import addresses

PREFIXES = ("console-", "signin", "duties-", "recipient-")

READ = "shows or verifies what its own entry of the log names, and changes nothing"
MARK = "notes that somebody has seen or said something; nobody's rights and no data move"
ENDS = "takes access away and gives none: what protects is not slowed"
WAYS = "is itself a way in, out, or to the touch"
ASKED = "asks for what the customer decides on, or for what she has allowed; each answer is checked by itself"
FREE = {
    "console-acknowledge": "says that a failed verification was seen; each export that goes on then asks itself",
    "console-alarm-seen": MARK,
    "console-alert": MARK,
    "console-approval-reason": READ,
    "console-complaint-answer": MARK,
    "console-complaint-assign": MARK,
    "console-complaint-close": MARK,
    "console-demand-notice": MARK,
    "console-demand-subjects": "names whom a demand is about; the pack and the answer, which leave, both ask",
    "console-find": READ,
    "console-gate-close": MARK,
    "console-glass-end": ENDS,
    "console-hold-reason": READ,
    "console-note": MARK,
    "console-reviews": MARK,
    "console-search": READ,
    "console-verify": READ,
    "console-view-remove": MARK,
    "console-view-save": MARK,
    "duties-outside-end": ENDS,
    "duties-outside-recall": ENDS,
    "duties-suspend": ENDS,
    "duties-switch": ENDS,
    "recipient-ask-act": ASKED,
    "recipient-ask-new": ASKED,
    "recipient-drops": "brings files in; each is matched, and held or refused at once",
    "recipient-hook-disable": ENDS,
    "recipient-key-revoke": ENDS,
    "recipient-many": ASKED,
    "recipient-resend": "the same message again, to the address that is set: ids and codes",
    "signin-again": WAYS,
    "signin-end": WAYS,
    "signin-recover": WAYS,
}
# On the desk's site, whose daily work asks for none.
DESK = {"admin:morning"}


def acts() -> set[str]:
    return {name for name, methods in addresses().items() if name.startswith(PREFIXES) and "POST" in methods}


def test_every_act_of_these_pages_asks_for_a_touch_or_is_named_with_why_not() -> None:
    listed = {name for name, methods in LISTED.items() if "POST" in methods}
    assert acts() - listed == FREE.keys()
    assert listed - acts() == DESK
    assert len(listed) >= 45


def test_whatever_opens_again_or_gives_a_key_asks_for_a_touch() -> None:
    asks = {"duties-lift", "duties-resume", "duties-wait-begin", "duties-outside-enrol", "duties-outside-send"}
    assert asks | {"recipient-key-new", "recipient-hook"} <= LISTED.keys()


def test_each_name_here_is_one_of_the_urlconf() -> None:
    assert {*LISTED, *FREE, *DESK} - addresses().keys() == set()
