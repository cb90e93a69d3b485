"""Where addresses are, and whose: from the lookup tables `ipinfo_location`, `ipinfo_asn` and `ipinfo_privacy`."""

from math import asin as _asin, cos as _cos, radians as _radians, sin as _sin, sqrt as _sqrt

from panther_base_helpers import deep_get as _deep_get
from panther_lookuptable_helpers import LookupTableMatches

IPINFO_LOCATION_LUT_NAME = "ipinfo_location"
IPINFO_ASN_LUT_NAME = "ipinfo_asn"
IPINFO_PRIVACY_LUT_NAME = "ipinfo_privacy"

_EARTH_RADIUS_KM = 6372.795477598


class PantherIPInfoException(Exception):
    """The tables are not on, or know nothing of the field."""


def _field(key):
    return lambda self, match_field: self._lookup(match_field, key)


class _IPInfo(LookupTableMatches):
    # What `context` shows, and of which method.
    _table = ""
    _shown = {}

    def __init__(self, event):
        super().__init__()
        self._register(event, self._table)

    def context(self, match_field):
        return {name: getattr(self, method)(match_field) for name, method in self._shown.items()}


class IPInfoLocation(_IPInfo):
    _table = IPINFO_LOCATION_LUT_NAME
    _shown = {
        "City": "city",
        "Country": "country",
        "Latitude": "latitude",
        "Longitude": "longitude",
        "PostalCode": "postal_code",
        "Region": "region",
        "RegionCode": "region_code",
        "Timezone": "timezone",
    }

    city = _field("city")
    country = _field("country")
    latitude = _field("lat")
    longitude = _field("lng")
    postal_code = _field("postal_code")
    region = _field("region")
    region_code = _field("region_code")
    timezone = _field("timezone")


class IPInfoASN(_IPInfo):
    _table = IPINFO_ASN_LUT_NAME
    _shown = {"ASN": "asn", "Domain": "domain", "Name": "name", "Route": "route", "Type": "type"}

    asn = _field("asn")
    domain = _field("domain")
    name = _field("name")
    route = _field("route")
    type = _field("type")


class IPInfoPrivacy(_IPInfo):
    _table = IPINFO_PRIVACY_LUT_NAME
    _shown = {
        "Hosting": "hosting",
        "Proxy": "proxy",
        "Tor": "tor",
        "VPN": "vpn",
        "Relay": "relay",
        "Service": "service",
    }

    hosting = _field("hosting")
    proxy = _field("proxy")
    tor = _field("tor")
    vpn = _field("vpn")
    relay = _field("relay")
    service = _field("service")


def _if_found(kind, event):
    return kind(event) if _deep_get(event, "p_enrichment", kind._table) else None


def get_ipinfo_location(event):
    return _if_found(IPInfoLocation, event)


def get_ipinfo_asn(event):
    return _if_found(IPInfoASN, event)


def get_ipinfo_privacy(event):
    return _if_found(IPInfoPrivacy, event)


def geoinfo_from_ip(event, match_field):
    location, asn = get_ipinfo_location(event), get_ipinfo_asn(event)
    if location is None or asn is None:
        raise PantherIPInfoException("Please enable both IPInfo Location and ASN Enrichment Providers")
    if location._lookup(match_field) is None or asn._lookup(match_field) is None:
        raise PantherIPInfoException(f"IPInfo is not configured on the provided match_field: {match_field}")
    address = event.get(match_field)
    return {
        # A selector with dots is no field of the event.
        "ip": location._lookup(match_field, "p_match") if address is None else address,
        "city": location.city(match_field),
        "region": location.region(match_field),
        "country": location.country(match_field),
        "loc": f"{location.latitude(match_field)},{location.longitude(match_field)}",
        "org": f"{asn.asn(match_field)} {asn.name(match_field)}",
        "postal": location.postal_code(match_field),
        "timezone": location.timezone(match_field),
    }


def geoinfo_from_ip_formatted(event, match_field):
    info = geoinfo_from_ip(event, match_field)
    return f"{info['ip']} in {info['city']}, {info['region']} in {info['country']}"


def km_between_ipinfo_loc(ipinfo_loc_one, ipinfo_loc_two):
    """The great circle between two rows of `ipinfo_location` (haversine); None where one does not say where it is."""
    try:
        (lat_1, lng_1), (lat_2, lng_2) = (
            (_radians(float(row["lat"])), _radians(float(row["lng"]))) for row in (ipinfo_loc_one, ipinfo_loc_two)
        )
    except (KeyError, TypeError, ValueError):
        return None
    half = _sin((lat_2 - lat_1) / 2) ** 2 + _cos(lat_1) * _cos(lat_2) * _sin((lng_2 - lng_1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * _asin(_sqrt(min(1.0, half)))
