"""HTML to PDF, inside the sandbox: PDF/A-3a and PDF/UA-1 in one file, the same bytes for the same input.

WeasyPrint makes one variant at a time; the second claim is added to the one RDF that readers look at.
"""

from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

from weasyprint import HTML, Attachment, Document
from weasyprint.text import ffi
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from broker.sandbox.errors import Refused
from broker.sandbox.wire import pack, unpack
from consents.loa import glyphs

RECORD_NAME = "consent-record.json"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
_UA = "http://www.aiim.org/pdfua/ns/id/"
for _prefix, _namespace in (("pdfaExtension", _EXTENSION), ("pdfaSchema", _SCHEMA), ("pdfaProperty", _PROPERTY)):
    ElementTree.register_namespace(_prefix, _namespace)


class DataOnly(URLFetcher):  # type: ignore[misc]
    """Refuses every address but `data:`; a letter loads nothing, from disk or net."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Give the content of a `data:` address; any other stops the render."""
        if not url.lower().startswith("data:"):
            raise FatalURLFetchingError("a letter loads nothing")
        return super().fetch(url, headers)


_DATA_ONLY = DataOnly()  # one for all letters: each makes a TLS context, which takes longer than to load a page


def letter(payload: dict[str, Any]) -> dict[str, Any]:
    """Render the letter with its record attached; refuses names that the typefaces cannot show."""
    if any(glyphs.unprintable(text) for text in payload["texts"]):
        raise Refused("letter.unprintable")
    made_at = datetime.fromisoformat(payload["made_at"])
    document = _render(payload["html"])
    document.metadata.attachments = [
        Attachment(
            string=unpack(payload["record"]),
            name=RECORD_NAME,
            description="The same permission for machines",
            created=made_at,
            modified=made_at,
            relationship="Data",
            url_fetcher=_DATA_ONLY,
        )
    ]
    document.metadata.generate_rdf_metadata = partial(_both_claims, document.metadata.generate_rdf_metadata)
    pdf = document.write_pdf(pdf_variant="pdf/a-3a", finisher=_each_attachment_once)
    return {"pdf": pack(pdf), "pages": len(document.pages)}


def signature_block(payload: dict[str, Any]) -> dict[str, Any]:
    """Render the appearance of the signature: one page, the size of the box, fonts embedded."""
    if glyphs.unprintable(payload["text"]):
        raise Refused("letter.unprintable")
    document = _render(payload["html"])
    if len(document.pages) != 1:
        raise Refused("letter.name_too_long")
    return {"pdf": pack(document.write_pdf(pdf_variant="pdf/a-3u"))}


def programs(_payload: dict[str, Any]) -> dict[str, Any]:
    """Name what sets a letter, with versions."""
    pango = ffi.pango.pango_version()
    named = [f"{name} {version(name)}" for name in ("weasyprint", "pydyf", "fonttools")]
    return {"programs": [*named, f"pango {pango // 10000}.{pango // 100 % 100}.{pango % 100}"]}


def _render(html: str) -> Document:
    return HTML(string=html, url_fetcher=_DATA_ONLY).render()


def _each_attachment_once(_document: Document, pdf: Any) -> None:
    """WeasyPrint lists an attachment of the whole document twice among the associated files."""
    pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _both_claims(original: Any, variant: str, version: int, conformance: str) -> bytes:
    """Add the PDF/UA claim, and the schema that PDF/A asks for before it accepts a foreign property."""
    rdf = ElementTree.fromstring(original(variant, version, conformance))  # noqa: S314 - WeasyPrint's own
    claim = _description(rdf)
    claim.set(f"{{{_UA}}}part", "1")
    bag = _child(_child(_description(rdf), _EXTENSION, "schemas"), _RDF, "Bag")
    schema = _resource(bag)
    _child(schema, _SCHEMA, "schema").text = "PDF/UA Universal Accessibility Schema"
    _child(schema, _SCHEMA, "namespaceURI").text = _UA
    _child(schema, _SCHEMA, "prefix").text = "pdfuaid"
    part = _resource(_child(_child(schema, _SCHEMA, "property"), _RDF, "Seq"))
    _child(part, _PROPERTY, "name").text = "part"
    _child(part, _PROPERTY, "valueType").text = "Integer"
    _child(part, _PROPERTY, "category").text = "internal"
    _child(part, _PROPERTY, "description").text = "Part of ISO 14289 that this file conforms to"
    both: bytes = ElementTree.tostring(rdf, encoding="utf-8")
    return both


def _child(parent: ElementTree.Element, namespace: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, f"{{{namespace}}}{name}")


def _description(rdf: ElementTree.Element) -> ElementTree.Element:
    found = _child(rdf, _RDF, "Description")
    found.set(f"{{{_RDF}}}about", "")
    return found


def _resource(parent: ElementTree.Element) -> ElementTree.Element:
    item = _child(parent, _RDF, "li")
    item.set(f"{{{_RDF}}}parseType", "Resource")
    return item
