"""The report of a protected table as data: what an attacker can learn, what it cost, and what each rule did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from anonymization.audit_system import Verdict
from anonymization.deviations import safety_deviation
from anonymization.policies import find_policy
from anonymization.primary.rates import RateReason
from anonymization.protect_system import ProtectedSystem
from anonymization.relations import Flags
from anonymization.words import Text
from publishers.standalone.table_input import is_single
from publishers.standalone.table_protection import ProtectedTable


def report_of(done: ProtectedTable) -> dict[str, Any]:
    """Return the report: plain data, the same for the same input.

    It is for the office: no value of a withheld cell is in it, but it says how many withheld cells are the small ones.
    """
    return {
        "guarantee": done.demand.guarantee,
        "seed": done.demand.seed,
        "effort": done.demand.effort,
        "singletons": done.demand.singletons,
        "policy": _policy(done),
        "rules": [one.model_dump(mode="json", exclude_none=True) for one in done.demand.rules],
        "cells": len(done.system),
        "withheld": int(done.protected.withheld.sum()),
        "primary": int(done.system.sensitive.sum()),
        "secondary": int(done.protected.secondary.sum()),
        "computed_margins": done.table.computed,
        "unsafe_by_decision": done.decided,
        "safe_by_decision": done.exempted,
        "cost": round(done.protected.cost, 6),
        **optimality(done.protected),
        "risk": _risk(done),
        "measures": [_measure(done, place) for place in range(len(done.table.measures))],
        "dimensions": [*_dimensions(done)],
        "rates": _rates(done),
        "notes": [_both(note) for note in done.table.notes],
    }


def optimality(protected: ProtectedSystem) -> dict[str, Any]:
    """Return how far the pattern may be from the cheapest one: `bound` and `gap` are None where that is not known."""
    bound, gap = protected.bound, protected.gap
    return {
        "bound": None if bound is None else round(bound, 6),
        "gap": None if gap is None else round(gap, 6),
        "parts": protected.parts,
        "parts_proven": protected.proven,
    }


def _policy(done: ProtectedTable) -> dict[str, Any] | None:
    rules = done.demand.rules[0] if done.demand.rules else None
    if rules is None or rules.policy is None:
        return None
    policy = find_policy(rules.policy)
    return {
        "name": policy.name,
        "text": _both(policy.text),
        "citation": _both(policy.citation),
        "version": _both(policy.version),
        "checked": policy.checked,
        "deviation": _both(safety_deviation(rules)),
        "reason": None if rules.reason is None else rules.reason.model_dump(),
    }


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else {"vi": text.vi, "en": text.en}


def _risk(done: ProtectedTable) -> dict[str, Any]:
    """What readers can learn at most, as shares of what was demanded: widths alone give no value away."""
    audit, system = done.audit, done.system
    sensitive = system.sensitive & done.protected.withheld
    wanted = (system.wanted_fall + system.wanted_rise)[sensitive]
    width = (audit.high - audit.low)[sensitive]
    known = np.isfinite(width) & (wanted > 0)
    shares = np.sort(width[known] / wanted[known])
    return {
        "safe": audit.safe,
        "verdicts": {one.name.lower(): int((audit.verdicts == one).sum()) for one in Verdict},
        "ranges_known": int(known.sum()),
        "narrowest_range": round(float(shares[0]), 3) if len(shares) else None,
        "median_range": round(float(shares[len(shares) // 2]), 3) if len(shares) else None,
    }


def _measure(done: ProtectedTable, place: int) -> dict[str, Any]:
    block = done.block(place)
    withheld, sensitive = done.protected.withheld[block], done.system.sensitive[block]
    values = np.abs(done.table.measures[place].values)
    margins = ~is_single(done.table.dimensions)
    return {
        "name": done.table.measures[place].name,
        "counts": done.table.measures[place].counts,
        "withheld": int(withheld.sum()),
        "primary": int(sensitive.sum()),
        "secondary": int((withheld & ~sensitive).sum()),
        "value_withheld_percent": _percent(values[withheld & ~margins].sum(), values[~margins].sum()),
        "margins": int(margins.sum()),
        "margins_withheld": int((withheld & margins).sum()),
        "rules": [{"rule": one.rule, "cells": one.cells, "alone": one.alone} for one in done.counts[place]],
    }


def _percent(part: float, whole: float) -> int:
    """A whole percentage: a finer one would narrow down what little was withheld."""
    return round(100.0 * float(part) / float(whole)) if whole else 0


def _dimensions(done: ProtectedTable) -> Iterator[dict[str, Any]]:
    places = done.table.coordinates
    withheld = done.protected.withheld.reshape(len(done.table.measures), -1)
    for axis, dimension in enumerate(done.table.dimensions):
        members = []
        for at, code in enumerate(dimension.members):
            here: Flags = places[:, axis] == at
            cells = int(here.sum()) * len(withheld)
            members.append({"code": code, "cells": cells, "withheld": int(withheld[:, here].sum())})
        yield {"name": dimension.name, "members": members}


def _rates(done: ProtectedTable) -> list[dict[str, Any]]:
    return [
        {"name": name, **{one.name.lower(): int((codes == one).sum()) for one in RateReason}}
        for (name, _), codes in zip(done.demand.rates, done.rates, strict=True)
    ]
