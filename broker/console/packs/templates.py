"""The template of each letter in a pack: the files that hold its words and layout, as they were when it was signed.

With them every word of a letter can be set again, and the hash of the template that stands in the letter's own record
worked out anew (docs/pack-format.md).
"""

from collections.abc import Iterable

from broker.console.packs import records
from consents.loa import template
from consents.loa.letter import TEMPLATE_VERSION
from consents.models import Consent

FOLDER = "template"


def files(consents: Iterable[Consent]) -> dict[str, bytes]:
    """Give the template of each version that these letters were made of.

    A release holds the files of its own version and of those before. For one that was not kept the pack says so.
    """
    out: dict[str, bytes] = {}
    for version in sorted({each.text_version for each in consents if each.text_version.startswith("loa ")}):
        folder = f"{FOLDER}/{version.replace(' ', '-')}"
        if version != TEMPLATE_VERSION:
            kept = template.older(version) or {"template.json": records.as_bytes({"version": version, "files": None})}
            out |= {f"{folder}/{name}": data for name, data in kept.items()}
            continue
        out[f"{folder}/template.json"] = records.as_bytes(template.statement())
        out |= {f"{folder}/{name}": data for name, data in template.sources().items()}
    return out
