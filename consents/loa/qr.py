"""The QR code of a letter, as an SVG inside a `data:` address (ISO/IEC 18004)."""

import segno

SIDE = 18.0  # mm, with the quiet zone of four modules: read back from a print at 150 dpi


def picture(address: str) -> str:
    """Give the picture of this address, for `src`; level M bears the specks of a photocopy."""
    code = segno.make_qr(address, error="m", boost_error=False)
    scale = round(SIDE / code.symbol_size(border=4)[0], 4)
    inline: str = code.svg_data_uri(
        border=4, scale=scale, unit="mm", dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
    )
    return inline
