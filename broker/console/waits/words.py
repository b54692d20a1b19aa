"""What would be done, for the customer who may object, and that her mail came back, for the desk (rules)."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

WHAT: Mapping[str, str] = {
    "difference.settle": _(
        "Two sources say different things about your use or your bill. We want to decide which one counts."
    ),
    "fee.decline": _(
        "Your utility asks a fee for your data. We want to say no to it. The request for your data then ends."
    ),
    "file.accept_held": _(
        "A file with your data came to us. We do not know for sure who sent it. We want to accept it."
    ),
    "file.surplus": _(
        "A file about you brought more than you agreed to share. We want to decide what becomes of the rest."
    ),
    "request.unanswered": _("Your utility has not answered a request for your data. We want to decide how it goes on."),
}

# For the desk, of the mail that tells her.
HINT = (
    "If the customer or her mail service says that the mail about an act that waits did not arrive: the wait is over, "
    "and two people decide about that act."
)
BUTTON = "The mail about the wait did not arrive"
CAME_BACK = "She counts as not told. If the act still waited, the wait is over, and two people decide about it."
RETURNED = "Did the mail about an act that waits come back?"
RETURNED_LATE = "Did the mail about an act that waited come back?"
THEN = "Then it is done, though she may not have been told."
