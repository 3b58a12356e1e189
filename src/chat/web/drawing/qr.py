"""An address as a picture that a phone's camera reads."""

from functools import lru_cache

import segno
from segno.encoder import DataOverflowError

from chat.web.drawing.renderer import Fragment


@lru_cache(maxsize=256)
def qr_code(address: str) -> Fragment | None:
    """The QR code of an address, dark on white whatever the page's colours; None for one that is too long."""
    try:
        code = segno.make_qr(address, error="l")
    except DataOverflowError:
        return None
    picture = code.svg_inline(omitsize=True, border=4, light="#fff", svgclass="qr", lineclass=None)
    return Fragment(picture.replace("/>", "></path>").encode())
