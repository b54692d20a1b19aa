"""Each copy of a letter goes into a pack under a name of its own."""

import hashlib
import uuid

from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.console.packs import assembly
from consents.models import LetterFile
from tests.requests_world import ACTOR, world


def test_a_letter_that_was_stamped_twice_has_both_archive_copies_in_the_pack(sqlite_db: str) -> None:
    w = world()
    letter = w.consent.letter
    for copy in (b"once", b"once, and twice"):
        with transaction.atomic():
            ref = log.append("letter.archived", actor=ACTOR, subject=w.customer.id, body={})
            LetterFile.objects.create(
                letter=letter, kind=LetterFile.Kind.ARCHIVED, sha256=hashlib.sha256(copy).digest(), bytes=len(copy),
                file=uuid.uuid4(), made_at=timezone.now(), audit_event_id=ref.id,
            )  # fmt: skip
    documents = list(assembly._letter_documents(w.consent))
    assert len({each.path for each in documents}) == len(documents) == letter.files.count()
    assert [each.path for each in documents if "archived" in each.path] == [
        f"letter/{letter.number}-archived.pdf",
        f"letter/{letter.number}-archived-2.pdf",
    ]
