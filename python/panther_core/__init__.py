"""The names that public rules import from panther_core, on our own event."""

from panther_core.enriched_event import PantherEvent
from panther_core.immutable import ImmutableCaseInsensitiveDict, ImmutableDict, ImmutableList
