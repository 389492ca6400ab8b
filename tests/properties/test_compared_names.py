"""Columns that were renamed, dropped and named like others before are known again by who follows each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import combinations, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.notices import RenamedField
from datasets.public_releases import PublicRelease
from portal.public.compare.naming import names_before
from portal.public.compare.pairing import Pair
from tests.support.releases import make_demo_store

NAMES = st.sampled_from("abcd")
Step = Literal["rename", "drop", "add", "forget"]
STEPS: tuple[Step, ...] = get_args(Step)
DAY = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass
class Columns:
    """What is published under which name: each column has a number for good."""

    held: dict[str, int] = field(default_factory=lambda: {"a": 0, "b": 1})
    last: dict[str, int] = field(default_factory=lambda: {"a": 0, "b": 1})
    """Who had a name last and did not go to another one."""
    told: dict[str, str] = field(default_factory=dict)
    numbers: int = 1

    def step(self, kind: Step, name: str, other: str) -> None:
        if kind == "rename" and name in self.held and name != other and name not in self.told.values():
            self.told = {old: to for old, to in self.told.items() if to != other}
            self.told[name] = other
            self.held[other] = self.last[other] = self.held.pop(name)
            del self.last[name]
        elif kind == "drop":
            self.held.pop(name, None)
        elif kind == "add" and name not in self.held:
            # A name that came back is the same column, unless that one has another name.
            self.numbers += 1
            self.held[name] = self.last.setdefault(name, self.numbers)
        elif kind == "forget":
            self.told.pop(name, None)
        self.told = {old: to for old, to in self.told.items() if old not in self.held and to in self.held}


@cache
def some_release() -> PublicRelease:
    with TemporaryDirectory() as folder:
        return make_demo_store(Path(folder) / "data").releases.latest("licensed-facilities")


def release(number: int, columns: Columns) -> PublicRelease:
    """Return a release of these columns, published on the day with this number."""
    manifest = some_release().manifest
    register = manifest.description.register_
    assert register is not None
    fields = tuple(register.fields[0].model_copy(update={"name": name}) for name in columns.held)
    renamed = tuple(RenamedField(old=old, new=to, until=date(2030, 1, 1)) for old, to in columns.told.items())
    changed = {"renamed": renamed, "register_": register.model_copy(update={"fields": fields})}
    description = manifest.description.model_copy(update=changed)
    made = {"version": number + 1, "published_at": DAY + timedelta(number), "description": description}
    return PublicRelease(manifest.model_copy(update=made), str(number))


@given(st.lists(st.tuples(st.sampled_from(STEPS), NAMES, NAMES), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_each_column_is_followed(history: list[tuple[Step, str, str]]) -> None:
    columns = Columns()
    held, releases = [dict(columns.held)], [release(0, columns)]
    for number, step in enumerate(history, 1):
        columns.step(*step)
        held.append(dict(columns.held))
        releases.append(release(number, columns))
    for first, last in combinations(range(len(releases)), 2):
        then, now, between = held[first], held[last], tuple(releases[first + 1 : last])
        same = {(old, new) for old, new in product(then, now) if then[old] == now[new]}
        ahead = names_before(Pair(releases[first], releases[last], between), then, now)
        assert {(old, new) for new, old in ahead.items()} == same
        assert set(names_before(Pair(releases[last], releases[first], between), now, then).items()) == same
