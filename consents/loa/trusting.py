"""This installation's roots and revocation lists, from the settings."""

from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from consents.loa.judgement import Trust
from consents.loa.revocation import read_lists
from consents.loa.seal_key import read_certificates


def trust() -> Trust:
    """Give what our own checks believe; `ImproperlyConfigured` without a root of a timestamp authority."""
    if not settings.TIMESTAMP_ROOT_FILE:
        raise ImproperlyConfigured("TIMESTAMP_ROOT_FILE: no root of a timestamp authority, so no seal can be checked")
    return Trust(
        roots=read_certificates(settings.SEAL_ROOT_FILE),
        tsa_roots=read_certificates(Path(settings.TIMESTAMP_ROOT_FILE)),
        crls=read_lists(settings.SEAL_ROOT_FILE),
    )
