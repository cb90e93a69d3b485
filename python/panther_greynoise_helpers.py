"""What GreyNoise says of an event's addresses: read from a lookup table in the form of its third API (V3), or from the
tables of before, basic or advanced, of noise and of RIOT, whose classes Panther dropped in 2026.
"""

from panther_base_helpers import deep_get as _deep_get, severity_greater_than
from panther_lookuptable_helpers import rows_of as _rows_of
from tocsin_greynoise import GreyNoise as _GreyNoise
from tocsin_greynoise import field as _field, first_time as _first_time, flag as _flag, last_time as _last_time
from tocsin_greynoise import text as _text, texts as _texts

_SCANNER = "internet_scanner_intelligence"
_BUSINESS = "business_service_intelligence"


def _v3_table(event):
    """Its name is the user's own, but for the end."""
    for name, matches in (_deep_get(event, "p_enrichment") or {}).items():
        if name.endswith("_noise") and any(row.get(_SCANNER) or row.get(_BUSINESS) for row in _rows_of(matches)):
            return name
    return None


class _GreyNoiseV3(_GreyNoise):
    def __init__(self, event, lut_name=None):
        super().__init__(event, _v3_table(event) if lut_name is None else lut_name)


class GreyNoiseV3ScannerIntelligence(_GreyNoiseV3):
    at = (_SCANNER,)
    shown = {
        "IP": "ip_address",
        "Classification": "classification",
        "Actor": "actor",
        "GreyNoise_URL": "url",
        "VPN": "vpn_service",
        "Tor": "is_tor",
        "Bot": "is_bot",
        "Metadata": "metadata",
        "Tags": "tag_names",
        "CVEs": "cve_list",
    }

    actor = _field("actor")
    classification = _field("classification")
    cve_list = _texts("cves")
    cve_string = _text("cves")
    first_seen = _first_time("first_seen")
    found = _flag("found")
    is_bot = _flag("bot")
    is_spoofable = _flag("spoofable")
    is_tor = _flag("tor")
    is_vpn = _flag("vpn")
    last_seen = _last_time("last_seen_timestamp")
    vpn_service = _field("vpn_service")

    metadata = _field("metadata")
    asn = _field("metadata", "asn")
    carrier = _field("metadata", "carrier")
    category = _field("metadata", "category")
    datacenter = _field("metadata", "datacenter")
    destination_countries = _texts("metadata", "destination_countries")
    domain = _field("metadata", "domain")
    is_mobile = _flag("metadata", "mobile")
    latitude = _field("metadata", "latitude")
    longitude = _field("metadata", "longitude")
    operating_system = _field("metadata", "os")
    organization = _field("metadata", "organization")
    region = _field("metadata", "region")
    rev_dns = _field("metadata", "rdns")
    rev_dns_parent = _field("metadata", "rdns_parent")
    sensor_count = _field("metadata", "sensor_count")
    sensor_hits = _field("metadata", "sensor_hits")
    source_city = _field("metadata", "source_city")
    source_country = _field("metadata", "source_country")
    source_country_code = _field("metadata", "source_country_code")

    def tags(self, match_field):
        return [tag for row in self._rows(match_field) for tag in _deep_get(row, *self.at, "tags") or ()]

    def tag_names(self, match_field):
        return [str(tag.get("name", "")) if hasattr(tag, "get") else str(tag) for tag in self.tags(match_field)]

    def tag_names_string(self, match_field, limit=10):
        return " ".join(self.tag_names(match_field)[:limit])


class GreyNoiseV3BusinessService(_GreyNoiseV3):
    at = (_BUSINESS,)
    shown = {
        "Found": "found",
        "IP": "ip_address",
        "Name": "name",
        "Category": "category",
        "TrustLevel": "trust_level",
        "GreyNoise_URL": "url",
    }

    category = _field("category")
    description = _field("description")
    explanation = _field("explanation")
    found = _flag("found")
    last_updated = _last_time("last_updated")
    name = _field("name")
    reference = _field("reference")
    trust_level = _field("trust_level")


class PantherGreyNoiseException(Exception):
    """A basic table was asked for what only an advanced one has."""

    def __init__(self, sublevel):
        super().__init__(f"the GreyNoise tables are {sublevel}: use the classes whose names say so")


class GreyNoiseBasic(_GreyNoise):
    sublevel = "basic"
    shown = {
        "IP": "ip_address",
        "Classification": "classification",
        "Actor": "actor",
        "GreyNoise_URL": "url",
    }

    def __init__(self, event):
        super().__init__(event, f"greynoise_noise_{self.sublevel}")

    def __getattr__(self, name):
        raise _missing(self, name, GreyNoiseAdvanced)

    def subscription_level(self):
        return self.sublevel

    actor = _field("actor")
    classification = _field("classification")


class GreyNoiseAdvanced(GreyNoiseBasic):
    sublevel = "advanced"
    shown = {
        **GreyNoiseBasic.shown,
        "VPN": "vpn_service",
        "Metadata": "metadata",
        "Tags": "tags_list",
        "CVE": "cve_list",
    }

    cve_list = _texts("cve")
    cve_string = _text("cve")
    first_seen = _first_time("first_seen")
    is_bot = _flag("bot")
    is_spoofable = _flag("spoofable")
    is_vpn = _flag("vpn")
    last_seen = _last_time("last_seen_timestamp")
    tags_list = _texts("tags")
    tags_string = _text("tags")
    vpn_service = _field("vpn_service")

    metadata = _field("metadata")
    asn = _field("metadata", "asn")
    category = _field("metadata", "category")
    city = _field("metadata", "city")
    country = _field("metadata", "country")
    country_code = _field("metadata", "country_code")
    is_tor = _flag("metadata", "tor")
    operating_system = _field("metadata", "os")
    organization = _field("metadata", "organization")
    region = _field("metadata", "region")
    rev_dns = _field("metadata", "rdns")


class GreyNoiseRIOTBasic(_GreyNoise):
    sublevel = "basic"
    address = "ip_cidr"
    shown = {"Is_RIOT": "is_riot", "IP": "ip_address", "Name": "name", "GreyNoise_URL": "url"}

    def __init__(self, event):
        super().__init__(event, f"greynoise_riot_{self.sublevel}")

    def __getattr__(self, name):
        raise _missing(self, name, GreyNoiseRIOTAdvanced)

    def subscription_level(self):
        return self.sublevel

    is_riot = _flag("ip_cidr")
    last_updated = _last_time("scan_time")
    name = _field("provider", "name")


class GreyNoiseRIOTAdvanced(GreyNoiseRIOTBasic):
    sublevel = "advanced"
    shown = {**GreyNoiseRIOTBasic.shown, "Provider Data": "provider"}

    provider = _field("provider")
    category = _field("provider", "category")
    description = _field("provider", "description")
    explanation = _field("provider", "explanation")
    reference = _field("provider", "reference")
    trust_level = _field("provider", "trust_level")


def _missing(asked, name, advanced):
    if hasattr(advanced, name):
        return PantherGreyNoiseException(asked.sublevel)
    return AttributeError(f"{type(asked).__name__} has no {name}")


def get_greynoise_v3_object(event):
    name = _v3_table(event)
    return GreyNoiseV3ScannerIntelligence(event, name) if name else None


def get_greynoise_v3_business_service_object(event):
    name = _v3_table(event)
    return GreyNoiseV3BusinessService(event, name) if name else None


def GetGreyNoiseObject(event):
    has_advanced = _deep_get(event, "p_enrichment", "greynoise_noise_advanced")
    return GreyNoiseAdvanced(event) if has_advanced else GreyNoiseBasic(event)


def GetGreyNoiseRiotObject(event):
    has_advanced = _deep_get(event, "p_enrichment", "greynoise_riot_advanced")
    return GreyNoiseRIOTAdvanced(event) if has_advanced else GreyNoiseRIOTBasic(event)


def greynoise_severity_decode(classification, default):
    return {"malicious": "CRITICAL", "benign": "LOW"}.get(classification, default)


def greynoise_v3_severity(event, field, default="MEDIUM"):
    """INFO for a known business service, else by classification; of several addresses that of the worst."""
    scanner = get_greynoise_v3_object(event)
    return _worst(
        [
            "INFO"
            if _deep_get(row, _BUSINESS, "found")
            else greynoise_severity_decode(_deep_get(row, _SCANNER, "classification"), default)
            for row in (scanner._rows(field) if scanner else ())
        ],
        default,
    )


def GreyNoiseSeverity(event, field, default="MEDIUM"):
    """INFO where RIOT knows the address, else by classification; of several addresses that of the worst."""
    if GetGreyNoiseRiotObject(event).is_riot(field):
        return "INFO"
    rows = GetGreyNoiseObject(event)._rows(field)
    return _worst([greynoise_severity_decode(row.get("classification"), default) for row in rows], default)


def _worst(severities, default):
    worst = None
    for severity in severities:
        if worst is None or severity_greater_than(severity, worst):
            worst = severity
    return default if worst is None else worst


def greynoise_v3_alert_context(event, field):
    scanner, business = get_greynoise_v3_object(event), get_greynoise_v3_business_service_object(event)
    if scanner is None:
        return {}
    first, last = scanner.first_seen(field), scanner.last_seen(field)
    context = {
        **scanner.context(field),
        "FirstSeen": None if first is None else str(first),
        "LastSeen": None if last is None else str(last),
        "Spoofable": scanner.is_spoofable(field),
        "Organization": scanner.organization(field),
        "SourceCountry": scanner.source_country(field),
        "ASN": scanner.asn(field),
        "OperatingSystem": scanner.operating_system(field),
        "ReverseDNS": scanner.rev_dns(field),
    }
    if business.found(field):
        context["BusinessService"] = business.context(field)
    return context


# Other names that rules know them by.
GreyNoiseSeverityDecode = greynoise_severity_decode
SeverityGreaterThan = severity_greater_than
GetGreyNoiseV3Object = get_greynoise_v3_object
GetGreyNoiseV3BusinessServiceObject = get_greynoise_v3_business_service_object
GreyNoiseV3Severity = greynoise_v3_severity
