"""An answer that is not streamed is read in one piece."""

from __future__ import annotations

from portal.public.ckan.datastore import MAX_ROWS
from portal.public.ckan.filters import RowRange
from portal.public.ckan.listing import listing
from portal.query.answer import CHUNK_ROWS
from portal.query.model import AllOf, Filter, Query
from tests.support.cubes import axis, cube, measure


def test_the_longest_answer_is_one_piece() -> None:
    assert MAX_ROWS + 1 <= CHUNK_ROWS, "the rows of an answer are those of its first chunk"


def test_members_that_are_named_outright_are_looked_up() -> None:
    table = cube([axis("a", "xy"), axis("b", "xy")], [measure("n")])
    first, again, other = Filter("a", "eq", ("x",)), Filter("a", "in", ("x", "y")), Filter("b", "ne", ("x",))
    figure = Filter("n", "eq", ("1",))
    query, rows = listing(Query("t"), RowRange(2), AllOf((first, again, other, figure)), table)
    assert rows == RowRange(2)
    assert query.filters == (first,)
    assert query.where == AllOf((again, other, figure))
    alone, _ = listing(Query("t"), RowRange(), first, table)
    assert (alone.filters, alone.where) == ((first,), None)
