"""Who is at the other end of a customer's browser: ids only, never data."""

from django.conf import settings
from django.http import HttpRequest

from broker.audit import log
from broker.parties.models import Customer, EmailLink
from broker.terms import Actor
from consents import drafts
from consents.ceremony.evidence import Surroundings
from consents.models import Draft
from consents.visits import guard as visits

LINK, DRAFT, CUSTOMER = "link", "draft", "customer"
OPENED_LINK = "opened_link"  # the mailed link whose button was pressed in this browser


def remember_link(request: HttpRequest, link: EmailLink) -> None:
    """Bind a mailed link to this browser, under a new session id."""
    request.session.cycle_key()
    request.session[LINK] = str(link.id)


def remember_opened(request: HttpRequest, link: EmailLink) -> None:
    """Bind a link to this browser, which came with its token: who reads the mailbox sits here."""
    remember_link(request, link)
    request.session[OPENED_LINK] = str(link.id)


def opened_here(request: HttpRequest, link: EmailLink) -> bool:
    """Say whether this browser came with the token of this link."""
    return bool(request.session.get(OPENED_LINK) == str(link.id))


def current_link(request: HttpRequest) -> EmailLink | None:
    """Give the link of this browser."""
    key = request.session.get(LINK)
    return EmailLink.objects.select_related("organisation").filter(id=key).first() if key else None


def remember_draft(request: HttpRequest, draft: Draft) -> None:
    """Let this browser, whose code was right, go on with the draft."""
    request.session.cycle_key()
    request.session[DRAFT] = str(draft.id)
    visits.begin(request)


def current_draft(request: HttpRequest) -> Draft | None:
    """Give the draft that this browser may change."""
    return drafts.live(request.session.get(DRAFT))


def remember_customer(request: HttpRequest, customer: Customer) -> None:
    """Let this browser see the customer's pages, under a new session id."""
    request.session.cycle_key()
    request.session.pop(DRAFT, None)
    request.session[CUSTOMER] = str(customer.id)
    visits.begin(request)


def sign_in(request: HttpRequest, customer: Customer) -> None:
    """Sign the customer in by her code; an event that she sees."""
    log.append("auth.login", actor=Actor("c", customer.id), subject=customer.id, body={"factor": "mailed code"})
    remember_customer(request, customer)


def forget_customer(request: HttpRequest) -> None:
    """Sign the customer out and forget everything of this browser."""
    customer = current_customer(request)
    if customer is not None:
        log.append("auth.logout", actor=Actor("c", customer.id), subject=customer.id, body={})
    request.session.flush()


def current_customer(request: HttpRequest) -> Customer | None:
    """Give the signed-in customer."""
    key = request.session.get(CUSTOMER)
    return Customer.objects.filter(id=key).first() if key else None


def surroundings(request: HttpRequest) -> Surroundings:
    """Give what this browser and its connection tell, for the record of a signature."""
    meta, proxies = request.META, 1 if settings.SECURE_PROXY_SSL_HEADER else 0
    forwarded = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")[-1].strip()
    return Surroundings(
        ip=forwarded if proxies else meta.get("REMOTE_ADDR", ""),
        port="" if proxies else meta.get("REMOTE_PORT", ""),
        trusted_proxies=proxies,
        user_agent=meta.get("HTTP_USER_AGENT", "")[:400],
        accept_language=meta.get("HTTP_ACCEPT_LANGUAGE", "")[:200],
    )
