"""The release ledger of a job: what the store says was published before of the same people, checked and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from anonymization.ledger import EarlierDimension, EarlierRelease, EarlierTable
from anonymization.policies import resolve
from anonymization.table import TableSet
from datasets.cell_status import CellStatus, status_column
from datasets.codelist import Codelist
from datasets.codelist_files import parse_codelist
from datasets.definition import Definition
from datasets.errors import DisclosureRuleInvalid, Problem, VerificationFailed
from datasets.names import TOTAL
from datasets.release import MeasureDescription, PublicRelease, TableDescription
from datasets.signing import PublicKey, Signer
from datasets.store_layout import ReleaseFile, StoreLayout
from datasets.verification import taken_out
from datasets.verified_reads import VerifiedReads
from publishers.counted_otherwise import CountedThen
from publishers.ledger_calendar import Calendar, CutPeriods, of_no_period
from publishers.ledger_dimensions import Had, SharedDimensions
from publishers.ledger_growth import knowing_growth
from publishers.ledger_measures import what_took_its_place
from publishers.ledger_members import View, families
from publishers.ledger_people import (
    all_releases,
    days_of,
    in_order,
    of_another_period,
    of_the_same_people,
    of_unknown_periods,
    period_of_release,
)
from publishers.ledger_same_cells import shows_the_same
from publishers.ledger_versions import ReadRelease, SameNumbers, with_versions
from publishers.tabulate.plan import TabulationPlan
from publishers.tabulate.quantities import count_of_mean
from publishers.value_marks import Marker, MarkFolder, Marks, content_of, knowing_changes, missing_marks, other_marks

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]


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
        """Return all versions of an edition, and of editions whose periods overlap or may, in order of publication.

        Releases that are withdrawn or under embargo are among them: readers have them, or will. Raises
        VerificationFailed where one is missing or damaged: what is not known cannot be reckoned with.
        """
        reads = VerifiedReads(self.layout, self.key)
        # A number that was revised is taken from the last that told it.
        return in_order(of_the_same_people(list(all_releases(reads, plan.dataset)), plan))

    def releases_of(self, dataset: str) -> frozenset[ReleaseFile]:
        """Return which releases of a dataset are there, withdrawn ones too."""
        files = VerifiedReads(self.layout, self.key).release_files(dataset)
        return frozenset(one for one in files if not one.withdrawn)


@dataclass(frozen=True)
class Before:
    """What was published before of the same people, and what staff should know about it."""

    releases: tuple[EarlierRelease, ...] = ()
    warnings: tuple[Problem, ...] = ()
    same: tuple[SameNumbers, ...] = ()
    """Which of their numbers the present release has as well: a later one may have neither."""


def earlier_releases(
    store: Store, found: Sequence[PublicRelease], *, definition: Definition, plan: TabulationPlan, tables: TableSet
) -> Before:
    """Read what the releases in ``found``, those of the same people, tell their readers.

    What has changed since in `tables`, the present ones before protection, is told by the marks that each left; where
    these are missing, that is a warning. Raises VerificationFailed where one of their files is damaged or unreadable,
    and DisclosureRuleInvalid where one cannot be compared with what is published now.
    """
    reads = VerifiedReads(store.layout, store.key)
    if definition.disclosure is None or not found:
        return Before()
    if moved := [*of_another_period(found, plan)]:
        raise DisclosureRuleInvalid("What was published before cannot be compared", problems=moved)
    calendar = Calendar.of(plan, found)
    shared = SharedDimensions(definition, plan, calendar)
    read: list[ReadRelease] = []
    same, warnings = [], list(of_unknown_periods(found, plan))
    cut = CutPeriods()
    own = [code for axis in plan.dimensions if axis.is_time for code in axis.members.codes]
    replaced = list(cut.see(f"{plan.dataset} {plan.edition}", calendar.period, own))
    for one in found:
        marks = store.marks.of(one.manifest) if store.marks else None
        people = marks[0].people if marks else None
        then = CountedThen(one, people, definition, plan)
        reader = _Reader(reads, one, then, calendar)
        release = reader.read(shared)
        if marks is not None:
            reader.check_exchanged(shared.exchanged, tables, marks)
            # What two dimensions make up together is not seen by the job that counts all three.
            reader.check_exchanged(shared.beside, tables, marks, least=2)
        known = None if marks is None else knowing_changes(release, reader.codes, tables, marks)
        if marks is not None and known is not None and (days := days_of(calendar.period)) is not None:
            within = (days, resolve(definition.disclosure).threshold)
            known = knowing_growth(known, reader.codes, tables, marks, within=within)
        content = content_of(one.manifest.files, [table.parquet for table in one.description.tables])
        replaced += cut.see(f"{one.dataset} {one.name}", period_of_release(one), reader.times)
        replaced += what_took_its_place(one, people, (definition, plan), reader.looks(shared))
        read.append(ReadRelease(known or release, reader.codes, content, marks))
        if known is not None:
            same.append(SameNumbers.of(known, reader.codes, tables, content))
        warnings += then.warnings()
        if store.marks and known is None and _hides(release):
            path = store.marks.path_of(one.manifest)
            warnings.append(other_marks(one, marks[0]) if marks else missing_marks(one.dataset, one.name, path))
    if replaced:
        raise DisclosureRuleInvalid("What was published before cannot be compared", problems=replaced)
    return Before(tuple(with_versions(read, tables)), (*warnings, *shared.warnings), tuple(same))


def _hides(release: EarlierRelease) -> bool:
    return any(own.any() for table in release.tables for own in table.withheld.values())


# Releases -------------------------------------------------------------------------------------------------------------


class _Reader:
    """Reads one earlier release."""

    def __init__(
        self,
        reads: VerifiedReads,
        release: PublicRelease,
        then: CountedThen,
        calendar: Calendar,
    ) -> None:
        self._reads, self._release, self._calendar = reads, release, calendar
        self._then, self._definition, self._plan = then, then.definition, then.plan
        self._members: dict[str, dict[str, int]] = {}
        self._only: dict[str, dict[str, tuple[str, ...]]] = {}
        """The members that whole tables were of, with their parts, by dimensions that the release does not have."""
        self._placed: dict[str, tuple[str, View]] = {}
        self.codes: dict[str, dict[str, list[str]]] = {}
        """The codes of the rows that were read, by table and dimension, as they were called then."""
        self._lists = {item.id: self._codelist(item.id) for item in release.description.codelists}

    def read(self, shared: SharedDimensions) -> EarlierRelease:
        """Return what readers have of it, with its dimensions as they are called now."""
        description = self._release.description
        rows = {table.id: self._rows(table) for table in description.tables}
        had = self._had(rows)
        codes = {name: own for name, (_, own) in had.items()}
        if problems := [*of_no_period(self._calendar, self._release, self._plan, codes)]:
            raise DisclosureRuleInvalid("What was published before cannot be compared", problems=problems)
        self._placed = shared.place(self._release, had)
        self._then.check_texts(
            {name: (called, view, shared.present(called)) for name, (called, view) in self._placed.items()}
        )
        tables = [one for table in description.tables if (one := self._table(table, rows[table.id])) is not None]
        if not tables:
            remedy = (
                "keep the names of measures that count the same; others can begin with an edition of other people, such"
                " as the next year. Do not publish the same people as another dataset: it would not know what is out"
            )
            problem = Problem(
                f"{self._release.dataset} {self._release.name}", "has none of the present measures", remedy
            )
            raise DisclosureRuleInvalid("What was published before cannot be compared", problems=[problem])
        dimensions = [self._dimension(name, codes, shared) for name, codes in self._members.items()]
        disclosure = description.disclosure
        return EarlierRelease(
            name=f"{self._release.dataset} {self._release.name}",
            dimensions=tuple(dimensions),
            tables=tuple(tables),
            zeros=disclosure.rules.zeros if disclosure else "publish",
            days=days_of(period_of_release(self._release)),
            whole=self._whole(),
        )

    @property
    def times(self) -> tuple[str, ...]:
        """The codes of its dimensions of time that its tables have."""
        times = {one.name for one in self._release.description.dimensions if one.role == "time"}
        return tuple(code for name, (_, view) in self._placed.items() if name in times for code in view.codes)

    def looks(self, shared: SharedDimensions) -> tuple[dict[str, tuple[View | None, View | None]], dict[str, str]]:
        """Return how each dimension but that of time looked then and looks, and what each is called now."""
        times = {one.name for one in self._release.description.dimensions if one.role == "time"}
        then = {called: view for name, (called, view) in self._placed.items() if name not in times}
        now = [one.name for one in self._plan.dimensions if not one.is_time]
        views = {name: (then.get(name), shared.present(name)) for name in dict.fromkeys([*then, *now])}
        return views, {name: called for name, (called, _) in self._placed.items()}

    def check_exchanged(
        self,
        exchanged: Mapping[str, tuple[str, ...]],
        present: TableSet,
        known: tuple[Marks, Marker],
        *,
        least: int = 1,
    ) -> None:
        """Raise DisclosureRuleInvalid where a new dimension has the cells of those that are gone, as marks tell."""
        then = (list(self.codes.values()), self._placed)
        same = [
            new
            for new, gone in exchanged.items()
            if shows_the_same(new, (gone, least), then=then, present=present, known=known)
        ]
        problems = [
            Problem(
                f"{self._release.dataset} {self._release.name}, dimension {' and '.join(exchanged[new])}",
                f"{new} has its numbers: it shows the same people by other codes, so that whoever has both"
                " releases can work out withheld cells",
                "keep the dimensions of then, and exchange them with an edition of other people, such as the next year",
            )
            for new in same
        ]
        if problems:
            raise DisclosureRuleInvalid("What was published before cannot be compared", problems=problems)

    def _whole(self) -> tuple[str, str] | None:
        """Return the member that stands for the whole of its period, where that is another than the present one."""
        if self._calendar.is_whole(self._release):
            return None
        return self._calendar.dimension, self._calendar.total(self._release)

    # Files ------------------------------------------------------------------------------------------------------------

    def _bytes(self, path: str) -> bytes:
        entry = self._release.manifest.file(path)
        if entry is None:
            problem = Problem(f"{self._release.dataset} {self._release.name}", f"has no file {path}")
            raise VerificationFailed("A release that was published before cannot be read", problems=[problem])
        with self._reads.objects.open(entry) as file:
            return file.read()

    def _codelist(self, id_: str) -> Codelist:
        """Return a list as definitions have it: in a package, the total is among its members."""
        item = next(one for one in self._release.description.codelists if one.id == id_)
        list_ = parse_codelist(self._bytes(item.path).decode("utf-8"), id_, item.title, place=item.path)
        return replace(list_, members=tuple(member for member in list_.members if member.code != TOTAL))

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

    def _had(self, rows: Mapping[str, pa.Table]) -> dict[str, Had]:
        """Return the code list and the published members of each dimension that a table has."""
        found: dict[str, dict[str, None]] = {}
        for table in self._release.description.tables:
            for name in table.dimensions:
                codes = pc.unique(rows[table.id][name]).to_pylist()
                found.setdefault(name, {}).update(dict.fromkeys(codes))
        lists = {name: self._lists[self._release.description.dimension(name).codelist] for name in found}
        return {
            name: (lists[name], tuple(member.code for member in lists[name].members if member.code in codes))
            for name, codes in found.items()
        }

    def _indices(self, dimension: str, column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
        """Return the members of rows, by what the ledger calls their dimension."""
        encoded = pc.dictionary_encode(column.combine_chunks())
        known = self._members.setdefault(dimension, {})
        numbers = [known.setdefault(code, len(known)) for code in encoded.dictionary.to_pylist()]
        return np.asarray(np.array(numbers, dtype=np.int32)[encoded.indices.to_numpy(zero_copy_only=False)])

    def _dimension(self, dimension: str, codes: Mapping[str, int], shared: SharedDimensions) -> EarlierDimension:
        """Return a dimension, by its name in the ledger, with the sums that it makes among members of any release."""
        if dimension in self._only:
            made_of = tuple(pair for pair in self._only[dimension].items() if pair[1] != pair[:1])
            return EarlierDimension(dimension, tuple(codes), made_of)
        view = next((view for name, view in self._placed.values() if name == dimension), None)
        if view is None:
            # It is there only to say which edition the whole of a table is.
            members = tuple(self._calendar.member(code) for code in codes)
            return EarlierDimension(dimension, members, tuple(self._calendar.sums()))
        if dimension == self._calendar.dimension:
            names = {code: self._calendar.member(code) for code in codes} | {**view.names}
            names[TOTAL] = self._calendar.total(self._release)
        else:
            names = {code: f"{view.codelist.id}:{code}" for code in codes} | {**view.names, TOTAL: TOTAL}
        own = [
            (names[parent], tuple(names[child] for child in children))
            for parent, children in families(view.codelist, codes)
        ]
        # Parts of a whole are themselves where one name stands for both.
        sums = [(parent, children) for parent, children in own if children != (parent,)]
        if dimension == self._calendar.dimension:
            sums += self._calendar.sums()
        return EarlierDimension(
            dimension, tuple(names[code] for code in codes), (*sums, *shared.sums_with(dimension, view))
        )

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
        called = {name: self._placed[name][0] for name in table.dimensions}
        coordinates = {called[name]: self._indices(called[name], rows[name]) for name in called}
        self.codes[table.id] = {name: rows[name].to_pylist() for name in table.dimensions}
        names = tuple(called.values())
        if not self._calendar.is_whole(self._release) and self._calendar.dimension not in names:
            # The whole of this edition is another whole than that of the present one.
            names = (*names, self._calendar.dimension)
            code = self._calendar.dimension
            known_codes = self._members.setdefault(code, {})
            at = known_codes.setdefault(self._release.edition, len(known_codes))
            coordinates[code] = np.full(len(rows), at, dtype=np.int32)
        taken = [name for name, _ in self._placed.values()]
        # It was counted as if there were no others.
        for name, codes in self._then.members(values, dimensions=names, taken=taken).items():
            names, member = (*names, name), " + ".join(codes)
            self._only.setdefault(name, {})[member] = codes
            own = self._members.setdefault(name, {})
            coordinates[name] = np.full(len(rows), own.setdefault(member, len(own)), dtype=np.int32)
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
