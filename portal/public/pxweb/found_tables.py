"""Find and list the tables that clients of PxWeb name: each cube of a dataset, in the newest edition that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from datasets.errors import (
    DatasetNotFound,
    FileNotFound,
    Problem,
    ReleaseNotFound,
    ReleaseWithdrawn,
    VerificationFailed,
)
from datasets.hints import hint
from datasets.public_releases import PublicRelease, PublicReleases
from datasets.release import TableDescription
from datasets.said import said
from portal.public.pxweb.code_lists import CodeList, code_lists_of
from portal.public.pxweb.names import TableId, read_codelist_id, read_table_id
from portal.public.pxweb.variables import variables_of
from portal.query.model import clip
from portal.query.schema import Cube, Register
from portal.shared.links import Links


@dataclass(frozen=True)
class FoundTable:
    """A table under the name by which it was asked for."""

    id: TableId
    release: PublicRelease
    table: TableDescription
    discontinued: bool
    """Whether a newer edition of the dataset has no such table."""

    @property
    def pinned(self) -> TableId:
        """The name that means this very release."""
        return TableId(self.id.dataset, self.id.table, self.release.name)

    @property
    def is_pinned(self) -> bool:
        """Whether it was asked for by that name, so that the answer never changes."""
        return self.id == self.pinned


def find_table(releases: PublicReleases, name: str) -> FoundTable:
    """Return the table of this name; raise FileNotFound, or what finding its release raises."""
    wanted = read_table_id(name)
    if wanted is None:
        problem = Problem(
            "id",
            said("%(given)s is not the name of a table", given=clip(name)),
            said("Write %(example)s; tables lists them", example="dataset.table"),
        )
        raise FileNotFound(said("There is no table of this name"), problems=[problem])
    editions = releases.editions(wanted.dataset)
    if wanted.release:
        release = releases.find(wanted.dataset, wanted.release)
    else:
        having = next((each for each in editions if _table(each, wanted.table)), editions[0])
        release = releases.get(wanted.dataset, having.edition, having.version)
    table = _table(release, wanted.table)
    if table is None:
        raise _no_table(name, release)
    return FoundTable(wanted, release, table, _table(editions[0], wanted.table) is None)


def _no_table(name: str, release: PublicRelease) -> FileNotFound:
    names = [f"{release.dataset}.{each.id}" for each in release.description.tables]
    if names:
        problem = Problem("id", said("%(name)s is not known", name=clip(name)), hint(name, names))
    else:
        rule = said("%(name)s is a register or a code list, which has no cells", name=release.dataset)
        problem = Problem("id", rule, said("Ask %(address)s", address=Links().api(f"datasets/{release.dataset}")))
    return FileNotFound(said("There is no table of this name"), problems=[problem])


def tables_of(releases: PublicReleases, datasets: Iterable[str], *, discontinued: bool) -> Iterator[FoundTable]:
    """Yield the tables of ``datasets``, in their order; what is withdrawn or damaged meanwhile is left out.

    With ``discontinued``, also those that only earlier editions have.
    """
    for dataset in datasets:
        with suppress(DatasetNotFound, ReleaseNotFound, ReleaseWithdrawn, VerificationFailed):
            editions = releases.editions(dataset)
            seen: set[str] = set()
            for edition in editions if discontinued else editions[:1]:
                for table in edition.description.tables:
                    if table.id not in seen:
                        seen.add(table.id)
                        yield FoundTable(TableId(dataset, table.id), edition, table, edition != editions[0])


def find_code_list(
    releases: PublicReleases, schema: Callable[[PublicRelease, str], Cube | Register], name: str
) -> tuple[FoundTable, CodeList]:
    """Return a code list by its name, and the table that it is of; raise FileNotFound where there is none."""
    wanted = read_codelist_id(name)
    if wanted is None:
        raise _no_code_list(name, ())
    found = find_table(releases, str(wanted.table))
    variable = variables_of(cube_of(schema(found.release, found.table.id))).get(wanted.dimension)
    lists = () if variable is None else code_lists_of(found.id, variable)
    values = next((each for each in lists if str(each.id) == name), None)
    if values is None:
        raise _no_code_list(name, lists)
    return found, values


def _no_code_list(name: str, lists: Iterable[CodeList]) -> FileNotFound:
    known = [str(each.id) for each in lists] or ["vs_dataset.table.variable.level"]
    problem = Problem("id", said("%(name)s is not known", name=clip(name)), hint(name, known))
    return FileNotFound(said("There is no code list of this name"), problems=[problem])


def cube_of(schema: Cube | Register) -> Cube:
    """Return the schema of a table that was found here: registers are none of them."""
    assert isinstance(schema, Cube)
    return schema


def _table(release: PublicRelease, name: str) -> TableDescription | None:
    return next((table for table in release.description.tables if table.id == name), None)
