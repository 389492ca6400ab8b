"""The catalog's commands: build an index of the public releases, search it, and measure the search on a corpus."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from catalog.collection import collect, stamp_of_all, with_others
from catalog.evaluation import Evaluation, evaluate, read_corpus, read_questions
from catalog.harvest.store import harvest_folder
from catalog.index import build_index
from catalog.others import Others
from catalog.quality.reading import lasting_quality
from catalog.search import SearchRequest, open_catalog
from datasets.public_releases import PublicReleases
from datasets.settings import Settings
from datasets.text import Language

app = typer.Typer(no_args_is_help=True, help="Find datasets: search the catalog and measure the search.")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


DataDirOption = Annotated[Path | None, typer.Option(help="The release store; YTEMO_DATA_DIR when absent.")]
IndexOption = Annotated[
    Path | None, typer.Option(help="The folder of the index; derived/catalog in the release store when absent.")
]


@app.command("build")
def build_command(data_dir: DataDirOption = None, index: IndexOption = None) -> None:
    """Build the index of all public releases and harvested records, and make it the current one."""
    settings = _settings(data_dir)
    releases = PublicReleases(settings.data_dir, settings.public_key)
    others = Others(harvest_folder(settings.data_dir), settings.base_url)
    stamp = stamp_of_all(releases, others)
    found = with_others(collect(releases, lasting_quality(releases)), others)
    generation = build_index(found.records, index or index_folder(settings), stamp=stamp)
    for problem in found.problems:
        Console(stderr=True, emoji=False).print(f"left out: {escape(str(problem))}")
    Console(emoji=False).print(f"{_counted(generation.records)} in {escape(str(generation.path))}")


@app.command("search")
def search_command(
    text: Annotated[str, typer.Argument(help="What to look for, in Vietnamese or English, with or without marks.")],
    data_dir: DataDirOption = None,
    index: IndexOption = None,
    lang: Annotated[Language, typer.Option(help="The language of the titles.")] = "vi",
    as_json: JsonOption = False,
) -> None:
    """Search the catalog and print the first hits with their scores."""
    results = open_catalog(index or index_folder(_settings(data_dir))).search(SearchRequest(text, lang=lang))
    if as_json:
        hits = [{"id": hit.record.id, "score": hit.score, "title": hit.record.title.of(lang)} for hit in results.hits]
        _print_json({"total": results.total, "hits": hits, "suggestion": results.suggestion})
        return
    console = Console(emoji=False)
    if results.suggestion:
        console.print(f"Read as: {escape(results.suggestion)}")
    for hit in results.hits:
        console.print(f"{hit.score:8.3f}  [bold]{escape(hit.record.id)}[/bold]  {escape(hit.record.title.of(lang))}")
    console.print(_counted(results.total))


@app.command("evaluate")
def evaluate_command(
    records: Annotated[Path, typer.Argument(help="The corpus: a JSON list of records.")],
    queries: Annotated[Path, typer.Argument(help="CSV with the columns query and expected_ids, separated by |.")],
    as_json: JsonOption = False,
) -> None:
    """Build an index of a corpus, ask every query and print hit@1, MRR, recall@5 and the misses.

    hit@1: share of queries whose first hit is expected. MRR: mean of 1 / rank of the first expected hit, 0 where none.
    recall@5: mean share of the expected datasets among the first five hits.
    """
    with tempfile.TemporaryDirectory(prefix="ytemo-evaluate-") as folder:
        build_index(read_corpus(records), Path(folder))
        catalog = open_catalog(Path(folder))
        found = evaluate(catalog, read_questions(queries))
    if as_json:
        _print_json(found.as_json())
    else:
        _print_figures(found)


def harvest_command(
    sources: Annotated[Path, typer.Argument(help="The list of catalogs to harvest (YAML).")],
    data_dir: DataDirOption = None,
    only: Annotated[list[str] | None, typer.Option(help="The id of a source to harvest; all when absent.")] = None,
    *,
    everything: Annotated[bool, typer.Option("--everything", help="Ask for all records, not what changed.")] = False,
    accept_fewer: Annotated[
        bool, typer.Option("--accept-fewer", help="Believe a source that lists less than half of what it did.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Harvest the records of other catalogs; their data stays where it is."""
    # The RDF library takes a second to load; other commands need it not.
    from catalog.harvest.command import Conditions, harvest_all  # noqa: PLC0415

    root = _settings(data_dir).data_dir
    folder = harvest_folder(root)
    is_new = not (root / "releases").is_dir() and not folder.is_dir()
    conditions = Conditions(everything=everything, accept_fewer=accept_fewer)
    code = harvest_all(sources, folder, conditions, only=only or (), as_json=as_json)
    if is_new:
        typer.echo(f"{root} is no release store yet. If there should be one, --data-dir is misspelt.", err=True)
    if code:
        raise typer.Exit(code)


def quality_command(
    dataset: Annotated[str, typer.Argument(help="The dataset's id; all of them when absent.")] = "",
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show how well each dataset is described and kept, the worst first, and what to do about it."""
    from catalog.quality.command import as_json as in_json  # noqa: PLC0415
    from catalog.quality.command import judge_all, lines  # noqa: PLC0415

    settings = _settings(data_dir)
    releases = PublicReleases(settings.data_dir, settings.public_key)
    told = judge_all(releases, (dataset,) if dataset else releases.datasets())
    if as_json:
        _print_json(in_json(told, releases.today()))
        return
    console = Console(emoji=False, highlight=False)
    for line in lines(told):
        console.print(escape(line), soft_wrap=True)
    for problem in told.problems:
        Console(stderr=True, emoji=False).print(f"left out: {escape(str(problem))}")


def index_folder(settings: Settings) -> Path:
    """Return where the index of a release store is kept."""
    return settings.data_dir / "derived" / "catalog"


def _settings(data_dir: Path | None) -> Settings:
    return Settings.for_command(os.environ, data_dir)


def _counted(datasets: int) -> str:
    return "1 dataset" if datasets == 1 else f"{datasets} datasets"


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")


def _print_figures(found: Evaluation) -> None:
    console = Console(emoji=False)
    figures = found.as_json()
    console.print(f"queries {found.queries}, without results {found.without_results}")
    for name, meaning in figures["definitions"].items():
        console.print(f"{name:9} {figures[name]:.4f}  ({meaning})", highlight=False)
    for miss in found.misses:
        expected, got = " ".join(miss.expected), " ".join(miss.got) or "nothing"
        console.print(f"miss: {escape(miss.query)}\n  expected {escape(expected)}\n  got      {escape(got)}")


if __name__ == "__main__":
    raise SystemExit("These are some of the commands of ytemo: run ytemo, or python -m portal.start")
