"""Paper that a co-op would send: small PDFs, and a usage file in the portal's layout. Invented, and it says so."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

NOTE = "REHEARSAL - not a real document"
_RULER = " " + "=" * 40


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Give a PDF with these lines of text on each page."""
    count = len(pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {count} /Kids [{' '.join(f'{4 + 2 * i} 0 R' for i in range(count))}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, lines in enumerate(pages):
        content = _text(lines)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * index} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _file(objects)


def bill(
    *,
    account: str,
    begin: date = date(2025, 9, 16),
    end: date = date(2025, 10, 15),
    kwh: Decimal = Decimal("812"),
    charges: Decimal = Decimal("98.11"),
    due: date = date(2025, 11, 5),
    co_op: str = "Rehearsal co-op",
    name: str = "",
    address: str = "",
) -> bytes:
    """Give a bill of one month, `end` being its last day, made three days later; with a name, it says whose it is."""
    return pdf(
        [
            [
                NOTE,
                f"{co_op} - Electric bill",
                f"Account number: {account}",
                *([f"Name: {name}", f"Service address: {address}"] if name else []),
                f"Bill date: {end + timedelta(days=3):%Y-%m-%d}",
                f"Service from {begin:%Y-%m-%d} to {end:%Y-%m-%d}",
                f"Energy used: {kwh} kWh",
                f"Total due: ${charges}",
                f"Due date: {due:%Y-%m-%d}",
            ]
        ]
    )


def usage_report(*, account: str, rows: Sequence[tuple[str, str]]) -> bytes:
    """Give a usage report: period and kilowatt-hours, line by line."""
    lines = [NOTE, "Usage report", f"Account number: {account}", *[f"{period}   {kwh} kWh" for period, kwh in rows]]
    return pdf([lines])


def usage_csv(
    *,
    account: str,
    first: date,
    delivered: Sequence[Decimal],
    received: Sequence[Decimal] = (),
    peak_kw: Decimal | None = None,
) -> str:
    """Give a daily usage file in the portal's layout: blocks with identical captions, net among them."""
    blocks = [list(delivered)]
    if received:
        blocks += [[a + b for a, b in zip(delivered, received, strict=True)], list(received)]
    text = f"\n{_RULER}\n Usage Information\n For: {account}\n"
    text += "".join(_block(first, values, "kilowatt-hours", len(delivered)) for values in blocks)
    if peak_kw is not None:
        text += _block(first, [peak_kw], "kilowatts", len(delivered))
    return text.removesuffix("\n") + " "  # the portal's files end so


def with_account(layout: str, account: str) -> str:
    """Give a usage file with this account in its `For:` line and nothing else changed."""
    lines = layout.split("\n")
    return "\n".join(f" For: {account}" if line.strip().startswith("For:") else line for line in lines)


def first_rows(layout: str) -> list[tuple[str, str]]:
    """Give the rows of a usage file's first block, for the report on paper."""
    rows: list[tuple[str, str]] = []
    for line in layout.split("\n"):
        period, comma, rest = line.strip().partition(",")
        if comma and " to " in period:
            rows.append((period, rest.partition(",")[0]))
        elif rows:
            break
    return rows


def _block(first: date, values: Sequence[Decimal], unit: str, days: int) -> str:
    begin = f"{first:%Y-%m-%d} 00:00"
    head = [
        _RULER,
        " Meter Reading Information",
        f" Type of readings: Electricity, Energy Consumption, Real energy in {unit} ",
        _RULER,
        " Detailed Usage",
        _RULER,
        f" Start date: {begin} for {days} days",
        _RULER,
        f" Interval Blockdata for period starting:, {begin}  for {days} days",
        _RULER,
        f" Energy consumption time period,Usage(Real energy in {unit}),Events occurred",
    ]
    rows = []
    for index, value in enumerate(values):
        start = first + timedelta(days=index)
        end = start + timedelta(days=1)
        rows.append(f" {start:%Y-%m-%d} 00:00 to {end:%Y-%m-%d} 00:00,{value:.3f},,")
    return "\n".join([*head, *rows, " "]) + "\n"


def _text(lines: Sequence[str]) -> bytes:
    shown = []
    for line in lines:
        raw = line.encode("cp1252", "replace")
        shown.append(b"(" + raw.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)") + b") Tj T*")
    return b"BT /F1 12 Tf 16 TL 72 720 Td\n" + b"\n".join(shown) + b"\nET"


def _file(objects: Sequence[bytes]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    xref = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, xref)
    return bytes(out)
