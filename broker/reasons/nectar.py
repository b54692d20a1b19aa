"""Why a document ended at Nectar without numbers, in words for a person (rules)."""

from broker.reasons.kind import Reason, _

NECTAR = (
    Reason(
        "nectar.failed",
        _("Nectar could not read the file"),
        _("Nectar tried to read the document and failed. Nothing was taken from it."),
        _("Share the usage file that your portal gives you, or let us ask your co-op."),
    ),
    Reason(
        "nectar.terminated",
        _("Nectar stopped reading the file"),
        _("Nectar ended its work on the document before it was done. Nothing was taken from it."),
        _("Share the usage file that your portal gives you, or let us ask your co-op."),
    ),
    Reason(
        "nectar.not_utility",
        _("Not a bill, says Nectar"),
        _("Nectar says that the document does not come from a utility. Nothing was taken from it."),
        _("Share a bill of your co-op, or a usage file."),
    ),
    Reason(
        "nectar.unusable",
        _("Nectar’s answer cannot be used"),
        _("Nectar gave an answer about the document that we cannot read with certainty. Nothing was taken from it."),
        _("A person looks at it. You can share a usage file meanwhile."),
    ),
    Reason(
        "nectar.no_answer",
        _("No answer from Nectar"),
        _("Nectar took the document, and gave no answer in the time that we wait for one."),
        _("A person looks at it. You can share a usage file meanwhile."),
    ),
)
