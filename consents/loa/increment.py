"""What the seal adds to a letter besides itself, in the same increment: an attachment, and a place in the structure.

pyHanko's own helper raises the PDF version to 2.0 and leaves the name tree unsorted, and it does not put a signature
field into the structure tree; each of these would silently end the PDF/A or the PDF/UA claim.
"""

import io
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.reader import PdfFileReader

BOX_START, BOX_END = "signature", "signature-end"
HOLDERS = ("/Document", "/Sect", "/Div")  # the elements of the structure that hold others, down to the box
Box = tuple[int, int, int, int]


class NotOurLetter(ValueError):
    """The file lacks what our template puts into every letter."""


class BlockPage(PdfContent):
    """The signature block, taken from memory: pyHanko's own class wants a file, and a name belongs on no disk."""

    NAME = "/SignatureBlock"

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf
        super().__init__()

    def render(self) -> bytes:
        """Put the page among the resources and give the operator that shows it."""
        reader = PdfFileReader(io.BytesIO(self._pdf))
        page = self._ensure_writer.import_page_as_xobject(reader)
        self.resources.xobject[self.NAME] = page
        left, bottom, right, top = page.get_object()["/BBox"]
        self.box = BoxConstraints(width=abs(right - left), height=abs(top - bottom))
        return self.NAME.encode() + b" Do"


def signature_place(writer: IncrementalPdfFileWriter) -> tuple[int, Box]:
    """Find the empty box: its page, and left, bottom, right, top in points."""
    try:
        names = writer.root["/Names"]["/Dests"]["/Names"]
        places = {str(names[i]): names[i + 1] for i in range(0, len(names), 2)}
        start, end = places[BOX_START], places[BOX_END]
    except KeyError:
        raise NotOurLetter("no signature box") from None
    page = start.raw_get(0)
    if page.reference != end.raw_get(0).reference:
        raise NotOurLetter("signature box over two pages")
    left, top, right, bottom = (round(float(value)) for value in (start[2], start[3], end[2], end[3]))
    return _page_number(writer, page.reference), (left + 1, bottom, right, top - 1)


def attach(
    writer: IncrementalPdfFileWriter, name: str, data: bytes, mime_type: str, *, description: str, at: datetime
) -> None:
    """Attach a file; its name must sort after those that are there, as a name tree is sorted."""
    stream = embed.EmbeddedFileObject.from_file_data(
        writer,
        data,
        params=embed.EmbeddedFileParams(creation_date=at, modification_date=at),
        mime_type=mime_type,
    )
    spec = embed.FileSpec(
        file_spec_string=name,
        file_name=name,
        embedded_data=stream,
        description=description,
        af_relationship=pdf_name("/Supplement"),
    )
    names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
    if len(names) and str(names[-2]) >= name:
        raise ValueError("attachments must be added in the order of their names")
    reference = writer.add_object(spec.as_pdf_object())
    names.extend([pdf_string(name), reference])
    writer.update_container(names)
    writer.root["/AF"].append(reference)
    writer.update_container(writer.root["/AF"])


def put_in_structure(writer: IncrementalPdfFileWriter, field: Any, page_number: int, alt: str) -> None:
    """Give the signature field a Form element where the empty box stands, so that a screen reader finds it."""
    page = _page_reference(writer, page_number)
    root = writer.root["/StructTreeRoot"]
    parent = _empty_box(root["/K"]) or root["/K"][0]
    holder = _dictionary(Type=pdf_name("/OBJR"), Obj=_pointer(writer, field.reference), Pg=page)
    element = writer.add_object(
        _dictionary(
            Type=pdf_name("/StructElem"),
            S=pdf_name("/Form"),
            P=_pointer(writer, parent.container_ref),
            Pg=page,
            Alt=pdf_string(alt),
            K=generic.ArrayObject([holder]),
        )
    )
    parent["/K"].append(element)
    writer.update_container(parent["/K"])
    widget = field.get_object()
    widget["/StructParent"] = _number(_into_parent_tree(writer, root, element))
    writer.update_container(widget)
    shown = _resolved(page)
    shown["/Tabs"] = pdf_name("/S")  # the tab order is that of the structure
    writer.update_container(shown)


def _into_parent_tree(writer: IncrementalPdfFileWriter, root: Any, element: generic.IndirectObject) -> int:
    numbers = root["/ParentTree"]["/Nums"]
    key = max((int(numbers[i]) for i in range(0, len(numbers), 2)), default=-1) + 1
    numbers.extend([_number(key), element])
    writer.update_container(numbers)
    root["/ParentTreeNextKey"] = _number(key + 1)
    writer.update_container(root)
    return key


def _empty_box(children: Any) -> Any:
    """Find the signature box in the structure: a Div that holds one Div without content, and nothing else.

    From the end, where the box stands, and not into text or tables: of a long letter's hundreds of elements only those
    on the way to the box are read.
    """
    for place in reversed(range(len(children))):  # by place: iterating gives references, not what they point to
        child = children[place]
        if not isinstance(child, generic.DictionaryObject) or not isinstance(child.get("/K"), generic.ArrayObject):
            continue
        inner = child["/K"]
        if child.get("/S") == "/Div" and len(inner) == 1 and _is_empty_div(inner[0]):
            return child
        if child.get("/S") in HOLDERS and (found := _empty_box(inner)):
            return found
    return None


def _is_empty_div(element: Any) -> bool:
    return isinstance(element, generic.DictionaryObject) and element.get("/S") == "/Div" and not len(element["/K"])


def _page_number(writer: IncrementalPdfFileWriter, wanted: Any) -> int:
    for number in range(int(writer.root["/Pages"]["/Count"])):
        if _page_reference(writer, number).reference == wanted:
            return number
    raise NotOurLetter("signature box on no page")


def _page_reference(writer: IncrementalPdfFileWriter, number: int) -> generic.IndirectObject:
    return writer.find_page_for_modification(number)[0]  # type: ignore[no-any-return, no-untyped-call]


def _resolved(reference: generic.IndirectObject) -> Any:
    return reference.get_object()  # type: ignore[no-untyped-call]


def _pointer(writer: IncrementalPdfFileWriter, reference: Any) -> generic.IndirectObject:
    return generic.IndirectObject(reference.idnum, reference.generation, writer)  # type: ignore[no-untyped-call]


def _number(value: int) -> generic.NumberObject:
    return generic.NumberObject(value)  # type: ignore[no-untyped-call]


def _dictionary(**entries: Any) -> generic.DictionaryObject:
    named = {pdf_name(f"/{name}"): value for name, value in entries.items()}
    return generic.DictionaryObject(named)  # type: ignore[no-untyped-call]
