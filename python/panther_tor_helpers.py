"""Tor exit nodes among an event's addresses, from the lookup table `tor_exit_nodes`."""

import datetime as _datetime

from panther_lookuptable_helpers import LookupTableMatches, is_several as _is_several


class TorExitNodes(LookupTableMatches):
    def __init__(self, event):
        super().__init__()
        self._register(event, "tor_exit_nodes")

    def has_exit_nodes(self):
        return bool(self.lut_matches)

    def ip_address(self, match_field):
        return self._lookup(match_field, "ip")

    def url(self, match_field):
        """Where the Tor project says whether the address was an exit around today."""
        address = self.ip_address(match_field)
        if _is_several(address):
            return [_link(one) for one in address]
        return _link(address)

    def context(self, match_field):
        address = self.ip_address(match_field)
        return {"IP": address, "ExoneraTorURL": self.url(match_field)} if address else {}


def _link(address):
    if not address:
        return None
    today = _datetime.date.today().isoformat()
    return f"https://metrics.torproject.org/exonerator.html?ip={address}&timestamp={today}&lang=en"
