"""What stands against keeping a file for its words: unread is not clean."""

from broker.inlets import refusing, written
from broker.looking import look

CODE = "file.unread"


def against(data: bytes, *, inside: bool = False) -> str:
    """Give `file.unread` where not every word of a file was read to its end, the code of a login in it, else nothing.

    Whoever keeps a file asks this, though the door has read it: there, a reader may have died over it that lives here,
    or the other way round. So what is read to its end is also what is looked at. `inside`: with the texts that lie in a
    PDF, where nothing else holds one with files in it. Raises `Unchecked` where the engine broke.
    """
    words = written.read(data, inside=inside)
    found = next((found for text in words.texts if (found := look(text, written.inlet(data))) is not None), None)
    if found is not None:
        return refusing.code(found)
    return "" if words.whole else CODE
