"""MagicMock and patch.object as rules and their tests use them."""

import contextlib as _contextlib


class MagicMock:
    def __init__(self, *_, return_value=None, side_effect=None, **attributes):
        self.return_value = return_value
        self.side_effect = side_effect
        self.call_count = 0
        self.call_args = None
        for name, value in attributes.items():
            setattr(self, name, value)

    @property
    def called(self):
        return self.call_count > 0

    def __call__(self, *arguments, **named):
        self.call_count += 1
        self.call_args = (arguments, named)
        effect = self.side_effect
        if effect is None:
            return self.return_value
        if isinstance(effect, BaseException) or (isinstance(effect, type) and issubclass(effect, BaseException)):
            raise effect
        return effect(*arguments, **named)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        inner = MagicMock()
        self.__dict__[name] = inner
        return inner

    def _inner(self):
        return self.return_value if self.return_value is not None else ()

    def __iter__(self):
        return iter(self._inner())

    def __contains__(self, item):
        return item in self._inner()

    def __len__(self):
        return len(self._inner())

    def __getitem__(self, key):
        return self._inner()[key]

    def __bool__(self):
        return True


Mock = MagicMock


@_contextlib.contextmanager
def _patch_object(target, attribute, new=None, **options):
    original = getattr(target, attribute)
    mock = MagicMock(**options) if new is None else new
    setattr(target, attribute, mock)
    try:
        yield mock
    finally:
        setattr(target, attribute, original)


class patch:
    object = staticmethod(_patch_object)
