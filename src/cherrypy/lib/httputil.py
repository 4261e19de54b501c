"""The documented names of the HTTP vocabulary; what they name lives in the message room."""

from cherrypy.message.dates import http_date as HTTPDate  # noqa: N812 - the documented name
from cherrypy.message.elements import AcceptElement, HeaderElement, header_elements
from cherrypy.message.headers import CaseInsensitiveDict, HeaderMap
from cherrypy.message.query import parse_query_string
from cherrypy.message.ranges import get_ranges
from cherrypy.message.status import response_codes, valid_status
from cherrypy.message.text import decode_TEXT
from cherrypy.message.urls import Host, protocol_from_http, urljoin, urljoin_bytes

__all__ = [
    "AcceptElement",
    "CaseInsensitiveDict",
    "HTTPDate",
    "HeaderElement",
    "HeaderMap",
    "Host",
    "decode_TEXT",
    "get_ranges",
    "header_elements",
    "parse_query_string",
    "protocol_from_http",
    "response_codes",
    "urljoin",
    "urljoin_bytes",
    "valid_status",
]
