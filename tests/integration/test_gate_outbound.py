"""What leaves passes the gate: every mail of ours, webhooks, and what goes to Nectar; nothing has an override."""

import pytest

from broker.inlets import outbound
from broker.notices import compose
from tests.unit.test_language_mails import MAIL, TEMPLATES

MAILS = sorted(
    (path.parent.name, path.stem) for path in (TEMPLATES / "emails").glob("e[ns]/*.txt") if path.stem != "base"
)


@pytest.mark.parametrize(("language", "name"), MAILS)
def test_every_mail_of_ours_passes(sqlite_db: str, language: str, name: str) -> None:
    made = compose.render(name, language=language, context=MAIL)
    words = f"{made.subject}\n{made.text}"
    found = outbound.hold(name, words, MAIL)
    assert found is None
