"""The media type of a file, by the extension of its name.

`mimetypes` decides, as the manual has it, and is asked anew each time: what an application adds
to `mimetypes.types_map` counts from then on.
"""

import mimetypes
import os
from collections.abc import Mapping

#: Of a file of which nothing is known: no browser runs or renders it.
UNKNOWN = "application/octet-stream"

#: What `mimetypes` calls an encoding is what the file is, as long as nobody takes it off.
_COMPRESSED = {
    "gzip": "application/gzip",
    "compress": "application/x-compress",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "br": "application/x-brotli",
}

#: What pages are made of, where the machine's tables know nothing of it.
_OF_THE_WEB = {
    ".avif": "image/avif",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}

if not mimetypes.inited:
    mimetypes.init()


def media_type(path: str, content_types: Mapping[str, str] | None = None) -> str:
    """Return the media type for the file name in *path*: '/a/b.png' -> 'image/png'.

    content_types: types of one's own by extension, 'gif' or '.gif', which come first.
    """
    extension = os.path.splitext(path)[1]
    lowered = extension.lower()
    if content_types:
        for spelled in (extension[1:], lowered[1:], extension, lowered):
            if spelled in content_types:
                return content_types[spelled]
    return (
        mimetypes.types_map.get(lowered)
        or _COMPRESSED.get(mimetypes.encodings_map.get(lowered, ""))
        or _OF_THE_WEB.get(lowered, UNKNOWN)
    )
