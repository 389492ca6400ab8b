"""The commands `ytemo protect` and `ytemo audit`: a table with its rules, or a raw linear system, in files.

The compiled code behind them loads slowly, so that it is loaded when one of them runs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from anonymization.system import EFFORT
from datasets.errors import DisclosureRisk, Problem, UsageInvalid
from publishers.standalone.output import check_free
from publishers.standalone.raw_system import RawFiles
from publishers.terminal import reporting

GuaranteeChoice = Literal["interval", "exact"]

TableArgument = Annotated[
    Path | None, typer.Argument(help="A table: CSV, or a .tab file of tau-ARGUS. Absent for a raw linear system.")
]
RulesOption = Annotated[
    Path | None, typer.Option(help="The rules of the table: YAML, or for a .tab file its .rda or .arb file.")
]
CellsOption = Annotated[Path | None, typer.Option(help="The cells of a raw linear system: CSV, plain or .gz.")]
RelationsOption = Annotated[Path | None, typer.Option(help="Its relations: CSV with relation, cell, coefficient.")]
OutOption = Annotated[
    Path,
    typer.Option(help="Where the result goes, which must not exist: a folder for a table, a file for a raw system."),
]
GuaranteeOption = Annotated[
    GuaranteeChoice | None,
    typer.Option(
        help="interval: readers cannot bound a sensitive cell too tightly (the default); exact: they can only not work"
        " it out exactly."
    ),
]
RawCost = Literal["value", "count", "information"]
CostOption = Annotated[
    RawCost | None,
    typer.Option(
        help="What withholding a cell of a raw system costs; without it, its information for intervals and its value"
        " for exact protection. A column cost wins."
    ),
]
ToleranceOption = Annotated[
    float | None,
    typer.Option(
        min=0.0,
        max=0.01,
        help="By which part of it a sum of a raw system may fail to add up; when absent 0 for whole numbers, 0.001 for"
        " values with decimals.",
    ),
]
SeedOption = Annotated[
    int | None, typer.Option(min=0, help="The seed of random choices; the same gives the same result. 0 when absent.")
]
EffortOption = Annotated[
    int,
    typer.Option(
        min=0,
        help="How hard to look for a cheaper protection, and for the proof that there is none, reckoned from the work"
        " done so that every machine finds the same; 0 takes the first one.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]


def register(app: typer.Typer) -> None:
    """Add both commands to the command line."""
    app.command()(protect)
    app.command()(audit)


def protect(
    table: TableArgument = None,
    *,
    out: OutOption,
    rules: RulesOption = None,
    cells: CellsOption = None,
    relations: RelationsOption = None,
    guarantee: GuaranteeOption = None,
    cost: CostOption = None,
    tolerance: ToleranceOption = None,
    seed: SeedOption = None,
    effort: EffortOption = EFFORT,
    safety_rule: Annotated[
        str,
        typer.Option(help="For a .tab file: its safety rules, such as FREQ(3,10)|NK(1,85); its statuses if absent."),
    ] = "",
    apriori: Annotated[
        Path | None, typer.Option(help="For a .tab file: decisions about single cells, an .hst file.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Protect a table, or any linear system of cells, without a dataset and a store.

    A table gives a folder with the safe table, the report and files for tau-ARGUS; a raw system gives a file with the
    status of each cell: published, primary or secondary.
    """
    with reporting(json_output=json_output) as terminal, _work() as work:
        _check_inputs(table, rules, cells, relations)
        _check_options(
            {"--safety-rule": bool(safety_rule), "--apriori": apriori is not None},
            {"--cost": cost is not None, "--tolerance": tolerance is not None},
            of_table=table is not None,
        )
        check_free(out)
        if table is not None and rules is not None:
            from publishers.standalone.table_commands import TableChoice, protect_file  # noqa: PLC0415

            choice = TableChoice(table, rules, out, guarantee, seed, effort, safety_rule, apriori)
            terminal.result(*protect_file(choice, terminal, work))
        elif cells is not None and relations is not None:
            from publishers.standalone.raw_commands import RawChoice, protect_raw  # noqa: PLC0415

            wanted = guarantee or "interval"
            usual: RawCost = "value" if wanted == "exact" else "information"
            files = RawFiles(cells, relations, cost or usual, tolerance)
            raw = RawChoice(files, wanted, seed or 0, effort)
            terminal.result(*protect_raw(raw, out, terminal, work))


def audit(
    *,
    cells: Annotated[Path, typer.Option(help="The cells of a raw linear system: CSV, plain or .gz.")],
    relations: Annotated[Path, typer.Option(help="Its relations: CSV with relation, cell, coefficient.")],
    pattern: Annotated[Path, typer.Option(help="Which cells are withheld: CSV with the columns cell, status.")],
    guarantee: GuaranteeOption = None,
    tolerance: ToleranceOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the range and verdict of each withheld cell go; must not exist.")
    ] = None,
    json_output: JsonOption = False,
) -> None:
    """Attack a pattern of withheld cells: what readers can learn of each of them, and from which relations.

    The exit code is 30 where a cell is not safe.
    """
    with reporting(json_output=json_output) as terminal, _work() as work:
        from publishers.standalone.raw_commands import RawChoice, audit_raw  # noqa: PLC0415

        if out is not None:
            check_free(out)
        raw = RawChoice(RawFiles(cells, relations, "information", tolerance), guarantee or "interval")
        value, text, problems = audit_raw(raw, pattern, out, terminal, work)
        if problems:
            raise DisclosureRisk(text, problems=problems)
        terminal.result(value, text)


@contextmanager
def _work() -> Iterator[Path]:
    """A folder for what is decompressed and decoded, gone at the end whatever happens."""
    with tempfile.TemporaryDirectory(prefix="ytemo-") as folder:
        yield Path(folder)


def _check_inputs(table: Path | None, rules: Path | None, cells: Path | None, relations: Path | None) -> None:
    for given, other, needs in (
        (table, rules, ("TABLE", "--rules")),
        (cells, relations, ("--cells", "--relations")),
    ):
        if (given is None) != (other is None):
            problem = Problem(needs[1] if other is None else needs[0], "is missing", f"give {' and '.join(needs)}")
            raise UsageInvalid("Something is missing", problems=[problem])
    if (table is None) == (cells is None):
        rule = "is a table and a raw system at once" if table is not None else "is missing"
        problem = Problem("the input", rule, "give TABLE and --rules, or --cells and --relations")
        raise UsageInvalid("It is not clear what to protect", problems=[problem])


def _check_options(of_tables: dict[str, bool], of_systems: dict[str, bool], *, of_table: bool) -> None:
    """An option that bears on nothing would be left out in silence."""
    wrong = [name for name, there in (of_systems if of_table else of_tables).items() if there]
    if not wrong:
        return
    what, remedy = "a .tab file", "leave it out, or mark sensitive cells as primary"
    if of_table:
        keys = {"--cost": "cost: below safety", "--tolerance": "tolerance:"}
        what, remedy = "a raw system", f"say {' and '.join(keys[name] for name in wrong)} in the rules of the table"
    verb = "is" if len(wrong) == 1 else "are"
    problem = Problem(", ".join(wrong), f"{verb} for {what}", remedy)
    raise UsageInvalid("An option is for another kind of input", problems=[problem])


if __name__ == "__main__":
    raise SystemExit("These are some of the commands of ytemo: run ytemo, or python -m portal.start")
