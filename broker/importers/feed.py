"""An XML feed as a small tree, read under limits: no document type, no entity, no more depth than a feed has (rules).

Names are kept without their namespace where it is Atom's or ESPI's; a name of any other namespace keeps it, so that it
is never taken for one of those.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from broker.importers.readings import layout_unknown, unreadable

MAX_BYTES = 16 * 1024 * 1024
MAX_NODES = 600_000  # a year of quarter hours needs 250,000
MAX_DEPTH = 16
_KNOWN = ("http://www.w3.org/2005/Atom", "http://naesb.org/espi")
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Node:
    """An element: its name, its attributes, its own text, and the elements in it."""

    name: str
    attributes: dict[str, str]
    pieces: list[str] = field(default_factory=list)
    children: list["Node"] = field(default_factory=list)

    def text(self) -> str:
        """Give its own text without the blanks around it."""
        return "".join(self.pieces).strip()

    def all(self, name: str) -> Iterator["Node"]:
        """Give the elements of this name directly in it."""
        return (each for each in self.children if each.name == name)

    def one(self, name: str) -> "Node | None":
        """Give the one element of this name in it, or nothing; two are refused (`file.layout_unknown`)."""
        found = list(self.all(name))
        if len(found) > 1:
            raise layout_unknown()
        return found[0] if found else None

    def value(self, name: str) -> str | None:
        """Give the text of the one element of this name in it; nothing where there is none."""
        found = self.one(name)
        return found.text() if found is not None else None


def parse(data: bytes) -> Node:
    """Read a document; raises `Refused("file.unreadable")` for one that is broken, too large or declares anything."""
    if len(data) > MAX_BYTES:
        raise unreadable()
    builder = _Builder()
    try:
        builder.parser.Parse(data.removeprefix(_BOM).lstrip(), True)
    except expat.ExpatError:
        raise unreadable() from None
    if builder.root is None:
        raise unreadable()
    return builder.root


class _Builder:
    """Puts the tree together, and refuses what would make a parser do more than read."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.open: list[Node] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.words
        self.parser.StartDoctypeDeclHandler = self.refuse
        self.parser.EntityDeclHandler = self.refuse

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_NODES or len(self.open) >= MAX_DEPTH:
            raise unreadable()
        namespace, _, local = name.rpartition(" ")
        node = Node(local if namespace in _KNOWN or not namespace else name, attributes)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _name: str) -> None:
        self.open.pop()

    def words(self, text: str) -> None:
        if self.open:
            self.open[-1].pieces.append(text)

    def refuse(self, *_what: object) -> None:
        raise unreadable()
