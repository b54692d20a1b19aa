"""What would be done, in words for the customer who may object (rules: a closed table)."""

from collections.abc import Mapping

from django.utils.translation import gettext_noop as _

WHAT: Mapping[str, str] = {
    "difference.settle": _("Two sources say different things about your use or your bill. We decide which one counts."),
    "fee.decline": _("We say no to a fee of your utility. The request for your data then ends."),
    "file.accept_held": _("We take in a file with your data. We do not know for sure who sent it."),
    "file.surplus": _("A file about you brought more than you agreed to share. We decide what becomes of the rest."),
    "request.unanswered": _("Your utility has not answered a request for your data. We decide how it goes on."),
}
