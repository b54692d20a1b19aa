"""Pictures with words beside their points: chunks of a PNG, segments of a JPEG."""

import io
import struct
import zlib

from PIL import Image

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    """Give a chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, late: bytes = b"", behind: bytes = b"") -> bytes:
    """Give a small picture with these chunks before its points, one after them, and bytes behind its end."""
    head = struct.pack(">IIBBBBB", 16, 16, 1, 0, 0, 0, 0)
    points = chunk(b"IDAT", zlib.compress(bytes(16 * 3)))
    return PNG + chunk(b"IHDR", head) + b"".join(chunks) + points + late + chunk(b"IEND", b"") + behind


def segment(marker: int, data: bytes) -> bytes:
    """Give a segment of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def jpeg(*segments: bytes, late: bytes = b"", behind: bytes = b"") -> bytes:
    """Give a small picture with these segments before its points, one after them, and bytes behind its end."""
    out = io.BytesIO()
    Image.new("L", (16, 16), 200).save(out, "JPEG")
    made = out.getvalue()
    return made[:2] + b"".join(segments) + made[2:-2] + late + made[-2:] + behind


def exif(words: str, tag: int = 0x010E) -> bytes:
    """Give facts of a camera with these words under one tag."""
    facts = Image.Exif()
    if tag == 0x9286:
        facts.get_ifd(0x8769)[tag] = b"UNICODE\x00" + words.encode("utf-16-le")
    elif tag == 0x9C9C:
        facts[tag] = words.encode("utf-16-le") + b"\x00\x00"
    else:
        facts[tag] = words
    return facts.tobytes()


def xmp(words: str) -> bytes:
    """Give an XMP packet that describes a picture so."""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f"<rdf:Description><dc:description>{words}</dc:description></rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
