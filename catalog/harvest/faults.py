"""What a harvest cannot read although it arrived."""

from __future__ import annotations

from datasets.outbound.faults import RemoteFault


class ContentFault(RemoteFault):
    """An answer arrived, and what it holds cannot be read: it may have been cut short, so it is asked once more."""

    def __init__(self, rule: str, remedy: str = "tell those who keep the catalog; what was had of it is kept") -> None:
        super().__init__(rule, remedy, is_temporary=True)
