from tocsin_event import Event as PantherEvent
