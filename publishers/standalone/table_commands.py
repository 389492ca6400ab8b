"""Protecting a table file by its rules, into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anonymization.policies import resolve_safety
from anonymization.system import EFFORT
from datasets.disclosure import RULE_KEYS, Guarantee
from datasets.errors import DisclosureRuleInvalid, Problem, UsageInvalid
from publishers.standalone.argus.batch import check_batch, read_batch
from publishers.standalone.argus.safety import parse_safety
from publishers.standalone.argus.tables import ArgusFiles, read_argus
from publishers.standalone.output import write_folder
from publishers.standalone.results import SAFE_TABLE, write_results
from publishers.standalone.rules_file import TableRules, load_rules
from publishers.standalone.table_file import read_table_input
from publishers.standalone.table_input import TableInput
from publishers.standalone.table_protection import Demand, protect_table
from publishers.terminal import Terminal


@dataclass(frozen=True)
class TableChoice:
    """A table, its rules, and what the command line says besides."""

    table: Path
    rules: Path
    out: Path
    guarantee: Guarantee | None = None
    seed: int | None = None
    effort: int = EFFORT
    safety_rule: str = ""
    apriori: Path | None = None


def protect_file(choice: TableChoice, terminal: Terminal, work: Path) -> tuple[dict[str, Any], str]:
    """Protect a table, write its folder, and return what to tell of it."""
    terminal.progress("Reading the table")
    own = None if choice.rules.suffix.lower() in (".rda", ".arb") else _own_rules(choice)
    if own is not None and own.perturbation is not None:
        from publishers.standalone.changed_counts import change_file  # noqa: PLC0415 (only this way needs it)

        _check_no_other_options(choice)
        return change_file(choice.table, own, own.perturbation, (choice.rules.parent, choice.out), work=work)
    if own is None:
        table, demand, title = _argus(choice, work)
    else:
        table, demand, title = _own(choice, own, work)
    terminal.progress(f"Protecting {len(table) * len(table.measures):,} cells ({demand.guarantee})")
    done = protect_table(table, demand)
    written: dict[str, Any] = {}
    terminal.progress("Writing the safe table and its report")
    write_folder(choice.out, lambda folder: written.update(write_results(folder, done, title)))
    value = {
        key: written[key] for key in ("guarantee", "seed", "cells", "primary", "secondary", "cost", "bound", "gap")
    }
    value["notes"] = [{"vi": one.vi, "en": one.en} for one in table.undeclared]
    text = (
        f"{written['cells'] - written['withheld']:,} of {written['cells']:,} cells may be published;"
        f" {_so_many(written['primary'])} sensitive and {_so_many(written['secondary'])} withheld besides."
        f" The safe table is {choice.out / SAFE_TABLE}; read {choice.out / 'report.html'} and keep it inside."
        + "".join(f"\nNote: {one.en}" for one in table.undeclared)
    )
    return {"out": str(choice.out), **value}, text


def _so_many(cells: int) -> str:
    return f"{cells:,} {'is' if cells == 1 else 'are'}"


_Read = tuple[TableInput, Demand, dict[str, str] | None]


def _own_rules(choice: TableChoice) -> TableRules:
    if choice.safety_rule or choice.apriori is not None:
        problem = Problem(
            "--safety-rule, --apriori", "are for .tab files with their .rda", "write rules into the YAML file"
        )
        raise UsageInvalid("Two kinds of rules are given", problems=[problem])
    return load_rules(choice.rules)


def _check_no_other_options(choice: TableChoice) -> None:
    given = {"--guarantee": choice.guarantee is not None, "--seed": choice.seed is not None}
    named = [name for name, there in given.items() if there]
    if named:
        problem = Problem(", ".join(named), "is about withheld cells, and the rules change counts", "leave it out")
        raise UsageInvalid("An option is for another kind of protection", problems=[problem])


def _own(choice: TableChoice, rules: TableRules, work: Path) -> _Read:
    assert rules.safety is not None, "rules without perturbation have safety"
    safety = resolve_safety(rules.safety)
    if not rules.rates and not any(getattr(safety, key) for key in RULE_KEYS if key != "denominators"):
        problem = Problem(
            "safety", "its rules are about rates, and the table has none", "add rates:, or a rule frequency"
        )
        raise DisclosureRuleInvalid("Nothing would be protected", problems=[problem])
    folder = choice.rules.parent
    table = read_table_input(choice.table, rules, folder=folder, work=work)
    seed = rules.seed if choice.seed is None else choice.seed
    guarantee = choice.guarantee or safety.guarantee
    alone = rules.singletons == "protect"
    demand = Demand((safety,), guarantee, seed, choice.effort, tuple(rules.rates.items()), alone)
    return table, demand, None if rules.title is None else rules.title.model_dump()


def _argus(choice: TableChoice, work: Path) -> _Read:
    batch = None
    metadata, apriori, safety_rule = choice.rules, choice.apriori, choice.safety_rule
    if choice.rules.suffix.lower() == ".arb":
        batch = read_batch(choice.rules, work=work)
        metadata, apriori = batch.metadata, choice.apriori or batch.apriori
        safety_rule = choice.safety_rule or batch.safety_rule
    argus = parse_safety(safety_rule)
    table = read_argus(ArgusFiles(choice.table, metadata, apriori, argus.margin), work=work)
    if batch is not None:
        names = tuple(one.name for one in table.dimensions)
        check_batch(batch, names, table.measures[0].name, choice.rules.name)
    if not argus.rules and (table.decided is None or not table.decided.unsafe.any()):
        rule = "no safety rule is given, and neither a status nor an a-priori file marks a cell as unsafe"
        problem = Problem("--safety-rule", rule, "give one, such as FREQ(3,10)")
        raise DisclosureRuleInvalid("Nothing would be protected", problems=[problem])
    return table, Demand(argus.rules, choice.guarantee or "interval", choice.seed or 0, choice.effort), None
