"""The part of dateutil.parser that rules use: times as logs write them."""

import re as _re
from datetime import datetime as _datetime, timedelta as _timedelta, timezone as _timezone


class ParserError(ValueError):
    pass


_FORMATS = (
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S.%f %z",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a %b %d %H:%M:%S %Y",
    "%b %d %Y %H:%M:%S",
    "%b %d, %Y",
    "%d %b %Y %H:%M:%S",
    "%d %b %Y",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
)
_FRACTION = _re.compile(r"(\.\d{6})\d+")


def parse(timestr, default=None, ignoretz=False, **_options):
    if isinstance(timestr, _datetime):
        return timestr
    if not isinstance(timestr, str):
        raise TypeError("Parser must be a string or character stream, not " + type(timestr).__name__)
    text = _FRACTION.sub(r"\1", timestr.strip()[:100])
    zoned = _re.sub(r"\s*(?:UTC|GMT|Z)$", "+00:00", text)
    for candidate in (zoned, _re.sub(r" \+00:00$", "+00:00", zoned)):
        try:
            return _without(_datetime.fromisoformat(candidate), ignoretz)
        except ValueError:
            continue
    spaced = _re.sub(r"(?<=\d)\+00:00$", " +0000", zoned)
    for form in _FORMATS:
        try:
            return _without(_datetime.strptime(spaced, form), ignoretz)
        except ValueError:
            continue
    raise ParserError(f"Unknown string format: {timestr[:100]}")


def isoparse(dt_str):
    try:
        return _datetime.fromisoformat(_FRACTION.sub(r"\1", dt_str.strip()))
    except (AttributeError, ValueError) as error:
        raise ValueError(f"Isoformat string is not valid: {str(dt_str)[:100]}") from error


def _without(time, ignoretz):
    if ignoretz:
        return time.replace(tzinfo=None)
    return time.replace(tzinfo=_timezone.utc) if time.utcoffset() == _timedelta(0) else time
