"""The promises that our texts make to customers, clerks and the public (rules).

A sentence that promises something carries a mark: `{% promise "stop-at-once" %}` in front of it in a template, the
comment `# promise: stop-at-once` over it in Python. Each mark has a test (`@pytest.mark.promise`), so that no text says
what nobody has proven; a sentence with a promising word and no mark fails the build.
"""

PROMISES: dict[str, str] = {
    "ask-tells-nothing": "Who asks for a permission learns nothing of her steps before she signs or says no.",
    "asked-not-again": "Who is not to ask again at a mailbox has nothing mailed there any more by asking.",
    "brought-waits-for-yes": "What somebody brings for a customer is data to nobody until she says yes.",
    "code-needed": "Without the mailed code nobody goes on.",
    "destroyed-is-gone": "What a destroyed key had sealed is readable to nobody.",
    "information-only": "The letter lets nobody change, pay for, or sign in to anything.",
    "kept-proof": "What somebody kept of the log cannot be rewritten unseen, not even by us.",
    "log-unchanged-unseen": "The log cannot be edited, or changed unseen.",
    "no-answer-outside": "A customer's question is seen by nobody outside.",
    "no-passwords": "We ask for no portal password, and refuse one that is sent.",
    "objection-pauses": "After an objection new data of the account is given to nobody, until a person has looked.",
    "only-chosen": "Nobody gets data whom the customer has not chosen, and nobody more than she ticked.",
    "only-declined": "Who was declined learns that, and nothing else.",
    "rehearsal-only": "A rehearsal holds no real person's data.",
    "sides-apart": "Of holder and objector neither learns name, address or reason of the other.",
    "stop-at-once": "“Stop sharing” works from the first moment, and from the list and the link alike.",
}

# Words that hardly stand in a text without promising something, in both languages.
WORDS = {
    "en": ("never", "at once", "only", "always", "immediately", "nobody", "no one"),
    "es": ("nunca", "de inmediato", "solo", "sólo", "solamente", "siempre", "nadie"),
}
