"""Entity tags: names of the versions of a page, and how requests compare them (RFC 9110 8.8.3)."""

import re
from typing import NamedTuple

# NOTE: the grammar allows neither spaces nor quotes inside; spaces do occur and do no harm.
_ENTITY_TAG = re.compile(r'(W/)?"([^"\x00-\x1f\x7f]*)"')
_LIST_GAP = re.compile(r"[ \t,]*")


class EntityTag(NamedTuple):
    """A version's name without its quotes, and whether it stands for mere equivalence."""

    opaque: str
    is_weak: bool = False

    def __str__(self) -> str:
        return f'W/"{self.opaque}"' if self.is_weak else f'"{self.opaque}"'


def parse_etag(text: str | None) -> EntityTag | None:
    """Return the one entity tag that an ETag value holds, or None if there is none."""
    match = _ENTITY_TAG.fullmatch((text or "").strip())
    return None if match is None else EntityTag(match[2], match[1] is not None)


def parse_etag_list(text: str) -> list[EntityTag]:
    """Return the entity tags of an If-Match or If-None-Match value.

    Reading ends at the first thing that is no tag, so that garbage matches nothing.
    """
    tags: list[EntityTag] = []
    gap = _LIST_GAP.match(text)
    position = gap.end() if gap else 0
    while match := _ENTITY_TAG.match(text, position):
        tags.append(EntityTag(match[2], match[1] is not None))
        gap = _LIST_GAP.match(text, match.end())
        position = gap.end() if gap else match.end()
    return tags


def match_strongly(one: EntityTag, other: EntityTag) -> bool:
    """Tell whether both name the very same bytes: equal and neither weak (RFC 9110 8.8.3.2)."""
    return not one.is_weak and not other.is_weak and one.opaque == other.opaque


def match_weakly(one: EntityTag, other: EntityTag) -> bool:
    """Tell whether both name the same version, be it only equivalent (RFC 9110 8.8.3.2)."""
    return one.opaque == other.opaque


def if_match_holds(header: str, current: str | None) -> bool:
    """Tell whether If-Match lets the request go on; if not, answer 412 (RFC 9110 13.1.1).

    `current` is the ETag of the page as it is now, or None if it has none.
    """
    if header.strip() == "*":
        return current is not None
    tag = parse_etag(current)
    return tag is not None and any(match_strongly(tag, each) for each in parse_etag_list(header))


def if_none_match_holds(header: str, current: str | None) -> bool:
    """Tell whether If-None-Match lets the request go on; if not, answer 304 to GET and HEAD and
    412 to others (RFC 9110 13.1.2).

    `current` is the ETag of the page as it is now, or None if it has none.
    """
    if header.strip() == "*":
        return current is None
    tag = parse_etag(current)
    return tag is None or not any(match_weakly(tag, each) for each in parse_etag_list(header))
