"""What the guide to harvesting shows works on the demo datasets, and every address that it names answers."""

from __future__ import annotations

import contextlib
import io
import re
import warnings

import pytest

from tests.support.guides import Guide
from tests.support.http import Client
from tests.support.publication import Ministry
from tests.support.served import served
from tests.support.shipped_portal import EDITIONS, shipped_app

GUIDE = Guide("harvest-the-catalog.md")
PLACES = {
    "{dataset}": "dengue-cases",
    "{release}": "1994-2009.1",
    "{publisher}": "ytemo-demonstration",
    "{theme}": "registers",
}


@pytest.mark.parametrize("path", GUIDE.asked)
def test_a_call_answers(shipped: Client, path: str) -> None:
    assert shipped.get(path).status_code == 200


def test_every_address_of_the_table_answers(shipped: Client) -> None:
    (table,) = re.findall(r"\n(\| for \|.*?)\n\n", GUIDE.text, re.DOTALL)
    found = re.findall(r"`(/[^`]+)`", table)
    assert len(found) == 21
    for address in found:
        for place, name in PLACES.items():
            address = address.replace(place, name)  # noqa: PLW2901  one place after the other
        assert shipped.get(address).status_code == 200, address


def test_the_programs_run(shipped_ministry: Ministry) -> None:
    with served(shipped_app(shipped_ministry)) as address, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        blocks = GUIDE.blocks("python", address)
        assert (len(blocks), len(GUIDE.asked), GUIDE.block_count) == (3, 5, 3)
        told = []
        for block in blocks:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(block, GUIDE.name, "exec"), {})
            told.append(printed.getvalue().splitlines())
    catalog, records, croissant = told
    assert {line.split()[0].rpartition("/")[2] for line in catalog} == set(EDITIONS)
    assert len(records) == len(EDITIONS) + 1
    assert [line for line in records if line.endswith("deleted")] != []
    assert croissant[0].startswith("table-by-province-and-month ")
