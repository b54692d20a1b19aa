"""The facts of a letter, put together from the answers, the parties, the profile and the settings."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from broker.parties.models import Organisation
from broker.terms import DATA_TYPES, PURPOSES
from broker.utilities import UtilityProfile
from consents.loa.letter import AccountLine, LetterFacts, Onward, Party
from consents.loa.seal_key import read_certificates
from consents.loa.template import template_sha256
from consents.loa.words import LANGUAGES
from consents.rules import Answers, accounts_of, forward_end

NECTAR = Onward("Nectar Climate (Nectar)", "reads bills and returns the numbers in them; never holds a portal login")


# Why somebody may sign for the business or organization that the bill names, as the letter says it.
AUTHORITY: dict[str, dict[str, str]] = {
    "officer": {"en": "officer of the organization", "es": "directivo de la organización"},
    "employee": {"en": "employee authorized to sign", "es": "empleado autorizado para firmar"},
    "document": {"en": "agent by a written document", "es": "apoderado por un documento escrito"},
}


def first_day(answers: Answers) -> date:
    """Give the day from which a frozen letter says that it is in force; it may be signed days after that."""
    return datetime.fromisoformat(answers.extra["made_at"]).astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()


LONGEST_MAILBOX = 60  # characters: what fits on a line of the letter


def letter_facts(
    answers: Answers, *, organisation: Organisation, profile: UtilityProfile, mailbox: str = ""
) -> LetterFacts:
    """Give the complete facts of a letter for these answers; raises `LetterIncomplete` naming the field.

    `mailbox` is the customer's address, masked: a utility can hold it against its own file and cannot write to it.
    One that is longer than a line is left out.
    """
    made_at = datetime.fromisoformat(answers.extra["made_at"])
    assert answers.history_from
    assert answers.history_to
    assert answers.ends
    language = answers.language if answers.language in LANGUAGES else "en"
    return LetterFacts(
        number=answers.extra["letter"],
        verification_code=answers.extra["code"],
        made_at=made_at,
        customer_name=answers.name_as_billed,
        customer_email=mailbox if len(mailbox) <= LONGEST_MAILBOX else "",
        accounts=tuple(AccountLine(number, address) for number, address in accounts_of(answers)),
        utility=Party(
            profile.name, profile.place, email=profile.contacts.email.value, phone=profile.contacts.phone.value
        ),
        operator=Party(
            settings.OPERATOR_NAME,
            settings.OPERATOR_ADDRESS,
            email=settings.OPERATOR_EMAIL,
            phone=settings.OPERATOR_PHONE,
        ),
        recipient=Party(
            organisation.legal_name, organisation.address, email=organisation.contact_email, phone=organisation.phone
        ),
        onward=(NECTAR,) if answers.nectar else (),
        purpose=PURPOSES[answers.purpose],
        data_types=tuple(kind for kind in DATA_TYPES if kind in answers.data_types),
        history_from=answers.history_from,
        history_to=answers.history_to,
        forward_until=forward_end(answers),
        starts=first_day(answers),
        ends=answers.ends,
        language=language,
        stop_url=settings.PUBLIC_URL + reverse("my"),
        check_url=f"{settings.PUBLIC_URL}/v/{answers.extra['code']}",
        seal_fingerprint=_root_fingerprint(),
        supersedes=answers.extra.get("supersedes", ""),
        template_sha256=template_sha256(),
        signer_title=f"{answers.signer_name}, {answers.signer_title}" if answers.role == "entity" else "",
        authority=AUTHORITY[answers.basis][language] if answers.role == "entity" else "",
        word=answers.extra.get("word", ""),
    )


def _root_fingerprint() -> str:
    try:
        return str(read_certificates(settings.SEAL_ROOT_FILE)[0].sha256.hex())
    except FileNotFoundError:
        return ""  # no seal key yet: the letter can be shown, and will not be sealed
