"""Read tables of public releases for whoever asks: what can be asked of one, and the answers to planned questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import TypeVar

import pyarrow as pa

from datasets.codelist_folders import builtin_codelist
from datasets.geography import Crosswalk
from datasets.notices import in_force
from datasets.public_releases import PublicRelease, PublicReleases
from portal.public.measured_work import measured
from portal.query.answer import Answer, Counts, chunks, read_answer, read_at_hand
from portal.query.plan import Plan
from portal.query.run import Engine, Job, Session
from portal.query.schema import Areas, Cube, Register, read_schema
from portal.query.tables import Tables

Result = TypeVar("Result")


class TableReading:
    """Every dialect reads through here. Safe for many threads at once."""

    def __init__(self, releases: PublicReleases, engine: Engine, tables: Tables) -> None:
        self._releases = releases
        self._engine = engine
        self._tables = tables
        self._counts = Counts()
        self._schemas = lru_cache(maxsize=256)(self._read_schema)

    def submit(self, work: Callable[[Session], Result]) -> Job[Result]:
        """Queue ``work``, which reads with the session that it is given; a queue that is full raises QueryTimeout."""
        return self._engine.submit(measured(work))

    def schema(self, release: PublicRelease, table: str, *, pinned: bool = False) -> Cube | Register:
        """Return what can be asked of a table; raise FileNotFound where the release has none of this name.

        Whoever asks a ``pinned`` release is answered the same for ever: by all names that it knows, also those that are
        over for others.
        """
        answered = self.answered_names(release, pinned=pinned)
        return self._schemas(release.dataset, release.edition, release.version, table, answered)

    def answered_names(self, release: PublicRelease, *, pinned: bool) -> frozenset[str]:
        """Return the older names of fields that may be used today."""
        renamed = release.description.renamed
        if not renamed:
            return frozenset()
        return frozenset(one.old for one in renamed) if pinned else frozenset(in_force(renamed, self._releases.today()))

    def read(self, session: Session, release: PublicRelease, plan: Plan) -> Answer:
        """Read how large the answer to ``plan`` is, and its first rows; raises what opening a file raises."""
        schema = self.schema(release, plan.table)
        opener = self._tables.opener(schema, self._releases.file(release, plan.parquet).path)
        return read_answer(session, plan, opener, self._counts)

    def read_at_hand(self, release: PublicRelease, plan: Plan) -> Answer | None:
        """Read the answer to ``plan`` from memory, where that is little work; None where it is not."""
        path = self._releases.known_place(release, plan.parquet)
        reader = None if path is None else self._tables.at_hand(plan, path)
        return None if reader is None else read_at_hand(reader, plan, self._counts)

    def chunks(self, answer: Answer) -> Iterator[pa.Table]:
        """Yield the rows of an answer, a few at a time; each further chunk is a short question of its own."""
        return chunks(answer, self._engine)

    def _read_schema(
        self, dataset: str, edition: str, version: int, table: str, answered: frozenset[str]
    ) -> Cube | Register:
        release = self._releases.get(dataset, edition, version)
        return read_schema(
            release.description,
            table,
            release=release.envelope_sha256,
            codelist=lambda identifier: self._releases.codelist(release, identifier),
            areas=_areas(),
            answered=answered,
        )


@cache
def _areas() -> Areas:
    return Areas(Crosswalk(builtin_codelist("provinces-legacy")), builtin_codelist("provinces"))
