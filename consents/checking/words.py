"""What the page calls the things that do not fit, and what can be wrong with a seal (rules: closed tables)."""

from django.utils.translation import gettext_lazy as _

# The fields of `inside.FIELDS`, and what `comparing` adds.
DIFFERS = {
    "letter": _("the letter’s number"),
    "code": _("the code"),
    "name": _("the name as billed"),
    "signer": _("the signer’s name"),
    "accounts": _("the accounts"),
    "recipient": _("who may receive"),
    "data_types": _("the kinds of data"),
    "history": _("the days of the past"),
    "future": _("the days to come"),
    "term": _("beginning and end"),
    "text": _("the text that was shown"),
    "state": _("the state"),
    "file": _("the file itself"),
    "seal": _("the seal"),
}

# Every code of `loa.judgement.PROBLEMS`.
PROBLEMS = {
    "unreadable": _("The file cannot be read as a PDF of ours."),
    "no_seal": _("There is no seal on it."),
    "other_seal": _("It bears another signature, or more than one."),
    "changed": _("What was sealed has been changed."),
    "signature_wrong": _("The signature was not made with the key of its certificate."),
    "algorithm_weak": _("The signature uses a method that is no longer safe."),
    "certificate_revoked": _("The certificate of the seal was revoked."),
    "certificate_expired": _("The certificate of the seal had run out, or was not valid yet."),
    "certificate_usage": _("The certificate is not meant for seals."),
    "root_unknown": _("The certificate does not come from our root."),
    "revocation_unknown": _("It could not be seen whether the certificate was revoked."),
    "certificate_wrong": _("The certificate of the seal is not in order."),
    "changed_afterwards": _("Something was added after the seal that a seal forbids."),
    "not_the_whole_file": _("The seal does not cover the whole file: something stands behind it."),
    "timestamp_missing": _("The proof of the time is missing."),
    "timestamp_wrong": _("The proof of the time is not in order."),
    "archive_wrong": _("The time stamp of the archive is not in order."),
    "not_valid": _("The seal could not be confirmed."),
}
