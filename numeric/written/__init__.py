"""Networks written down in TOML: what a file says, checked key by key."""

from numeric.written.network import KNOWN, Settings, located_in, network_settings
from numeric.written.source import Source, read
from numeric.written.table import Table

__all__ = [
    "KNOWN",
    "Settings",
    "Source",
    "Table",
    "located_in",
    "network_settings",
    "read",
]
