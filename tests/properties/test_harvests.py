"""Whatever changes at a remote, whichever requests fail and runs are killed: after a good run all is as it is there."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.harvest import ckan
from catalog.harvest.run import Conditions, harvest
from catalog.harvest.sources import Source
from catalog.harvest.state import read_state
from catalog.harvest.store import read_harvested
from datasets import disk
from datasets.outbound import transport
from datasets.outbound.faults import RemoteFault
from datasets.text import Bilingual
from tests.support.remote_catalogs import BEGAN, Ckan, Dcat, Oai, Remote, package

PROTOCOLS = ("ckan", "dcat", "oai-keeping", "oai-forgetting")
ADDRESS = "http://127.0.0.1:9"


class Killed(BaseException):
    """Stands for the end of the process."""


class World:
    """A remote in memory: records by number with their titles, told in one of the protocols."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.titles: dict[int, str] = {}
        self.changed: dict[int, datetime] = {}
        self.now = BEGAN
        self.asked = 0
        self.fails_at: int | None = None
        self.kills_at: int | None = None

    @property
    def source(self) -> Source:
        end = {"ckan": "", "dcat": "/catalog.ttl"}.get(self.protocol, "/oai")
        protocol: Any = self.protocol if self.protocol in ("ckan", "dcat") else "oai-pmh"
        title = Bilingual(vi="Ở đó", en="There")
        return Source(id="there", title=title, protocol=protocol, address=ADDRESS + end, allow_private=True)

    def apply(self, edits: Mapping[int, str]) -> None:
        """Set titles; an empty one deletes the record."""
        self.now += timedelta(hours=1)
        for number, title in edits.items():
            if self.titles.get(number, "") != title:
                self.titles[number] = title
                self.changed[number] = self.now

    def there(self) -> dict[str, str]:
        return {self.remote_id(number): title for number, title in self.titles.items() if title}

    def remote_id(self, number: int) -> str:
        if self.protocol == "ckan":
            return str(package(number)["id"])
        return f"https://d.example.org/{number}" if self.protocol == "dcat" else f"oai:r:{number}"

    def get(self, address: str, headers: Mapping[str, str] | None = None, **_: object) -> transport.Answer:
        self.asked += 1
        if self.asked == self.kills_at:
            raise Killed
        if self.fails_at is not None and self.asked >= self.fails_at:
            raise RemoteFault("fails", is_temporary=True)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        reply = self._answerer()(address.removeprefix(ADDRESS), given, Remote(lambda *_: reply, address=ADDRESS))
        told = {"content-type": reply.kind, "date": self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        told |= {name.lower(): value for name, value in reply.headers.items()}
        return transport.Answer(reply.status, address, told, reply.body)

    def _answerer(self) -> Any:
        there = {number: title for number, title in self.titles.items() if title}
        if self.protocol == "ckan":
            found = [
                package(n, title=title, modified=self.changed[n].strftime("%Y-%m-%dT%H:%M:%S"))
                for n, title in there.items()
            ]
            return Ckan({each["id"]: each for each in found})
        if self.protocol == "dcat":
            return Dcat({self.remote_id(n): title for n, title in sorted(there.items())}, page_size=3)
        records: dict[str, tuple[str | None, str]] = {
            self.remote_id(n): (title or None, self.changed[n].strftime("%Y-%m-%dT%H:%M:%SZ"))
            for n, title in self.titles.items()
        }
        return Oai(records, keeps_deleted=self.protocol == "oai-keeping", page_size=3)


EDITS = st.dictionaries(st.integers(0, 9), st.sampled_from(["", "Sởi", "Ho gà", "Bạch hầu"]), max_size=8)
STEPS = st.lists(
    st.tuples(EDITS, st.sampled_from(["good", "fails", "killed", "everything"]), st.integers(1, 6)), max_size=5
)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=30, deadline=None)
@given(steps=STEPS, last=EDITS)
def test_the_state_is_what_is_there(
    protocol: str, steps: list[tuple[dict[int, str], str, int]], last: dict[int, str]
) -> None:
    world = World(protocol)
    ever: set[str] = set()
    away: set[str] = set()
    """What was not there at some time since the last run that was done: one that lay still may have read so."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        patch.setattr(ckan, "ROWS", 10)
        patch.setattr(
            transport.Transport, "get", lambda _, address, headers=None, **more: world.get(address, headers, **more)
        )
        # What power cuts do is shown elsewhere.
        patch.setattr(disk, "sync", lambda _: None)
        patch.setattr(disk, "sync_folder", lambda _: None)
        root = Path(name)
        for edits, kind, number in [*steps, (last, "good", 0)]:
            world.apply(edits)
            away |= set(ever) - set(world.there())
            world.asked = 0
            world.fails_at = number if kind == "fails" else None
            world.kills_at = number if kind == "killed" else None
            conditions = Conditions(
                now=lambda: world.now, sleep=lambda _: None, everything=kind == "everything", accept_fewer=True
            )
            before, shown = read_state(root / "there").entries, found_in(root, world)
            try:
                report = harvest(world.source, root / "there", conditions)
            except Killed:
                assert read_state(root / "there").entries == before
                continue
            found, there = found_in(root, world), world.there()
            if not report.is_done:
                assert read_state(root / "there").entries == before
            # What was found and was there all the time is found; all that was ever had is there, or marked as gone.
            assert set(shown) & set(there) - away <= set(found)
            away = set() if report.is_done else away
            ever |= set(found)
            assert ever <= set(read_state(root / "there").entries)
            assert found == there or not report.is_done or report.resumed
        if report.resumed:
            # What changed while the run lay still comes with the run after it.
            world.now += timedelta(hours=1)
            assert harvest(world.source, root / "there", conditions).is_done
        assert found_in(root, world) == world.there()


def found_in(root: Path, world: World) -> dict[str, str]:
    found = read_harvested(root, [world.source]).found
    return {each.harvested.provenance.remote_id: each.record.title.vi for each in found}
