"""Addresses of OData: what a key names."""

from __future__ import annotations

import pytest

from datasets.errors import QueryInvalid
from portal.public.odata.paths import read_path


def test_a_key_names_each_part_once() -> None:
    assert read_path("care/cells(area='79',sex='F')").key == {"area": "79", "sex": "F"}
    with pytest.raises(QueryInvalid, match="key: is given twice") as caught:
        read_path("care/cells(area='79',sex='F',sex='M')")
    assert caught.value.problems[0].remedy == "Give sex once"
