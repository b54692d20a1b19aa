"""What stands against a file that somebody looked into (rules); the desk has words of its own for each code."""

from broker.reasons.kind import Reason, _

INSIDE = (
    *(
        Reason(
            code,
            _("Grows far beyond its size"),
            _("The file would grow far beyond its size when it is opened. No bill does that."),
            _("Download the bill from the portal again, and send that file as it is."),
        )
        for code in ("file.bomb", "file.pdf_bomb", "file.too_many_objects", "file.too_heavy")
    ),
    *(
        Reason(
            code,
            _("More than pages"),
            _("The PDF holds more than pages: a program, a form, other files, or something that starts when it opens."),
            _("Print it into a new PDF, or take a picture of each page, and send that."),
        )
        for code in ("file.javascript", "file.action", "file.attachments", "file.form")
    ),
    *(
        Reason(
            code,
            _("File cannot be read"),
            _("The file is broken, locked with a password, or not what its name says."),
            _("Download it again from the portal and send the new copy."),
        )
        for code in ("file.encrypted", "file.no_pages")
    ),
    Reason(
        "file.too_many_pages",
        _("Too many pages"),
        _("The PDF has more than 150 pages."),
        _("Send it in parts, each of at most 150 pages."),
    ),
    Reason(
        "file.unread",
        _("Not read to its end"),
        _("We look for passwords in every file, and we could not read all words of this one. So we do not take it."),
        _("Print it into a new PDF, or take a picture of each page, and send that."),
    ),
    Reason(
        "file.virus",
        _("Virus found"),
        _("Our virus scanner found something in the file."),
        _("Download the bill from the portal again, if you can on another device."),
    ),
    Reason(
        "file.scanner_down",
        _("Virus scanner does not answer"),
        _("Our virus scanner does not answer, and we take no file that it has not seen."),
        _("Try again later."),
    ),
)
