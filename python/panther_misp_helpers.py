"""MISP's warning lists: what is well known and thus rarely an indicator, from the lookup table `misp_warning_lists`."""

from panther_base_helpers import deep_get as _deep_get
from panther_lookuptable_helpers import LookupTableMatches, rows_of as _rows_of

MISP_WARNING_LISTS_LUT_NAME = "misp_warning_lists"


class MISPWarningLists(LookupTableMatches):
    def __init__(self, event):
        super().__init__()
        self._register(event, MISP_WARNING_LISTS_LUT_NAME)

    def warning_lists(self, match_field):
        return self._lookup(match_field, "warning_lists")

    def cidr(self, match_field):
        return self._lookup(match_field, "cidr")

    def has_warning_list_id(self, source_ip, warning_list_id):
        """Whether the address, under whatever selector it matched, is on the list (`amazon-aws`)."""
        return any(
            _deep_get(listed, "id") == warning_list_id
            for row in _rows_of(self.lut_matches)
            if row.get("p_match") == source_ip
            for listed in row.get("warning_lists") or ()
        )


def get_misp_warning_lists(event):
    return MISPWarningLists(event) if _deep_get(event, "p_enrichment", MISP_WARNING_LISTS_LUT_NAME) else None
