"""Primary rules in the words of a report, with the name that their key has in files."""

from __future__ import annotations

import re
from typing import Any

from datasets.text import Language

_WORDS: dict[str, dict[Language, str]] = {
    "frequency": {"vi": "có dưới {frequency} người hoặc đơn vị", "en": "fewer than {frequency} people or units"},
    "zeros": {"vi": "số 0, vì cũng làm lộ thông tin", "en": "zeros, which tell something too"},
    "group_disclosure": {
        "vi": "gần như tất cả của một tổng nằm trong một ô",
        "en": "one cell has nearly all of a total",
    },
    "dominance": {
        "vi": "{n} bên đóng góp lớn nhất chiếm trên {k} %",
        "en": "the largest {n} contribute more than {k} %",
    },
    "p_percent": {"vi": "suy ra được một đóng góp, sai dưới {p} %", "en": "a contribution is known to within {p} %"},
    "p_q": {
        "vi": "suy ra được một đóng góp, sai dưới {p} %, khi biết trước với sai số {q} %",
        "en": "a contribution is known to within {p} %, from {q} % beforehand",
    },
    "units": {"vi": "có dưới {fewest} cơ sở", "en": "fewer than {fewest} facilities"},
    "units, largest": {
        "vi": "một cơ sở chiếm trên {largest_percent} %",
        "en": "one facility has more than {largest_percent} %",
    },
    "population_floor": {
        "vi": "vùng có dưới {population_floor} dân",
        "en": "areas of fewer than {population_floor} people",
    },
}


def rule_words(rule: str, applied: list[dict[str, Any]], language: Language) -> str:
    """Say what a rule looks for; `rule` is called as in the report, and `applied` are the rules with their numbers.

    Where several rules of a kind were applied, nobody can say with which number: then its name alone is told.

    >>> rule_words("frequency", [{"frequency": 5}], "en")
    'fewer than 5 people or units (frequency)'
    >>> rule_words("dominance (2, 85)", [{"dominance": [{"n": 2, "k": 85.0}]}], "vi")
    '2 bên đóng góp lớn nhất chiếm trên 85 % (dominance)'
    >>> rule_words("frequency", [{"frequency": 5}, {"frequency": 3}], "en")
    'frequency'
    """
    name = rule.partition(" (")[0]
    if found := re.fullmatch(r"dominance \((\d+), ([^)]*)\)", rule):
        numbers: dict[str, Any] = {"n": found[1], "k": found[2]}
    else:
        key = name.partition(",")[0]
        own = [one[key] for one in applied if one.get(key)]
        if len(own) != 1:
            return rule
        numbers = own[0] if isinstance(own[0], dict) else {key: own[0]}
    mark = "," if language == "vi" else "."
    shown = {key: str(value).removesuffix(".0").replace(".", mark) for key, value in numbers.items()}
    return f"{_WORDS[name][language].format(**shown)} ({name})"
