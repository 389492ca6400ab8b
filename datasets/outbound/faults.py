"""What goes wrong with a remote: a rule and a remedy, and whether asking once more may help."""

from __future__ import annotations


class RemoteFault(Exception):
    """A remote did not answer as it should."""

    def __init__(self, rule: str, remedy: str = "", *, is_temporary: bool = False, after: float = 0.0) -> None:
        super().__init__(rule)
        self.rule = rule
        self.remedy = remedy
        self.is_temporary = is_temporary
        self.after = after
        """Seconds that the remote asked to wait."""
