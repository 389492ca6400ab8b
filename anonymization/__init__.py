"""Pure calculation that turns tables into protected tables: no files, clock, settings, logging or network."""

from anonymization.audit import audit
from anonymization.protect import ProtectedTables, protect

__all__ = ["ProtectedTables", "audit", "protect"]
