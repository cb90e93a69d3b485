"""The everyday functions that public rules import from panther_base_helpers: own code, to the same contracts."""

import base64 as _base64
import binascii as _binascii
import fnmatch as _fnmatch
import ipaddress as _ipaddress
import re as _re
from collections.abc import Mapping as _Mapping
from datetime import datetime as _datetime, timezone as _timezone

from dateutil import parser as _parser
from tocsin_event import walk as _walk

EMAIL_REGEX = _re.compile(r"[a-zA-Z0-9._%+-]{1,64}@[a-zA-Z0-9.-]{1,255}\.[a-zA-Z]{2,24}")
_UNITS = {"s": "SECOND", "m": "MINUTE", "h": "HOUR", "d": "DAY"}
_SEVERITIES = {"DEFAULT": 0, "INFO": 0, "LOW": 1, "MEDIUM": 2, "HIGH": 3, "CRITICAL": 4}


class PantherUnexpectedAlert(Exception):
    """For rules that met what they did not expect."""


def severity_greater_than(sev1, sev2):
    return _SEVERITIES[str(sev1).upper()] > _SEVERITIES[str(sev2).upper()]


def deep_get(dictionary, *keys, default=None):
    value = dictionary
    for key in keys:
        if not isinstance(value, _Mapping):
            return default
        value = value.get(key)
    return default if value is None else value


def deep_walk(obj, *keys, default=None, return_val="all"):
    return _walk(obj, keys, default, return_val, lambda value: value)


def get_val_from_list(list_of_dicts, return_field_key, field_cmp_key, field_cmp_val):
    """Values of one key, of the dicts in which another key has a value: a set."""
    return {
        item.get(return_field_key)
        for item in list_of_dicts or ()
        if item.get(field_cmp_key) == field_cmp_val and item.get(return_field_key) is not None
    }


def is_ip_in_network(ip_addr, networks):
    address = _ipaddress.ip_address(ip_addr)
    return any(address in _ipaddress.ip_network(network) for network in networks)


def pattern_match(string_to_match, pattern):
    return _fnmatch.fnmatch(string_to_match, pattern)


def pattern_match_list(string_to_match, patterns):
    return any(_fnmatch.fnmatch(string_to_match, pattern) for pattern in patterns)


def defang_ioc(ioc):
    """`http://a.b` as `hxxp://a[.]b`, which no mail program makes a link of."""
    return ioc.replace("http://", "hxxp://").replace("https://", "hxxps://").replace(".", "[.]")


def ioc_match(indicators, known_iocs):
    return [ioc for ioc in indicators or () if ioc in known_iocs]


def panther_nanotime_to_python_datetime(panther_time):
    """`2020-01-01 00:00:00.123456789`"""
    return _datetime.strptime(nano_to_micro(panther_time), "%Y-%m-%d %H:%M:%S.%f")


def golang_nanotime_to_python_datetime(golang_time):
    """`2020-01-01T00:00:00.123456789Z`"""
    return _datetime.strptime(nano_to_micro(golang_time), "%Y-%m-%dT%H:%M:%S.%fZ")


def nano_to_micro(time_str):
    """Cuts or fills the fraction of a second to six digits; what follows it stays."""
    head, point, rest = time_str.partition(".")
    if not point:
        return time_str
    digits = _re.match(r"\d*", rest).group()
    return f"{head}.{digits[:6].ljust(6, '0')}{rest[len(digits):]}"


def is_base64(b64, min_length=28):
    """The decoded text of what was encoded on purpose; '' of anything else.

    Random identifiers are often valid base64: they are too short, or 32 letters and digits, or decode to other than
    printable ASCII. The text may be UTF-16, as PowerShell takes it, and its padding may be missing.
    """
    if len(b64) < min_length or not _re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", b64):
        return ""
    if len(b64) == 32 and b64.isalnum():
        return ""
    try:
        data = _base64.b64decode(b64 + "=" * (-len(b64) % 4), validate=True)
    except _binascii.Error:
        return ""
    for encoding in ("ascii", "utf-16-le"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        printable = sum(letter.isprintable() or letter.isspace() for letter in text)
        if text and text.isascii() and printable >= 0.7 * len(text):
            return text
    return ""


def key_value_list_to_dict(list_objects, key, value):
    return {item[key]: item[value] for item in list_objects}


def listify(maybe_list):
    return [maybe_list] if isinstance(maybe_list, (str, bytes, _Mapping)) else maybe_list


def resolve_timestamp_string(timestamp):
    """A datetime of a time in one of the usual forms or of seconds, milliseconds or nanoseconds since 1970; None of no time.

    A time with an offset other than Z has it; all others are without a zone and mean UTC.
    """
    if not timestamp:
        return None
    try:
        return _parser.parse(_re.sub(r"(?<=\d)Z$", "", timestamp.replace("'", "")))
    except (AttributeError, TypeError, ValueError):
        pass
    try:
        number = float(timestamp)
        while number > 1e11:
            number /= 1000
        return _datetime.fromtimestamp(number, _timezone.utc).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def time_delta(time1, time2):
    """How long from the first time to the second: `1 day(s) 2 hour(s) 3 second(s)`; parts that are zero are left out."""
    first, second = resolve_timestamp_string(time1), resolve_timestamp_string(time2)
    if first is None or second is None:
        return ""
    rest = int((second.replace(tzinfo=None) - first.replace(tzinfo=None)).total_seconds())
    parts = []
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, rest = divmod(rest, length)
        if count > 0:
            parts.append(f"{count} {unit}(s)")
    return " ".join(parts)


def add_parse_delay(event, context):
    """Adds how long the event took from its source to here."""
    context["parseDelay"] = time_delta(event.get("p_event_time", ""), event.get("p_parse_time", ""))
    return context


def pantherflow_investigation(event, interval="30m"):
    """A query for the events around this one that share an indicator with it. Ours is SQL for the event store."""
    table = _re.sub(r"\W", "_", str(event.get("p_log_type", ""))).lower()
    time = f"parseDateTimeBestEffort({_quote(event.get('p_event_time', ''))})"
    count, unit = _re.fullmatch(r"(\d{1,6})([smhd])", interval).groups()
    span = f"INTERVAL {count} {_UNITS[unit]}"
    shared = [
        f"hasAny({key}, [{', '.join(_quote(value) for value in event[key])}])"
        for key in event
        if _re.fullmatch(r"p_any_\w+", key) and key != "p_any_aws_account_ids" and event[key]
    ]
    condition = f" AND ({' OR '.join(shared)})" if shared else ""
    return (
        f"SELECT * FROM {table} WHERE p_event_time BETWEEN {time} - {span} AND {time} + {span}{condition}"
        " ORDER BY p_event_time"
    )


def _quote(value):
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def dbprint(*values, sep=" ", end="\n"):
    """Was for debugging in Panther's console."""

