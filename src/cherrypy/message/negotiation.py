"""Content negotiation: which of the forms we can offer suits the client best (RFC 9110 12.5).

Each function takes the value of an Accept-like header and what the server offers, in the
server's order of preference, and returns one of the offers, or None if the client takes none.
A header that is absent (None) accepts anything. All raise MalformedElement for a bad `q`.
"""

from collections.abc import Iterable, Sequence

from .elements import AcceptElement, header_elements


def best_media_type(accept: str | None, offers: Sequence[str]) -> str | None:
    """Return the offered media type with the highest quality, such as 'text/html' or 'text/*'.

    The most specific range that fits an offer decides on its quality (RFC 9110 12.5.1).
    """
    if accept is None or not accept.strip():
        return offers[0] if offers else None
    ranges = _elements("Accept", accept)
    return _best((offer, _media_quality(offer, ranges)) for offer in offers)


def best_charset(accept_charset: str | None, offers: Sequence[str]) -> str | None:
    """Return the offered charset with the highest quality (RFC 9110 12.5.2)."""
    if accept_charset is None or not accept_charset.strip():
        return offers[0] if offers else None
    elements = _elements("Accept-Charset", accept_charset)
    return _best((offer, _token_quality(offer, elements, 0.0)) for offer in offers)


def best_coding(accept_encoding: str | None, offers: Sequence[str]) -> str | None:
    """Return the offered content coding with the highest quality, 'identity' among equals last.

    'identity' is acceptable unless the header excludes it; None means that even this is
    refused and nothing else fits: then answer 406 (RFC 9110 12.5.3). 'x-gzip' is 'gzip'.
    """
    if accept_encoding is None:
        return "identity"
    elements = _elements("Accept-Encoding", accept_encoding)
    for element in elements:
        if element.value.lower() in ("x-gzip", "x-compress"):
            element.value = element.value[2:]
    named = [
        (offer, _token_quality(offer, elements, 0.0)) for offer in offers if offer != "identity"
    ]
    # An unnamed identity is taken only if nothing better fits.
    identity = _token_quality("identity", elements, 0.0001)
    return _best([*named, ("identity", identity)])


def _elements(name: str, value: str) -> list[AcceptElement]:
    return [each for each in header_elements(name, value) if isinstance(each, AcceptElement)]


def _best(rated: Iterable[tuple[str, float]]) -> str | None:
    best, best_quality = None, 0.0
    for offer, quality in rated:
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def _token_quality(offer: str, elements: Sequence[AcceptElement], otherwise: float) -> float:
    lowered = offer.lower()
    for element in elements:
        if element.value.lower() == lowered:
            return element.qvalue
    return next((element.qvalue for element in elements if element.value == "*"), otherwise)


def _media_quality(offer: str, ranges: Sequence[AcceptElement]) -> float:
    best_fit, quality = -1, 0.0
    offered = AcceptElement.from_str(offer)
    for media_range in ranges:
        fit = _fit(offered, media_range)
        if fit > best_fit:
            best_fit, quality = fit, media_range.qvalue
    return quality


def _fit(offered: AcceptElement, media_range: AcceptElement) -> int:
    """Return how specifically a range fits an offer; -1 if it does not."""
    wanted, given = media_range.value.lower(), offered.value.lower()
    if wanted in ("*", "*/*"):
        return 0
    # An offer may itself be a range, such as 'text/*': it fits any of its kind.
    if wanted.endswith("/*") or given.endswith("/*"):
        return 1 if wanted.partition("/")[0] == given.partition("/")[0] else -1
    if wanted != given:
        return -1
    wanted_params = {name: value for name, value in media_range.params.items() if name != "q"}
    if any(offered.params.get(name) != value for name, value in wanted_params.items()):
        return -1
    return 2 + len(wanted_params)
