"""The event as Python rules see it: an immutable, case-insensitive view of what json.loads made.

It wraps and never copies. Nested objects and arrays become views when they are asked for. Nothing here knows rules.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

_MISSING = object()


def wrap(value):
    kind = type(value)
    if kind is dict:
        return EventObject(value)
    if kind is list:
        return EventArray(value)
    return value


def unwrap(value):
    """A deep, mutable copy of plain dicts and lists."""
    if isinstance(value, EventObject):
        value = value._raw
    elif isinstance(value, EventArray):
        value = value._raw
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [unwrap(item) for item in value]
    return value


def find(raw, key):
    """The exact key, else the first that is equal in lower case; _MISSING if none."""
    value = raw.get(key, _MISSING)
    if value is _MISSING and type(key) is str:
        lower = key.lower()
        for name in raw:
            if name.lower() == lower:
                return raw[name]
    return value


def freeze(value):
    """A hashable value, equal for equal contents."""
    if isinstance(value, (EventObject, EventArray)):
        value = value._raw
    if isinstance(value, dict):
        return frozenset((key, freeze(item)) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(freeze(item) for item in value)
    return value


class EventObject:
    __slots__ = ("_raw", "_names", "_views")

    def __init__(self, raw):
        self._raw = raw
        self._names = None
        self._views = None

    def _find(self, key):
        value = self._raw.get(key, _MISSING)
        if value is not _MISSING or type(key) is not str:
            return value
        names = self._names
        if names is None:
            names = {}
            for name in self._raw:
                names.setdefault(name.lower(), name)
            self._names = names
        name = names.get(key.lower(), _MISSING)
        return _MISSING if name is _MISSING else self._raw[name]

    def _view(self, key, value):
        views = self._views
        if views is None:
            views = self._views = {}
        view = views.get(key)
        if view is None:
            view = views[key] = wrap(value)
        return view

    def get(self, key, default=None):
        value = self._raw.get(key, _MISSING)
        if value is _MISSING:
            value = self._find(key)
            if value is _MISSING:
                return default
        kind = type(value)
        if kind is dict or kind is list:
            return self._view(key, value)
        return value

    def __getitem__(self, key):
        value = self.get(key, _MISSING)
        if value is _MISSING:
            raise KeyError(key)
        return value

    def __contains__(self, key):
        return self._find(key) is not _MISSING

    def __iter__(self):
        return iter(self._raw)

    def __len__(self):
        return len(self._raw)

    def keys(self):
        return self._raw.keys()

    def values(self):
        return [wrap(value) for value in self._raw.values()]

    def items(self):
        return [(key, wrap(value)) for key, value in self._raw.items()]

    def __eq__(self, other):
        if isinstance(other, EventObject):
            return self._raw == other._raw
        return self._raw == unwrap(other) if isinstance(other, dict) else NotImplemented

    def __hash__(self):
        return hash(freeze(self._raw))

    def __repr__(self):
        return repr(self._raw)

    def deep_get(self, *keys, default=None):
        """Walks objects only; None at the end is the default."""
        value = self._raw
        for key in keys:
            if type(value) is not dict:
                return default
            value = find(value, key)
            if value is _MISSING:
                return default
        return default if value is None else wrap(value)

    def deep_walk(self, *keys, default=None, return_val="all"):
        """Walks objects and through arrays; gives plain lists and dicts."""
        return unwrap(walk(self, keys, default, return_val, freeze))

    def to_dict(self):
        return unwrap(self._raw)

    copy = to_dict

    def __copy__(self):
        return self.to_dict()

    def __deepcopy__(self, _memo):
        return self.to_dict()


class EventArray:
    __slots__ = ("_raw",)

    def __init__(self, raw):
        self._raw = raw

    def __getitem__(self, index):
        return wrap(self._raw[index])

    def __len__(self):
        return len(self._raw)

    def __iter__(self):
        return map(wrap, self._raw)

    def __reversed__(self):
        return map(wrap, reversed(self._raw))

    def __contains__(self, item):
        return unwrap(item) in self._raw

    def index(self, item, *bounds):
        return self._raw.index(unwrap(item), *bounds)

    def count(self, item):
        return self._raw.count(unwrap(item))

    def __add__(self, other):
        return list(self) + list(other)

    def __radd__(self, other):
        return list(other) + list(self)

    def __eq__(self, other):
        if isinstance(other, EventArray):
            return self._raw == other._raw
        return self._raw == unwrap(other) if isinstance(other, (list, tuple)) else NotImplemented

    def __hash__(self):
        return hash(freeze(self._raw))

    def __repr__(self):
        return repr(self._raw)

    def copy(self):
        return unwrap(self._raw)

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, _memo):
        return self.copy()


Mapping.register(EventObject)
Sequence.register(EventArray)


def walk(value, keys, default, return_val, identity):
    """The contract of Panther's deep_walk. `identity` tells values apart that are found more than once."""

    def descend(item, rest):
        if not rest:
            return default if _is_empty(item) else item
        if isinstance(item, Mapping):
            following = item.get(rest[0])
            return default if following is None else descend(following, rest[1:])
        if isinstance(item, Sequence) and not isinstance(item, (str, bytes)):
            found = {}
            for element in item:
                value = descend(element, rest)
                if value is None:
                    continue
                several = isinstance(value, Sequence) and not isinstance(value, (str, bytes))
                for one in value if several else (value,):
                    found.setdefault(identity(one), one)
            return _pick(list(found.values()))
        return default

    def _pick(found):
        if not found:
            return default
        if return_val == "first":
            return found[0]
        if return_val == "last":
            return found[-1]
        return found[0] if len(found) == 1 else found

    return descend(value, keys)


def _is_empty(value):
    """An empty array, or one that holds nothing but such."""
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        return False
    return all(_is_empty(item) for item in value)


class Event(EventObject):
    """The event itself. `model` is the data model of its log type, if there is one."""

    __slots__ = ("_model",)

    def __init__(self, event=None, data_model=None):
        super().__init__(unwrap(event) if isinstance(event, EventObject) else {} if event is None else event)
        self._model = data_model

    def udm(self, *keys, default=None):
        """The value under a unified name: of the data model, else of `p_udm`, `p_ecs` or the event itself."""
        name = keys[0]
        if self._model is not None and name in self._model:
            value = self._model.get(name, self)
            return default if value is None else value
        value = self.deep_get("p_udm", *keys)
        if value is None:
            value = self.deep_get("p_ecs", _ECS.get(name, name))
        if value is None:
            value = self.deep_get(*keys)
        return default if value is None else value

    def udm_path(self, name):
        """Where the data model finds a unified name: `client.ipAddress`; None if it is not a path."""
        return None if self._model is None else self._model.path(name)

    # Set by the host: the row as json.loads makes it, for an event, a table and a key.
    find_row = staticmethod(lambda event, table, key: None)

    def lookup(self, table, key):
        """The row that a lookup table has for the key at the event's time; None where there is none."""
        return wrap(Event.find_row(self, table, key))

    def event_time_epoch(self):
        """`p_event_time` in seconds since 1970."""
        text = str(self.get("p_event_time") or "").replace("Z", "+00:00")
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp()

    @staticmethod
    def json_encoder(value):
        """For `json.dumps(x, default=PantherEvent.json_encoder)`."""
        if isinstance(value, (EventObject, EventArray)):
            return value._raw
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


# Unified names of the public data models under their names in the Elastic Common Schema.
_ECS = {
    "actor_user": "user.name",
    "destination_ip": "destination.ip",
    "destination_port": "destination.port",
    "dns_query": "dns.question.name",
    "event_type": "event.action",
    "http_status": "http.response.status_code",
    "source_ip": "source.ip",
    "source_port": "source.port",
    "user": "user.name",
    "user_agent": "user_agent.original",
}
