"""The release ledger of a job: what the store says was published before of the same people, checked and read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable, NamedSum
from anonymization.table import TableSet
from datasets.cell_status import CellStatus, status_column
from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.definition import Definition
from datasets.errors import DisclosureRuleInvalid, Problem, VerificationFailed
from datasets.geography import Crosswalk
from datasets.names import TOTAL
from datasets.periods import TIME_LEVELS, period_of
from datasets.release import MeasureDescription, PublicRelease, TableDescription
from datasets.signing import PublicKey, Signer
from datasets.store_layout import ReleaseFile, StoreLayout
from datasets.verification import taken_out
from datasets.verified_reads import VerifiedReads
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import count_of_mean
from publishers.value_marks import MarkFolder, knowing_changes, missing_marks

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]
Period = tuple[date, date]

EDITION = "edition"
"""The dimension that tells editions apart where no table has a dimension of time."""


@dataclass(frozen=True)
class Store:
    """A release store, the key that vouches for it, and inside the ministry the marks of what it withheld."""

    layout: StoreLayout
    key: PublicKey
    marks: MarkFolder | None = None

    @classmethod
    def at(cls, root: Path, public_key: Path) -> Store:
        """Return the store in a folder, as whoever has no signing key sees it."""
        return cls(StoreLayout(root), PublicKey.from_file(public_key))

    @classmethod
    def of(cls, layout: StoreLayout, signer: Signer) -> Store:
        """Return the store of a ministry."""
        return cls(layout, signer.public_key, MarkFolder(layout.marks, signer))

    def check_whole(self) -> None:
        """Raise VerificationFailed where a release or a withdrawal was taken out: what is gone cannot be reckoned with.

        Only envelopes and the head are looked at: whether every file is sound is what `ytemo verify` says.
        """
        problems = taken_out(self.layout, self.key)
        if problems:
            raise VerificationFailed("Something was taken out of the release store", problems=problems)

    def releases_of_the_same_people(self, plan: TabulationPlan) -> list[PublicRelease]:
        """Return all versions of an edition, and of editions whose periods overlap, in the order of publication.

        Releases that are withdrawn or under embargo are among them: readers have them, or will. Raises
        VerificationFailed where one is missing or damaged: what is not known cannot be reckoned with.
        """
        reads = VerifiedReads(self.layout, self.key)
        found = [one for one in _all_releases(reads, plan.dataset) if _is_of_the_same_people(one, plan)]
        # A number that was revised is taken from the last that told it.
        return sorted(found, key=lambda one: (one.manifest.published_at, one.edition, one.version))

    def releases_of(self, dataset: str) -> frozenset[ReleaseFile]:
        """Return which releases of a dataset are there, withdrawn ones too."""
        files = VerifiedReads(self.layout, self.key).release_files(dataset)
        return frozenset(one for one in files if not one.withdrawn)


@dataclass(frozen=True)
class Before:
    """What was published before of the same people, and what staff should know about it."""

    releases: tuple[EarlierRelease, ...] = ()
    warnings: tuple[Problem, ...] = ()


def earlier_releases(
    store: Store, found: Sequence[PublicRelease], *, definition: Definition, plan: TabulationPlan, tables: TableSet
) -> Before:
    """Read what the releases in ``found``, those of the same people, tell their readers.

    What has changed since in `tables`, the present ones before protection, is told by the marks that each left; where
    these are missing, that is a warning. Raises VerificationFailed where one of their files is damaged or unreadable.
    """
    reads = VerifiedReads(store.layout, store.key)
    if definition.disclosure is None or not found:
        return Before()
    calendar = _Calendar.of(plan, found)
    releases, warnings = [], []
    for one in found:
        reader = _Reader(reads, one, definition, plan, calendar)
        release = reader.read()
        marks = store.marks.of(one.manifest) if store.marks else None
        known = None if marks is None else knowing_changes(release, reader.codes, tables, marks)
        releases.append(known or release)
        if store.marks and known is None and _hides(release):
            warnings.append(missing_marks(one.dataset, one.name, store.marks.path_of(one.manifest)))
    return Before(tuple(releases), tuple(warnings))


def _hides(release: EarlierRelease) -> bool:
    return any(own.any() for table in release.tables for own in table.withheld.values())


def _all_releases(reads: VerifiedReads, dataset: str) -> Iterator[PublicRelease]:
    versions: dict[str, list[int]] = {}
    for file in reads.release_files(dataset):
        if not file.withdrawn:
            versions.setdefault(file.edition, []).append(file.version)
            yield reads.release(dataset, file.edition, file.version)
    for edition, own in versions.items():
        if sorted(own) != list(range(1, len(own) + 1)):
            remedy = "Restore the missing release from a backup or a mirror"
            problem = Problem(f"{dataset} {edition}", "must have its versions 1, 2, 3 … without a gap", remedy)
            raise VerificationFailed("A release that was published before is missing", problems=[problem])


def _is_of_the_same_people(release: PublicRelease, plan: TabulationPlan) -> bool:
    if release.description.kind != "statistics":
        return False
    if release.edition == plan.edition or _spends_for_ever(release):
        return True
    theirs = _period(release)
    return bool(theirs and plan.period and theirs[0] <= plan.period[1] and plan.period[0] <= theirs[1])


def _spends_for_ever(release: PublicRelease) -> bool:
    """Whether its privacy was promised to people over all periods, who are then the same in every edition."""
    made = release.description.disclosure.rules.perturbation if release.description.disclosure else None
    return made is not None and made.budget is not None and made.budget.unit == "person"


def _period(release: PublicRelease) -> Period | None:
    start, end = release.description.period_start, release.description.period_end
    return (date.fromisoformat(start), date.fromisoformat(end)) if start and end else None


# Time -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Calendar:
    """How the periods of editions stand in the dimension of time: the total of one edition is a member of another.

    `dimension` is the dimension whose total is the whole edition; `period` what the present total covers.
    """

    dimension: str
    edition: str
    period: Period | None
    editions: Mapping[str, Period]

    @classmethod
    def of(cls, plan: TabulationPlan, releases: Sequence[PublicRelease]) -> _Calendar:
        own = [one.name for one in plan.dimensions if one.is_time]
        theirs = [one.name for release in releases for one in release.description.dimensions if one.role == "time"]
        # With two dimensions of time, an edition is the total of neither by itself.
        names = own or list(dict.fromkeys(theirs))
        periods = {release.edition: period for release in releases if (period := _period(release))}
        return cls(names[0] if len(names) == 1 else EDITION, plan.edition, plan.period, periods)

    def is_whole(self, release: PublicRelease) -> bool:
        """Say whether a release covers the same time as the present one."""
        return release.edition == self.edition or _period(release) == self.period

    def member(self, code: str) -> str:
        """Return the name of a member of time as the present release has it: its whole period is its total."""
        period = self.editions.get(code) or period_of(code)
        return TOTAL if code == self.edition or (period is not None and period == self.period) else code

    def sums(self) -> Iterator[NamedSum]:
        """Yield which editions, all of one kind, make up another."""
        every = dict(self.editions)
        if self.period is not None:
            every[self.edition] = self.period
        for whole, (start, end) in every.items():
            by_length: dict[int, list[str]] = {}
            for name, period in every.items():
                if name != whole and start <= period[0] and period[1] <= end:
                    by_length.setdefault((period[1] - period[0]).days // 27, []).append(name)
            for names in [*by_length.values(), [name for own in by_length.values() for name in own]]:
                if parts := _tiling(names, every, (start, end)):
                    yield self.member(whole), tuple(self.member(part) for part in parts)


def _tiling(names: Sequence[str], periods: Mapping[str, Period], whole: Period) -> list[str]:
    """Return the names in order where their periods follow each other and fill the whole; none where they do not."""
    ordered = sorted(names, key=lambda name: periods[name])
    ends = [whole[0].toordinal() - 1, *(periods[name][1].toordinal() for name in ordered)]
    follow = all(periods[name][0].toordinal() == end + 1 for name, end in zip(ordered, ends, strict=False))
    return ordered if len(ordered) > 1 and follow and ends[-1] == whole[1].toordinal() else []


# Releases -------------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads one earlier release."""

    def __init__(
        self,
        reads: VerifiedReads,
        release: PublicRelease,
        definition: Definition,
        plan: TabulationPlan,
        calendar: _Calendar,
    ) -> None:
        self._reads, self._release, self._calendar = reads, release, calendar
        self._definition, self._plan = definition, plan
        self._members: dict[str, dict[str, int]] = {}
        self.codes: dict[str, dict[str, list[str]]] = {}
        """The codes of the rows that were read, by table and dimension."""
        self._lists = {item.id: self._codelist(item.id) for item in release.description.codelists}

    def read(self) -> EarlierRelease:
        """Return what readers have of it."""
        description = self._release.description
        rows = {table.id: self._rows(table) for table in description.tables}
        tables = [one for table in description.tables if (one := self._table(table, rows[table.id])) is not None]
        if not tables:
            remedy = "keep the names of measures, or publish the new ones under another dataset"
            problem = Problem(
                f"{self._release.dataset} {self._release.name}", "has none of the present measures", remedy
            )
            raise DisclosureRuleInvalid("What was published before cannot be compared", problems=[problem])
        dimensions = [self._dimension(name, codes) for name, codes in self._members.items()]
        disclosure = description.disclosure
        return EarlierRelease(
            name=f"{self._release.dataset} {self._release.name}",
            dimensions=tuple(dimensions),
            tables=tuple(tables),
            zeros=disclosure.rules.zeros if disclosure else "publish",
        )

    # Files ------------------------------------------------------------------------------------------------------------

    def _bytes(self, path: str) -> bytes:
        entry = self._release.manifest.file(path)
        if entry is None:
            problem = Problem(f"{self._release.dataset} {self._release.name}", f"has no file {path}")
            raise VerificationFailed("A release that was published before cannot be read", problems=[problem])
        with self._reads.objects.open(entry) as file:
            return file.read()

    def _codelist(self, id_: str) -> Codelist:
        item = next(one for one in self._release.description.codelists if one.id == id_)
        return parse_codelist(self._bytes(item.path).decode("utf-8"), id_, item.title, place=item.path)

    def _rows(self, table: TableDescription) -> pa.Table:
        place = f"{self._release.dataset} {self._release.name}, {table.parquet}"
        try:
            rows = pq.read_table(pa.BufferReader(self._bytes(table.parquet)), page_checksum_verification=True)
        except (pa.ArrowException, OSError):
            problem = Problem(place, "must be a Parquet file", "Restore the file from a backup or a mirror")
            raise VerificationFailed("A release that was published before cannot be read", problems=[problem]) from None
        columns = [*table.dimensions, *table.measures, *map(status_column, table.measures)]
        missing = [name for name in columns if name not in rows.column_names]
        if missing:
            problem = Problem(place, f"must have the columns {', '.join(missing)}")
            raise VerificationFailed("A release that was published before cannot be read", problems=[problem])
        return rows

    # Members ----------------------------------------------------------------------------------------------------------

    def _name_of(self, dimension: str, code: str) -> str:
        """Return the name of a member: that of the present one where both come from the same list."""
        own = self._release.description.dimension(dimension)
        if dimension == self._calendar.dimension:
            if code == TOTAL:
                return self._calendar.member(self._release.edition)
            return self._calendar.member(code)
        present = self._present_list(dimension)
        if code == TOTAL or own.codelist in TIME_LEVELS or (present is not None and own.codelist == present.id):
            return code
        return f"{own.codelist}:{code}"

    def _present_list(self, dimension: str) -> Codelist | None:
        return next((one.codelist for one in self._plan.dimensions if one.name == dimension), None)

    def _indices(self, dimension: str, column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
        encoded = pc.dictionary_encode(column.combine_chunks())
        known = self._members.setdefault(dimension, {})
        numbers = [known.setdefault(code, len(known)) for code in encoded.dictionary.to_pylist()]
        return np.asarray(np.array(numbers, dtype=np.int32)[encoded.indices.to_numpy(zero_copy_only=False)])

    def _dimension(self, dimension: str, codes: Mapping[str, int]) -> EarlierDimension:
        described = [one for one in self._release.description.dimensions if one.name == dimension]
        if not described:
            # It is there only to say which edition the whole of a table is.
            return EarlierDimension(dimension, tuple(codes), tuple(self._calendar.sums()))
        names = {code: self._name_of(dimension, code) for code in (*codes, TOTAL)}
        list_ = self._lists[described[0].codelist]
        sums = [
            (names[parent], tuple(names[child] for child in children)) for parent, children in _families(list_, codes)
        ]
        # Parts of a whole are themselves where one name stands for both.
        sums = [(parent, children) for parent, children in sums if children != (parent,)]
        if dimension == self._calendar.dimension:
            sums += self._calendar.sums()
        sums += _mergers(list_, self._present_list(dimension))
        return EarlierDimension(dimension, tuple(names[code] for code in codes), tuple(sums))

    # Tables -----------------------------------------------------------------------------------------------------------

    def _table(self, table: TableDescription, rows: pa.Table) -> EarlierTable | None:
        """Return a table with the measures that there still are; None where it has none of them."""
        withheld: dict[str, Flags] = {}
        values: dict[str, Reals] = {}
        rounding: dict[str, float] = {}
        for measure in (self._release.description.measure(name) for name in table.measures):
            read = self._measure(measure, rows)
            if read is not None:
                population, quantity, hidden, shown = read
                withheld[population] = withheld.get(population, np.zeros(len(hidden), np.bool_)) | hidden
                known = values.get(quantity)
                values[quantity] = shown if known is None else np.where(np.isnan(known), shown, known)
                if measure.field_type == "number" and measure.decimals is not None:
                    rounding[quantity] = 0.5 * 10.0**-measure.decimals
        if not withheld:
            return None
        coordinates = {name: self._indices(name, rows[name]) for name in table.dimensions}
        self.codes[table.id] = {name: rows[name].to_pylist() for name in table.dimensions}
        names = table.dimensions
        if not self._calendar.is_whole(self._release) and self._calendar.dimension not in names:
            # The whole of this edition is another whole than that of the present one.
            names = (*names, self._calendar.dimension)
            code = self._calendar.dimension
            known_codes = self._members.setdefault(code, {})
            at = known_codes.setdefault(self._release.edition, len(known_codes))
            coordinates[code] = np.full(len(rows), at, dtype=np.int32)
        return EarlierTable(table.id, names, coordinates, withheld, values, rounding)

    def _measure(self, measure: MeasureDescription, rows: pa.Table) -> tuple[str, str, Flags, Reals] | None:
        """Return population, quantity, which cells are withheld, and shown values, not a number where none is told."""
        present = self._definition.measures.get(measure.name)
        if present is None or present.type != measure.type:
            return None
        name = {"mean": count_of_mean(measure.name), "rate": measure.numerator or ""}.get(measure.type, measure.name)
        quantity = next((one for one in self._plan.quantities if one.name == name), None)
        if quantity is None:
            return None
        statuses = pc.cast(rows[status_column(measure.name)], pa.string()).combine_chunks()
        hidden = pc.equal(statuses, str(CellStatus.SUPPRESSED)).to_numpy(zero_copy_only=False)
        shown = pc.cast(rows[measure.name], pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
        if measure.type in ("mean", "rate"):
            # They tell of their count only where it is zero.
            empty = str(CellStatus.ZERO if measure.type == "rate" else CellStatus.NOT_APPLICABLE)
            shown = np.where(pc.equal(statuses, empty).to_numpy(zero_copy_only=False), 0.0, np.nan)
        else:
            # Records that were absent counted nothing then.
            shown = np.where(np.isnan(shown) & ~hidden, 0.0, shown)
        return quantity.population, name, hidden, np.where(hidden, np.nan, shown)


def _families(codelist: Codelist, codes: Mapping[str, int]) -> Iterator[NamedSum]:
    """Yield each published member with the published members below it; `_T` stands above all that have no parent."""
    below: dict[str, list[str]] = {}
    for code in codes:
        if code != TOTAL:
            member, above = codelist.by_code.get(code), ""
            while member is not None and (above := member.parent) and above not in codes:
                member = codelist.by_code.get(above)
            below.setdefault(above if above in codes else TOTAL, []).append(code)
    for parent, children in below.items():
        yield parent, tuple(children)


def _mergers(old: Codelist, new: Codelist | None) -> Iterator[NamedSum]:
    """Yield what members of one list became in the other, whichever of the two came first."""
    if new is None or old.id == new.id:
        return
    for one, other, present in ((old, new, False), (new, old, True)):
        for level in one.levels:
            walk = Crosswalk(one, level)
            for code in other.by_code:
                parts = sorted(walk.parts_of(code))
                if parts and present:
                    yield f"{other.id}:{code}", tuple(parts)
                elif parts:
                    yield code, tuple(f"{one.id}:{part}" for part in parts)
