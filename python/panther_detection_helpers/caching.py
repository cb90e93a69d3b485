"""The key-value store of rules: counters, dictionaries and string sets with a time to live.

This one lives in the process: it is empty after a restart, and not shared between processes. It holds 100,000 keys;
then the oldest make room.
`epoch_seconds` below one thousand million counts from now; None leaves the time to live as it is.
"""

import time as _time

_DEFAULT_TTL = 90 * 24 * 60 * 60
_MOST_KEYS = 100_000
_values = {}
_expiries = {}


def _clear():
    _values.clear()
    _expiries.clear()


def _live(key):
    expiry = _expiries.get(key)
    if expiry is not None and expiry <= _time.time():
        _values.pop(key, None)
        _expiries.pop(key, None)
    return _values.get(key)


def _put(key, value, epoch_seconds):
    if key not in _values and len(_values) >= _MOST_KEYS:
        for old in list(_values)[: _MOST_KEYS // 10]:
            _values.pop(old, None)
            _expiries.pop(old, None)
    _values[key] = value
    if epoch_seconds is not None:
        set_key_expiration(key, epoch_seconds)


def set_key_expiration(key, epoch_seconds):
    seconds = int(epoch_seconds)
    _expiries[str(key)] = seconds if seconds >= 1_000_000_000 else _time.time() + seconds


def get_counter(key, force_ttl_check=False):
    return _live(str(key)) or 0


def increment_counter(key, val=1, epoch_seconds=_DEFAULT_TTL):
    count = get_counter(key) + val
    _put(str(key), count, epoch_seconds)
    return count


def reset_counter(key):
    _values.pop(str(key), None)
    _expiries.pop(str(key), None)


def put_dictionary(key, val, epoch_seconds=_DEFAULT_TTL):
    if not isinstance(val, dict):
        raise ValueError("panther_detection_helpers.caching.put_dictionary: value is not a dictionary")
    _put(str(key), dict(val), epoch_seconds)


def get_dictionary(key, force_ttl_check=False):
    return dict(_live(str(key)) or {})


def get_string_set(key, force_ttl_check=False):
    return set(_live(str(key)) or ())


def put_string_set(key, val, epoch_seconds=_DEFAULT_TTL):
    if not isinstance(val, (list, set, tuple)):
        raise ValueError("panther_detection_helpers.caching.put_string_set: value is not a list, set or tuple")
    if not val:
        reset_string_set(key)
        return
    _put(str(key), {str(item) for item in val}, epoch_seconds)


def add_to_string_set(key, val, epoch_seconds=_DEFAULT_TTL):
    more = {val} if isinstance(val, str) else {str(item) for item in val}
    if not more:
        return get_string_set(key)
    _put(str(key), get_string_set(key) | more, epoch_seconds)
    return get_string_set(key)


def remove_from_string_set(key, val):
    fewer = {val} if isinstance(val, str) else {str(item) for item in val}
    left = get_string_set(key) - fewer
    if left:
        _put(str(key), left, None)
    else:
        reset_string_set(key)
    return left


def reset_string_set(key):
    reset_counter(key)


def evaluate_threshold(key, threshold=10, expiry_seconds=3600):
    """Counts the key; True (and back to zero) at the threshold."""
    count = increment_counter(key)
    if count == 1:
        set_key_expiration(key, int(_time.time()) + expiry_seconds)
    if count >= threshold:
        reset_counter(key)
        return True
    return False


def check_account_age(key):
    """True if a rule on new accounts has put the key there as a string set."""
    return isinstance(key, str) and key != "" and bool(get_string_set(key))
