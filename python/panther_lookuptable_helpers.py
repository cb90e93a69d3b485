"""What the lookup tables found for an event, as public rules read it.

`match_field` is a selector as p_enrichment has it, dots included (`client.ipAddress`); or, where no selector has that
name, a value that matched: it means the row whose `p_match` it is. A selector of many values has many rows, and what is
read of it is a list.
"""

from collections.abc import Mapping, Sequence

from panther_base_helpers import deep_get


class LookupTableMatches:
    def __init__(self):
        self.lut_matches = None
        self._p_matched = {}

    @property
    def p_matched(self):
        return self._p_matched

    def _register(self, event, lookup_table):
        self.lut_matches = deep_get(event, "p_enrichment", lookup_table)

    def _lookup(self, match_field, *keys):
        match = self._match(match_field)
        if not match:
            return None
        if is_several(match):
            return [deep_get(row, *keys) for row in match]
        return deep_get(match, *keys)

    def _match(self, match_field):
        match = deep_get(self.lut_matches, match_field)
        if match or match_field is None:
            return match
        return next((row for row in rows_of(self.lut_matches) if row.get("p_match") == match_field), None)

    def _rows(self, match_field):
        return rows_of({"": self._match(match_field)})

    def p_matches(self, event, p_match=""):
        """Per lookup table the row whose `p_match` is the given value."""
        self._p_matched = {}
        for table, matches in (deep_get(event, "p_enrichment") or {}).items():
            if table.startswith("p_any_"):
                continue
            for row in rows_of(matches):
                if deep_get(row, "p_match", default="") == p_match:
                    self._p_matched[table] = row
        return self._p_matched


def is_several(value):
    return isinstance(value, Sequence) and not isinstance(value, str)


def rows_of(matches):
    """All rows that a table has for the event, of whatever selector."""
    rows = []
    for match in matches.values() if isinstance(matches, Mapping) else ():
        rows.extend(row for row in (match if is_several(match) else (match,)) if isinstance(row, Mapping))
    return rows
