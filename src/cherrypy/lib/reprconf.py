"""The documented names of the configuration system; what they name lives in the core room."""

from cherrypy.core.reprconf import (
    Config,
    NamespaceSet,
    Parser,
    as_dict,
    attributes,
    modules,
    unrepr,
)

__all__ = ["Config", "NamespaceSet", "Parser", "as_dict", "attributes", "modules", "unrepr"]
