"""What staff call the letters that are printed for customers who deal on paper (rules: a closed table)."""

# By the template of the notice; whoever adds one that can go by post adds its words.
TITLES = {
    "receipt": "copy of the signed letter",
    "stopped": "stop receipt",
    "hourly_notice": "notice about hourly data",
    "objection_paused": "notice that sharing is paused",
    "objection_resumed": "notice that sharing goes on",
    "paused": "notice that sharing is paused",
    "proven_too": "notice that another mailbox proved the account",
    "terms_changed": "notice of new needs for electronic records",
    "brought_asked": "question about files that somebody brought",
    "share_wanted": "notice that her own files are waited for",
    "request_sent": "notice that the co-op was asked",
    "request_question": "question of the co-op to her",
    "fee_accepted": "notice that she pays a fee",
    "fee_declined": "notice that a fee was declined",
    "fee_void": "notice that a fee is not to be paid",
    "question_answered": "answer to a question",
    "legal_demand": "notice of a legal demand",
    "incident": "notice of an incident with her data",
    "joint_notice": "notice to the second holder",
    "joint_waits": "notice that both holders must agree",
    "joint_ended": "notice that one holder alone may share",
    "ends_soon": "notice that sharing ends soon",
    "not_used": "notice that a permission is not used",
    "ran_out": "notice that a permission has run out",
    "replaced": "notice that a permission was replaced",
    "still_sharing": "yearly reminder of what is shared",
}


def title(template: str) -> str:
    """Name a notice; one that nobody named is a notice."""
    return TITLES.get(template, "notice")
