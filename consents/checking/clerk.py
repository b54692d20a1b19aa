"""Who acts on the public page: somebody with the letter in hand, whom we do not know (rules)."""

import uuid

from broker.terms import Actor

CLERK = Actor("x", uuid.uuid5(uuid.NAMESPACE_URL, "urn:utility-data-broker:checking/clerk"), role="clerk")
