"""What a verdict's kind means, in a sentence that needs no knowledge of logs (rules): command, console and packs."""


def _(text: str) -> str:
    """Mark a text for translation."""
    return text


MEANING = {
    "ok": _("Everything is complete and unchanged."),
    "entry": _("What this event says was changed after it was written, or the event is gone."),
    "header": _("This event's visible part breaks the log's rules: it was not written by an honest log."),
    "lane_gap": _("Events before this one, or after its writer's end, were taken out or put in."),
    "lane_link": _("This event does not follow the one before it: one of the two was exchanged."),
    "lane_quarantined": _("One writer's events are damaged and no officer has answered for it yet."),
    "tile": _("The stored hashes of the tree were changed here."),
    "root": _("The events do not add up to what was signed."),
    "signature": _("A signature does not fit what it should sign, or a file is not the one that was signed for."),
    "origin": _("This belongs to another log."),
    "rollback": _("The log is shorter than what was signed before: its newest part was taken away."),
    "consistency": _("Two signed states of the log contradict each other."),
    "columns": _("The database's tables say something else than the events."),
    "key": _("A key is missing, or does not fit the event that it should open."),
    "missing_leaf": _("An event that must stand in the tree does not."),
    "unreadable": _("Nothing was checked: there is no evidence pack and no export here."),
}


def sentence(kind: str, first_bad: int | None) -> str:
    """The verdict in English; `first_bad` is the place of the first bad entry, None: at no single place."""
    if kind == "ok":
        return MEANING["ok"]
    where = "First bad entry: {}".format("none alone" if first_bad is None else first_bad)
    return f"{where} ({kind}). {MEANING[kind]}"
