from tocsin_event import EventArray as ImmutableList
from tocsin_event import EventObject as ImmutableCaseInsensitiveDict

ImmutableDict = ImmutableCaseInsensitiveDict
