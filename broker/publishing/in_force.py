"""Which version of a profile is in force (reads): asked anew each time, so that a version counts from its commit on."""

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.apps import apps  # not our models: this is imported before they can be
from django.db.models import QuerySet

from broker import utilities
from broker.db import installation
from broker.db.kept import Given, Kept
from broker.utilities import Offer, UnknownUtility, UtilityProfile
from broker.utilities.profile import AssuranceNeed

FILE = 1  # the number of the version with which the installation came


def offer(utility_id: object) -> Offer | None:
    """Give what is known of a utility, or nothing: enough to decide by and to show, not to send by."""
    shipped = utilities.offer(utility_id)
    if shipped is None:
        return None
    row = _newest(shipped.id)
    return shipped if row is None else _parsed(shipped.id, row[1])


def profile(utility_id: object) -> UtilityProfile | None:
    """Give the profile by which this database works for a utility, or nothing where it cannot be reached.

    In a rehearsal its contacts are the played counterparties'; a utility that nobody plays cannot be reached there.
    Raises `installation.NotDeclared`.
    """
    found = offer(utility_id)
    if not isinstance(found, UtilityProfile):
        return None
    return utilities.in_mode(found, installation.mode())


def working(utility_id: str) -> UtilityProfile:
    """Give the same where there must be one; raises `UnknownUtility`."""
    found = profile(utility_id)
    if found is None:
        raise UnknownUtility(utility_id)
    return found


def assurance(utility_id: str) -> Mapping[str, AssuranceNeed]:
    """Give how sure we must be of a signer before data of a utility is released; raises `UnknownUtility`."""
    found = offer(utility_id)
    if found is None:
        raise UnknownUtility(utility_id)
    return found.assurance


def reachable() -> tuple[str, ...]:
    """Give the ids of the utilities that this database can write to: nothing is unknown of them."""
    return tuple(each.id for each in utilities.offers() if profile(each.id) is not None)


def number(utility_id: str) -> int:
    """Give the number of the version in force: 1 is the file with which the installation came."""
    row = _newest(utility_id)
    return FILE if row is None else row[0]


def text_in_force(utility_id: str) -> str:
    """Give the text of the version in force; raises `UnknownUtility`."""
    if utilities.offer(utility_id) is None:
        raise UnknownUtility(utility_id)
    row = _newest(utility_id)
    return utilities.text(utility_id) if row is None else _text(row[1])


def _newest(utility_id: str) -> tuple[int, uuid.UUID] | None:
    found: list[Any] = _NEWEST.ask(utility=utility_id)
    return found[0] if found else None


def _rows() -> "QuerySet[Any, tuple[Any, ...]]":
    model = apps.get_model("publishing", "PublishedProfile")
    of_one = model.objects.filter(utility=Given("utility", model))
    return of_one.order_by("-number").values_list("number", "proposal_id")[:1]


_NEWEST = Kept(_rows)


@lru_cache(maxsize=64)
def _text(proposal_id: uuid.UUID) -> str:
    # A row never changes, so what was read once is kept.
    return str(
        apps.get_model("publishing", "ProposedProfile").objects.values_list("text", flat=True).get(id=proposal_id)
    )


@lru_cache(maxsize=64)
def _parsed(utility_id: str, proposal_id: uuid.UUID) -> Offer:
    return utilities.read_text(_text(proposal_id), utility_id)
