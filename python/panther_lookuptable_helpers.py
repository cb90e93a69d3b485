"""What the lookup tables found for an event, as public rules read it."""

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
        match = deep_get(self.lut_matches, match_field)
        if not match:
            return None
        if isinstance(match, Sequence):
            return [deep_get(row, *keys) for row in match]
        return deep_get(match, *keys)

    def p_matches(self, event, p_match=""):
        """Per lookup table the row whose `p_match` is the given value."""
        self._p_matched = {}
        for table, selectors in (event.get("p_enrichment") or {}).items():
            for rows in selectors.values() if isinstance(selectors, Mapping) else ():
                for row in [rows] if isinstance(rows, Mapping) else rows:
                    if deep_get(row, "p_match") == p_match:
                        self._p_matched[table] = row
        return self._p_matched
