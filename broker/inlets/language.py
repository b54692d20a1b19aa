"""In which language a page speaks: English for staff, desks, recipients and developers, else the reader's own."""

from typing import Any

from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from broker.inlets.logs import is_page_of_ours

# The words of these pages are English alone. Their dates are too, whatever language a person chose for other pages.
STAFFS_PAGES = (
    "/admin/",
    "/console/",
    "/operating/",
    "/duties/",
    "/recipient/",
    "/developers/",
    "/sign-in/people/",
    "/sign-in/left/",
    "/desk/",  # billing desks of co-ops
    "/decide/",  # approvers from outside
)
STAFFS_LANGUAGE = "en"


class LanguageMiddleware(LocaleMiddleware):
    """Choose the language by the reader's cookie or browser, and English for the pages of staff.

    What is written to a customer is never in the language of the page from which it is sent: mails, letters and
    receipts are in the customer's own.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Set the language of this page."""
        if not is_staffs(request.path_info):
            super().process_request(request)
            return
        translation.activate(STAFFS_LANGUAGE)
        request.LANGUAGE_CODE = STAFFS_LANGUAGE


def is_staffs(path: str) -> bool:
    """Say whether an address is one of staff's pages."""
    return path.startswith(STAFFS_PAGES)


def page(request: HttpRequest) -> dict[str, Any]:
    """Tell every template whether its page is staff's: there is no other language to choose there.

    Where there is, `here` is the page to come back to. One whose address somebody wrote himself is not repeated: the
    gate may have refused it for what stands there.
    """
    here = request.path if is_page_of_ours(request.path_info) else "/"
    return {"is_staffs_page": is_staffs(request.path_info), "here": here}
