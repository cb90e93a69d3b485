"""A data model: unified names (`source_ip`) for one log type, found by a path or by a function of the event."""

import re

from tocsin_event import Event, EventArray, EventObject, find, wrap, _MISSING

_PART = re.compile(r"""\.?(?:([\w@\-]+)|'([^']*)'|\[\s*(?:(\d+)|(\*)|'([^']*)'|"([^"]*)")\s*\])""")


def parse_path(text):
    """The subset of JSONPath that data models use: `$.a.b`, `a['b']`, `a[0]`, `a[*]`. Wildcards are None."""
    rest = text.strip()
    if rest == "$":
        return ()
    if rest.startswith("$"):
        rest = rest[1:]
    parts = []
    position = 0
    while position < len(rest):
        match = _PART.match(rest, position)
        if match is None or match.end() == position:
            raise ValueError(f"path [{text}]: expected the form $.a.b['c'][0][*]")
        name, quoted, index, star, single, double = match.groups()
        if star:
            parts.append(None)
        elif index is not None:
            parts.append(int(index))
        else:
            parts.append(next(part for part in (name, quoted, single, double) if part is not None))
        position = match.end()
    return tuple(parts)


def follow(value, parts):
    """All values at the path."""
    found = [value]
    for part in parts:
        following = []
        for item in found:
            if part is None:
                following.extend(item if isinstance(item, list) else item.values() if isinstance(item, dict) else ())
            elif isinstance(part, int):
                if isinstance(item, list) and part < len(item):
                    following.append(item[part])
            elif isinstance(item, dict):
                inner = find(item, part)
                if inner is not _MISSING:
                    following.append(inner)
        found = following
    return found


class DataModel:
    def __init__(self, id, paths, methods):
        self._id = id
        self._texts = dict(paths)
        self._paths = {name: parse_path(path) for name, path in paths.items()}
        self._methods = methods

    def __contains__(self, name):
        return name in self._paths or name in self._methods

    def get(self, name, event):
        if name in self._paths:
            found = follow(event._raw, self._paths[name])
            if len(found) > 1:
                raise ValueError(
                    f"JSONPath [{self._texts[name]}] in DataModel [{self._id}], matched multiple fields."
                )
            if found:
                return wrap(found[0])
        method = self._methods.get(name)
        return None if method is None else method(event)

    def path(self, name):
        parts = self._paths.get(name)
        if parts is None:
            return None
        text = ".".join(f"[{'*' if part is None else part}]" if not isinstance(part, str) else part for part in parts)
        return text.replace(".[", ".[")
