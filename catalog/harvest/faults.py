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


class ContentFault(RemoteFault):
    """An answer arrived, and what it holds cannot be read: it may have been cut short, so it is asked once more."""

    def __init__(self, rule: str, remedy: str = "tell those who keep the catalog; what was had of it is kept") -> None:
        super().__init__(rule, remedy, is_temporary=True)
