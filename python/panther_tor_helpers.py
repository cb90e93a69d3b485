"""Tor exit nodes among an event's addresses, from the lookup table `tor_exit_nodes`."""

import datetime as _datetime

from panther_lookuptable_helpers import LookupTableMatches


class TorExitNodes(LookupTableMatches):
    def __init__(self, event):
        super().__init__()
        self._register(event, "tor_exit_nodes")

    def has_exit_nodes(self):
        return bool(self.lut_matches)

    def ip_address(self, match_field):
        return self._lookup(match_field, "ip")

    def url(self, match_field):
        today = _datetime.date.today().isoformat()
        address = self.ip_address(match_field)
        if not address:
            return None
        return f"https://metrics.torproject.org/exonerator.html?ip={address}&timestamp={today}&lang=en"

    def context(self, match_field):
        address = self.ip_address(match_field)
        return {"IP": address, "ExoneraTorURL": self.url(match_field)} if address else {}
