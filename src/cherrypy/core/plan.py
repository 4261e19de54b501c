"""What follows from where dispatch ended, compiled once: the `RoutePlan`.

Dispatch walks the live object tree for each request; the configuration that
holds where it ended (global config, `_cp_config` along the trail, the sections
of the application's config) rarely changes. `compile_plan` turns such a merged
configuration into attributes to set and hooks to run, ready sorted; `PlanCache`
keeps the result for as long as every dict that it was made from still has the
same content, so that config changed at run time takes effect by itself.

What has to run anew for each request, namespace handlers and tools of an
application's own, is listed on the plan as `live`. A tool whose function offers
`as_filter` (the `encode` tool does) hangs no hook: what it makes of a page is a
function of the page's body, which the plan keeps ready.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from .hooks import HOOK_POINTS, Hook, HookMap, check_point
from .reprconf import Config, NamespaceSet
from .tools import PRIORITY, SWITCH, Tool, Toolbox

ToolMaps = dict[str, dict[str, dict[str, Any]]]
Assignments = tuple[tuple[str, Any], ...]

#: Takes what a page handler returned, with the request and response; returns what to send.
BodyFilter = Callable[[Any, Any, Any], Any]


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """Everything that configuration says about a request, ready to use."""

    config: Mapping[str, Any]
    hooks: Mapping[str, Sequence[Hook]]
    body_filters: tuple[BodyFilter, ...] = ()
    request_attributes: Assignments = ()
    body_attributes: Assignments = ()
    response_attributes: Assignments = ()
    response_headers: Assignments = ()
    error_page: Mapping[Any, Any] = field(default_factory=dict)
    toolmaps: ToolMaps = field(default_factory=dict)
    live_namespaces: NamespaceSet | None = None
    live_config: Mapping[str, Any] = field(default_factory=dict)
    live_tools: tuple[Tool, ...] = ()
    #: Whether `apply` has anything to do; for most routes it has not.
    sets_anything: bool = True

    def apply(self, request: Any, response: Any) -> None:
        """Set what configuration sets on *request* and *response*."""
        for name, value in self.request_attributes:
            setattr(request, name, value)
        for name, value in self.body_attributes:
            setattr(request.body, name, value)
        for name, value in self.response_attributes:
            setattr(response, name, value)
        for name, value in self.response_headers:
            response.headers[name] = value
        if self.live_namespaces is not None:
            self.live_namespaces(self.live_config)
        for tool in self.live_tools:
            tool._setup()

    def copy_hooks(self) -> HookMap:
        """Return these hooks as a map that can be changed."""
        hooks = HookMap()
        for point, planned in self.hooks.items():
            # NOTE: what a request changes of a hook, it changes for itself.
            hooks[point].extend([hook.copy() for hook in planned])
        return hooks

    def copy_toolmaps(self) -> ToolMaps:
        """Return the configuration of tools as dicts that can be changed."""
        return {
            box: {name: dict(settings) for name, settings in tools.items()}
            for box, tools in self.toolmaps.items()
        }


EMPTY_PLAN = RoutePlan(config={}, hooks={})


class Draft:
    """A plan being drawn up: what the namespaces of a configuration ask for."""

    def __init__(self) -> None:
        self.request_attributes: dict[str, Any] = {}
        self.body_attributes: dict[str, Any] = {}
        self.response_attributes: dict[str, Any] = {}
        self.response_headers: dict[str, Any] = {}
        self.error_page: dict[Any, Any] = {}
        self.toolmaps: ToolMaps = {}
        self.hooks: dict[str, list[Hook]] = {point: [] for point in HOOK_POINTS}
        self.body_filters: list[tuple[int, BodyFilter]] = []
        self.live_namespaces = NamespaceSet()
        self.live_config: dict[str, Any] = {}
        self.live_tools: list[Tool] = []

    def add_hook(self, point: str, hook: Hook) -> None:
        """Add *hook* at *point*; ValueError if there is no such point."""
        check_point(point)
        self.hooks[point].append(hook)

    def set_tool(self, namespace: str, key: str, value: Any) -> None:
        """Note the entry `namespace.key`, where key is 'tool.argument'."""
        name, _, argument = key.partition(".")
        self.toolmaps.setdefault(namespace, {}).setdefault(name, {})[argument] = value

    def add_tools(self, toolbox: Toolbox) -> None:
        """Add the hooks of every tool of *toolbox* that is switched on."""
        for name, settings in self.toolmaps.get(toolbox.namespace, {}).items():
            if settings.get(SWITCH):
                self._add_tool(toolbox, name, settings)

    def _add_tool(self, toolbox: Toolbox, name: str, settings: Mapping[str, Any]) -> None:
        tool = getattr(toolbox, name)
        # NOTE: after a live tool all are, so that they keep the order of their declaration.
        if self.live_tools or not isinstance(tool, Tool) or tool.is_live:
            self.live_tools.append(tool)
            return
        arguments = {key: value for key, value in settings.items() if key != SWITCH}
        as_filter = getattr(tool.callable, "as_filter", None)
        if as_filter is not None:
            priority = arguments.pop(PRIORITY, tool._priority)
            self.body_filters.append((priority, as_filter(**arguments)))
            return
        for point, hook in tool.plan(arguments):
            self.add_hook(point, hook)

    def finish(self, config: Mapping[str, Any]) -> RoutePlan:
        """Return the finished plan for *config*."""
        settings = (
            self.request_attributes,
            self.body_attributes,
            self.response_attributes,
            self.response_headers,
            self.live_namespaces,
            self.live_tools,
        )
        return RoutePlan(
            sets_anything=any(settings),
            config=config,
            hooks={point: tuple(sorted(hooks)) for point, hooks in self.hooks.items() if hooks},
            body_filters=tuple(each for _, each in sorted(self.body_filters, key=itemgetter(0))),
            request_attributes=tuple(self.request_attributes.items()),
            body_attributes=tuple(self.body_attributes.items()),
            response_attributes=tuple(self.response_attributes.items()),
            response_headers=tuple(self.response_headers.items()),
            error_page=self.error_page,
            toolmaps=self.toolmaps,
            live_namespaces=self.live_namespaces or None,
            live_config=self.live_config,
            live_tools=tuple(self.live_tools),
        )


class PlannedNamespace:
    """A config namespace whose entries are compiled into the plan.

    describe: notes one entry, (draft, key, value), in a draft.

    Called as any other namespace handler, (key, value), it applies the entry to
    the current request at once.
    """

    def __init__(
        self, describe: Callable[[Draft, str, Any], None], apply_now: Callable[[RoutePlan], None]
    ) -> None:
        self.describe = describe
        self._apply_now = apply_now

    def __call__(self, key: str, value: Any) -> None:
        draft = Draft()
        self.describe(draft, key, value)
        self._apply_now(draft.finish({}))


def compile_plan(
    config: Mapping[str, Any],
    namespaces: Mapping[str, Any],
    toolboxes: Mapping[str, Toolbox],
) -> RoutePlan:
    """Compile the merged *config* of a route.

    namespaces: the request's namespace handlers. toolboxes: by namespace.
    Raises ValueError for an unknown hook point, AttributeError for an unknown tool.
    """
    draft = Draft()
    for full_key, value in config.items():
        namespace, dot, key = full_key.partition(".")
        if not dot:
            continue
        handler = namespaces.get(namespace)
        if namespace in toolboxes:
            draft.set_tool(namespace, key, value)
        elif isinstance(handler, PlannedNamespace):
            handler.describe(draft, key, value)
        elif handler is not None:
            draft.live_namespaces[namespace] = handler
            draft.live_config[full_key] = value
    for toolbox in toolboxes.values():
        draft.add_tools(toolbox)
    return draft.finish(config)


#: One source of a route's configuration: the path of the section that it is, or None for the
#: `_cp_config` of a node (unless that serves a directory), and its entries. Later layers
#: override earlier ones.
Layer = tuple[str | None, Mapping[str, Any]]


class Origin(NamedTuple):
    """What a cached plan was compiled from; while all of it is unchanged, the plan holds."""

    base_version: int
    tool_revision: int
    namespaces: dict[str, Any]
    toolboxes: dict[str, Any]
    snapshots: list[dict[str, Any]]
    #: NOTE: keeps the dicts alive, so that no other dict can take over their identity.
    layers: tuple[Layer, ...]


class PlanOwner(Protocol):
    """What a `PlanCache` asks of its application, anew each time: these may be replaced."""

    @property
    def toolboxes(self) -> Mapping[str, Toolbox]:
        """The toolboxes by namespace."""
        ...

    @property
    def request_class(self) -> Any:
        """The class whose `namespaces` hold for requests."""
        ...


class PlanCache:
    """The compiled plans of one application.

    owner: the application. base: the global config. limit: how many plans to keep.
    """

    def __init__(self, owner: PlanOwner, base: Config, limit: int = 1000) -> None:
        self.owner = owner
        self.base = base
        self.limit = limit
        self._plans: dict[tuple[Any, ...], tuple[RoutePlan, Origin]] = {}

    def __len__(self) -> int:
        return len(self._plans)

    def get(
        self,
        layers: Sequence[Layer],
        key: tuple[Any, ...] | None = None,
        base: Mapping[str, Any] | None = None,
    ) -> RoutePlan:
        """Return the plan for *base* overridden by *layers*, compiled if need be.

        key: what to find it by; default: which dicts the layers are. base: default:
        the global config.

        PERF: equal dicts with the very same values compare by identity: 0.3 µs for all of it.
        """
        if key is None:
            key = tuple([(section, id(entries)) for section, entries in layers]) if layers else ()
        kept = self._plans.get(key)
        if kept is not None:
            plan, (version, revision, namespaces, toolboxes, snapshots, _) = kept
            if (
                version == self.base.version
                and revision == Tool.revision
                and namespaces == self.owner.request_class.namespaces
                and toolboxes == self.owner.toolboxes
                and (not layers or [entries for _, entries in layers] == snapshots)
            ):
                return plan
        return self._compile(key, layers, self.base if base is None else base)

    def get_merged(self, config: Mapping[str, Any]) -> RoutePlan:
        """Return the plan for *config*, which a dispatcher of one's own has merged itself.

        NOTE: such a dict is often new for each request, so it is found by its keys.
        """
        return self.get([(None, config)], ("merged", *config), {})

    def _compile(
        self, key: tuple[Any, ...], layers: Sequence[Layer], base: Mapping[str, Any]
    ) -> RoutePlan:
        # NOTE: the origin is taken first. What changes meanwhile makes the plan stale, not wrong.
        origin = Origin(
            self.base.version,
            Tool.revision,
            dict(self.owner.request_class.namespaces),
            dict(self.owner.toolboxes),
            [dict(entries) for _, entries in layers],
            tuple(layers),
        )
        config = merged(base, layers)
        plan = compile_plan(config, origin.namespaces, origin.toolboxes)
        if len(self._plans) >= self.limit:
            self._plans.clear()
        self._plans[key] = (plan, origin)
        return plan


#: A section that names the directory to serve is remembered: paths are relative to it.
STATIC_DIR = "tools.staticdir.dir"
_STATIC_SECTION = "tools.staticdir.section"


def merged(base: Mapping[str, Any], layers: Iterable[Layer]) -> dict[str, Any]:
    """Return the configuration of *base* overridden by *layers* in turn."""
    config = dict(base)
    for section, entries in layers:
        config.update(entries)
        if section is not None and STATIC_DIR in entries:
            config[_STATIC_SECTION] = section
    return config
