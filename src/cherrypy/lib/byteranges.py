"""Ranges: which slices of a file answer a request, and how several are packed into one body.

RFC 9110, 14. The response's validators must be set before, since If-Range compares them.
"""

import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..core.bodies import Slice
from ..core.errors import HTTPError
from ..message.ranges import get_ranges
from .conditions import if_range_holds, is_successful

if TYPE_CHECKING:
    from ..core.request import Request
    from ..core.response import Response


def requested_pieces(
    request: "Request", response: "Response", extent: Slice
) -> Sequence[bytes | Slice]:
    """Return the pieces of the body that answers *request* from the *extent* of a file.

    Status and header fields are set for a 206 where ranges are asked for. Raises HTTPError 416
    where nothing of the content lies in them.
    """
    if not is_successful(response) or request.protocol < (1, 1):
        return [extent]
    response.headers["Accept-Ranges"] = "bytes"
    size = extent.stop - extent.start
    slices = _requested_slices(request, response, size)
    if slices is None:
        return [extent]
    if not slices:
        response.headers["Content-Range"] = f"bytes */{size}"
        raise HTTPError(416, f"The content has {size} bytes, of which none is in these ranges.")
    response.status = 206
    shifted = [Slice(extent.start + start, extent.start + stop) for start, stop in slices]
    if len(slices) == 1:
        response.headers["Content-Range"] = _content_range(*slices[0], size)
        return shifted
    return _packed(response, shifted, [_content_range(*each, size) for each in slices])


def _requested_slices(
    request: "Request", response: "Response", size: int
) -> list[tuple[int, int]] | None:
    # RFC 9110, 14.2: Range has a meaning for GET only.
    text = request.headers.get("Range") if request.method == "GET" else None
    if text is None or not if_range_holds(request, response):
        return None
    return get_ranges(text, size)


def _content_range(start: int, stop: int, size: int) -> str:
    return f"bytes {start}-{stop - 1}/{size}"


def _packed(
    response: "Response", slices: Sequence[Slice], content_ranges: Sequence[str]
) -> list[bytes | Slice]:
    """Return the pieces of a multipart/byteranges body (RFC 9110, 14.6)."""
    # SECURITY: unguessable, so that no file can be made to hold the boundary.
    boundary = secrets.token_hex(16)
    content_type = response.headers["Content-Type"]
    pieces: list[bytes | Slice] = []
    for each, content_range in zip(slices, content_ranges, strict=True):
        line_end = "\r\n" if pieces else ""
        head = (
            f"{line_end}--{boundary}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"Content-Range: {content_range}\r\n\r\n"
        )
        pieces += [head.encode("latin-1"), each]
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    response.headers["Content-Type"] = f"multipart/byteranges; boundary={boundary}"
    return pieces
