"""The lists that mutation testing goes by name modules, tests and lines that are there."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LISTS = ROOT / "tests" / "mutants"
MODULES: dict[str, list[str]] = tomllib.loads((LISTS / "modules.toml").read_text())["modules"]
EQUIVALENTS: list[dict[str, str]] = tomllib.loads((LISTS / "equivalents.toml").read_text())["equivalent"]


def test_every_module_that_decides_or_attacks_is_measured_by_tests_that_exist() -> None:
    engine = ROOT / "anonymization"
    found = {path for room in ("primary", "secondary") for path in (engine / room).rglob("*.py")}
    found |= set(engine.glob("a[tu]*.py"))
    assert {str(path.relative_to(ROOT)) for path in found if path.read_text()} <= set(MODULES)
    assert all((ROOT / name).exists() for module, tests in MODULES.items() for name in (module, *tests))


def test_every_equivalent_mutant_is_one_of_a_measured_module_and_has_a_reason() -> None:
    for one in EQUIVALENTS:
        assert set(one) == {"module", "before", "after", "reason"}
        assert one["module"] in MODULES
        assert one["before"] != one["after"]
        assert one["reason"]
