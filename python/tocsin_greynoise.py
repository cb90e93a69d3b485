"""How the classes of panther_greynoise_helpers read rows of GreyNoise's lookup tables. It knows no table by name.

Each function makes a method that takes a selector. Of a selector of many values a field is a list, a flag tells whether
any row has it, a time is the first or the last of all, and lists are those of all rows together.
"""

from datetime import timezone

from dateutil import parser
from panther_base_helpers import deep_get
from panther_lookuptable_helpers import LookupTableMatches, is_several


class GreyNoise(LookupTableMatches):
    # Where in a row the methods read, its field for the address, and what `context` shows of which method.
    at = ()
    address = "ip"
    shown = {}

    def __init__(self, event, lookup_table):
        super().__init__()
        self._register(event, lookup_table)

    def ip_address(self, match_field):
        return self._lookup(match_field, self.address)

    def url(self, match_field):
        address = self.ip_address(match_field)
        return [_page(one) for one in address] if is_several(address) else _page(address)

    def context(self, match_field):
        return {name: getattr(self, method)(match_field) for name, method in self.shown.items()}


def field(*keys):
    return lambda self, match_field: self._lookup(match_field, *self.at, *keys)


def flag(*keys):
    return lambda self, match_field: any(deep_get(row, *self.at, *keys) for row in self._rows(match_field))


def first_time(*keys):
    return lambda self, match_field: _time(self._lookup(match_field, *self.at, *keys), min)


def last_time(*keys):
    return lambda self, match_field: _time(self._lookup(match_field, *self.at, *keys), max)


def texts(*keys):
    return lambda self, match_field: _joined(self._lookup(match_field, *self.at, *keys))


def text(*keys):
    return lambda self, match_field, limit=10: " ".join(_joined(self._lookup(match_field, *self.at, *keys))[:limit])


def _page(address):
    return f"https://www.greynoise.io/viz/ip/{address.split('/')[0]}" if address else None


def _time(value, pick):
    """A datetime; None where no value is a time."""
    times = []
    for one in value if is_several(value) else (value,):
        try:
            times.append(parser.parse(one))
        except (TypeError, ValueError):
            continue
    return pick(times, key=lambda time: time if time.tzinfo else time.replace(tzinfo=timezone.utc), default=None)


def _joined(value):
    """A text, or the texts of a list and of the lists in it, each once."""
    found = {}
    for one in value if is_several(value) else (value,):
        for item in _joined(one) if is_several(one) else (one,):
            if item:
                found.setdefault(str(item))
    return list(found)
