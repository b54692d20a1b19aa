"""What asks for a fresh touch: every act in the console and on one's own way in, but for what is named here."""

from broker.parties.signin.step_up import LISTED
from tests.completeness.routes import addresses

PREFIXES = ("console-", "signin")
# Acts there that move nothing out and nobody's rights: what is read, found, noted, answered or ended.
FREE = {
    "console-acknowledge", "console-alarm-seen", "console-alert", "console-approval-reason",
    "console-complaint-answer", "console-complaint-assign", "console-complaint-close", "console-demand-notice",
    "console-demand-subjects", "console-find", "console-gate-close", "console-glass-end",
    "console-hold-reason", "console-note", "console-reviews",
    "console-search", "console-verify", "console-view-remove", "console-view-save",
    "signin-again", "signin-end", "signin-recover",
}  # fmt: skip
# Acts elsewhere that have to ask.
ELSEWHERE = {
    "admin:morning", "duties-lift", "duties-outside-enrol", "duties-outside-send", "duties-resume", "duties-wait-begin",
    "recipient-key-new",
}  # fmt: skip


def test_every_act_of_these_pages_asks_for_a_touch_but_those_that_are_named() -> None:
    acts = {name for name, methods in addresses().items() if name.startswith(PREFIXES) and "POST" in methods}
    listed = {name for name, methods in LISTED.items() if "POST" in methods}
    assert acts - listed == FREE
    assert listed >= ELSEWHERE
    assert len(listed) >= 45
