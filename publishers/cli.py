"""The commands of those who publish: check definitions, build, publish, withdraw and verify."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from resource import RLIMIT_AS, getrlimit
from typing import Annotated

import typer

from datasets.definition_files import LoadedDefinition, builtin_definitions, load_definition
from datasets.errors import Problem, SettingInvalid, VerificationFailed
from datasets.public_releases import PublicReleases
from datasets.release import DisclosureSummary
from datasets.release_store import ReleaseStore
from datasets.settings import Settings
from datasets.signing import PublicKey, Signer
from datasets.store_keys import open_signer
from datasets.store_layout import StoreLayout
from datasets.verification import verify_package, verify_store
from publishers import job as jobs
from publishers.arguments import (
    checked_edition,
    edition_and_version,
    embargo_of,
    is_store,
    kept_head,
    key_for,
    reason_of,
)
from publishers.cautions import of_definition, of_noise
from publishers.definition_lines import naming_lines
from publishers.definition_review import check_disclosure, review
from publishers.limits import JobLimits, check_addresses
from publishers.outcomes import as_value, describe, left_out
from publishers.package.contents import Package
from publishers.previews import StorePlace, without_store
from publishers.privacy_budgets import Budgets
from publishers.protection_costs import as_values, in_words
from publishers.release_checks import advice_on, checks_of
from publishers.revised_totals import in_words as totals_in_words
from publishers.standalone.cli import register
from publishers.steps import extracted_source
from publishers.terminal import Terminal, exit_code, reporting

__all__ = ["app", "exit_code"]

app = typer.Typer(no_args_is_help=True, help="Publish open health data.", pretty_exceptions_enable=False)
definitions = typer.Typer(no_args_is_help=True, help="Work with dataset definitions.")
app.add_typer(definitions, name="definitions")
register(app)

_REPACKED = (
    "Another program packed this ZIP file: its files were checked against the signed manifest, the rest was not."
)
SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"

DefinitionArgument = Annotated[str, typer.Argument(help="A folder with a dataset.yaml, or the id of a built-in one.")]
EditionOption = Annotated[str, typer.Option(help="The reference period to publish, such as 2026 or 2026-03.")]
DataDirOption = Annotated[Path | None, typer.Option(help="The release store; YTEMO_DATA_DIR when absent.")]
InputOption = Annotated[
    Path | None, typer.Option("--input", help="The folder of the source files; the definition's own when absent.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")]
EmbargoOption = Annotated[
    str | None,
    typer.Option(metavar="MOMENT", help="The moment before which nobody sees it, in UTC, such as 2027-03-01T02:00."),
]
SameOption = Annotated[
    str,
    typer.Option("--same-as", metavar="EDITION", help="The edition whose numbers this one truly has as well."),
]
HeadOption = Annotated[
    str | None,
    typer.Option("--head", help="A head.json or an envelope's SHA-256, noted earlier: the store must hold it."),
]
KeyOption = Annotated[Path | None, typer.Option(help="The public key to check with; the store's own when absent.")]


def settings_for(data_dir: Path | None) -> Settings:
    """Read the settings; ``data_dir`` from the command line wins."""
    return Settings.for_command(os.environ, data_dir)


@definitions.command("check")
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Definitions to check; the built-in ones when absent.")
    ] = None,
    *,
    json_output: JsonOption = False,
) -> None:
    """Check definitions with their code lists, methods and disclosure rules."""
    with reporting(json_output=json_output) as terminal:
        Settings.from_env(os.environ)  # none is needed, but a misspelt one is told
        checked = [load_definition(Path(path)) for path in paths or map(str, builtin_definitions())]
        for loaded in checked:
            review(loaded)
        ids = [loaded.definition.id for loaded in checked]
        warnings = [warning for loaded in checked for warning in (*of_definition(loaded.definition), *of_noise(loaded))]
        terminal.warn(warnings)
        value = {"checked": ids, "warnings": list(map(str, warnings))}
        terminal.result(value, "\n".join(f"{name}: fine" for name in ids))


@app.command()
def build(
    definition: DefinitionArgument,
    *,
    edition: EditionOption,
    output: Annotated[Path, typer.Option(help="The folder to put the package into; must not exist.")],
    data_dir: DataDirOption = None,
    source: InputOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make the package of an edition without publishing it; what the store already holds is reckoned with.

    Name the store that it will be published in: without it, other cells may be withheld than will be.
    """
    with reporting(json_output=json_output) as terminal:
        settings = settings_for(data_dir)
        if output.exists():
            problem = Problem("--output", "must not exist yet", "name a new folder")
            raise SettingInvalid("The package would overwrite a folder", problems=[problem])
        with _job(settings, terminal, definition, edition, source) as job:
            place = _place_of(settings, data_dir)
            built = jobs.preview(job, place.store())
            without = without_store(place, job.loaded.definition)
            built = replace(built, warnings=(*without, *built.warnings))
            foretold = _foretell(terminal, job, built.package)
            _move(built.package.folder, output)
        _tell(terminal, built, built.package.description.disclosure)
        value = {
            "package": str(output),
            "files": len(built.package.files),
            "left_out": built.bad_rows,
            "problems": list(map(str, built.problems)),
            "warnings": list(map(str, built.warnings)),
            **foretold,
            "protection": as_values(built.costs),
        }
        done = f"The package is in {output}. It is not signed and not published."
        terminal.result(value, " ".join([done, *left_out(built)]))


def _place_of(settings: Settings, data_dir: Path | None) -> StorePlace:
    given = "--data-dir" if data_dir is not None else "YTEMO_DATA_DIR" if "YTEMO_DATA_DIR" in os.environ else ""
    return StorePlace(
        folder=settings.data_dir, public_key=settings.public_key, signing_key=settings.signing_key, named=given
    )


def _tell(terminal: Terminal, done: jobs.Built | jobs.Outcome, disclosure: DisclosureSummary | None) -> None:
    """Print what stopped nothing and yet should be looked at: rows left out, what protection cost, and warnings."""
    for problem in done.problems:
        terminal.note(f"Left out: {problem}")
    if disclosure is not None and disclosure.rules.method == "suppression":
        for sentence in in_words(done.costs):
            terminal.note(sentence)
    if done.revised:
        terminal.note(totals_in_words(done.revised))
    terminal.warn(done.warnings)


def _foretell(terminal: Terminal, job: jobs.Job, package: Package) -> dict[str, list[str]]:
    """Say what publishing the package would be refused for, and what could be better; return it for machines."""
    refusals = list(map(str, job.check(package.description, package.files, package.changes)))
    advice = list(map(str, advice_on(package.description, package.folder)))
    for each in refusals:
        terminal.note(f"Would be refused when published: {each}")
    for each in advice:
        terminal.note(f"Could be better: {each}")
    return {"refusals": refusals, "advice": advice}


def _move(folder: Path, output: Path) -> None:
    """Put a finished package in its place, whole: from another disk it is copied beside it first."""
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.rename(output)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            shutil.copytree(folder, part)
            part.rename(output)
    except (OSError, shutil.Error) as error:
        shutil.rmtree(part, ignore_errors=True)
        rule = f"cannot be written: {getattr(error, 'strerror', None) or 'the copy was refused'}"
        problem = Problem(f"--output {output}", rule, "make room, or name a folder that you may write to")
        raise SettingInvalid("The package cannot be put there", problems=[problem]) from None


@app.command()
def publish(
    definition: DefinitionArgument,
    *,
    edition: EditionOption,
    data_dir: DataDirOption = None,
    source: InputOption = None,
    embargo: EmbargoOption = None,
    same_as: SameOption = "",
    json_output: JsonOption = False,
) -> None:
    """Publish an edition: read, tabulate, protect, attack, pack, sign."""
    with reporting(json_output=json_output) as terminal:
        settings, moment = settings_for(data_dir), embargo_of(embargo, datetime.now(UTC))
        outcome = publish_edition(
            settings, terminal, definition, edition, source=source, embargo=moment, same_as=same_as
        )
        _tell(terminal, outcome, outcome.manifest.description.disclosure)
        terminal.result(as_value(outcome, settings.data_dir), describe(outcome, settings.data_dir))


def publish_edition(
    settings: Settings,
    terminal: Terminal,
    definition: str,
    edition: str,
    *,
    source: Path | None = None,
    embargo: datetime | None = None,
    same_as: str = "",
) -> jobs.Outcome:
    """Run one publication job with the store and key of ``settings``."""
    with _job(settings, terminal, definition, edition, source) as job:
        created = [path for path in (settings.data_dir / "releases", settings.signing_key) if not path.exists()]
        if created and job.loaded.definition.source is not None:
            # A job that fails leaves no store behind, where its folder was misspelt and the source is not as it should.
            extracted_source(job)
        signer = signer_of(settings)
        if created:
            terminal.note(_created(settings, *created))
        return jobs.publish(
            replace(job, same_as=same_as),
            store=ReleaseStore(settings.data_dir, terminal.commits),
            signer=signer,
            releases=PublicReleases(settings.data_dir, settings.public_key),
            available_from=embargo,
        )


def _created(settings: Settings, *paths: Path) -> str:
    parts = []
    if settings.data_dir / "releases" in paths:
        parts.append(f"{settings.data_dir} is a new release store.")
    if settings.signing_key in paths:
        parts.append(f"Its signing key was made: keep a copy of {settings.signing_key} in a safe place.")
    return " ".join(parts)


def signer_of(settings: Settings) -> Signer:
    """Return the store's signer; a new store gets a new key, one that settings name must be there."""
    if settings.signing_key_file is not None and not settings.signing_key.exists():
        return Signer.from_file(settings.signing_key)
    return open_signer(settings.data_dir, settings.signing_key, settings.public_key)


@contextmanager
def _job(
    settings: Settings, terminal: Terminal, definition: str, edition: str, source: Path | None
) -> Iterator[jobs.Job]:
    check_addresses(getrlimit(RLIMIT_AS)[0])
    loaded = load_definition(Path(definition))
    check_disclosure(loaded)
    checked_edition(edition)
    store = ReleaseStore(settings.data_dir)
    is_new = not settings.data_dir.exists()
    # Editions of one dataset may be of the same people: each has to reckon with what the others publish.
    work = store.stage(loaded.definition.id)
    try:
        job = jobs.Job(
            loaded=loaded,
            edition=edition,
            folder=source or _input_of(loaded),
            work=work,
            limits=JobLimits(settings.job_memory_mb, settings.job_threads, work / "spill"),
            environ=os.environ,
            now=datetime.now(UTC),
            progress=terminal.progress,
            check=checks_of(settings.base_url),
        )
        with naming_lines(loaded):
            yield job
    finally:
        store.discard(work)
        if is_new:
            _remove_empty(store.layout)


def _remove_empty(layout: StoreLayout) -> None:
    """Remove the folder of a store that did not come about; what has anything in it is one, or another job's."""
    with suppress(OSError):
        if [*layout.root.iterdir()] == [layout.staging]:
            layout.staging.rmdir()
            layout.root.rmdir()


def _input_of(loaded: LoadedDefinition) -> Path:
    """Return the definition's own folder; the input of a built-in definition lies with the samples."""
    return SAMPLES if loaded.folder / "dataset.yaml" in _builtin_files() else loaded.folder


def _builtin_files() -> set[Path]:
    return {path if path.name == "dataset.yaml" else path / "dataset.yaml" for path in builtin_definitions()}


@app.command()
def withdraw(
    dataset: Annotated[str, typer.Argument(help="The dataset's id.")],
    release: Annotated[str, typer.Argument(help="Edition and version, such as 2026-03.1.")],
    *,
    reason_vi: Annotated[str, typer.Option(help="Why, in Vietnamese; shown to everybody. Must be given.")] = "",
    reason_en: Annotated[str, typer.Option(help="Why, in English; shown to everybody. Must be given.")] = "",
    data_dir: DataDirOption = None,
    json_output: JsonOption = False,
) -> None:
    """Withdraw a release: it stays listed with its reason, its files are no longer served."""
    with reporting(json_output=json_output) as terminal:
        settings = settings_for(data_dir)
        edition, version = edition_and_version(release)
        reason = reason_of(reason_vi, reason_en)
        withdrawal = ReleaseStore(settings.data_dir, terminal.commits).withdraw(
            dataset,
            edition,
            version,
            reason=reason,
            signer=Signer.from_file(settings.signing_key),
            now=datetime.now(UTC),
        )
        terminal.result(withdrawal.model_dump(mode="json"), f"Withdrawn: {dataset} {release}.")


@app.command()
def budgets(*, data_dir: DataDirOption = None, json_output: JsonOption = False) -> None:
    """Show what releases have spent of the privacy of each population, and what remains."""
    with reporting(json_output=json_output) as terminal:
        settings = settings_for(data_dir)
        accounts = Budgets(StoreLayout(settings.data_dir), Signer.from_file(settings.signing_key)).accounts()
        value = {"populations": [{**one.model_dump(mode="json"), "spent": str(one.spent)} for one in accounts]}
        text = "\n".join(one.description() for one in accounts)
        terminal.result(value, text or "No release has spent of a privacy budget.")


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(help="A release store, or a downloaded package: a zip or a folder.")],
    *,
    public_key: KeyOption = None,
    head: HeadOption = None,
    json_output: JsonOption = False,
) -> None:
    """Check every hash and signature of a store or of one package, and that nothing was taken out of a store."""
    with reporting(json_output=json_output) as terminal:
        Settings.from_env(os.environ)  # none is needed, but a misspelt one is told
        key = key_for(path, public_key)
        kept = kept_head(head, key, of_store=is_store(path))
        report = verify_store(path, key, kept) if is_store(path) else verify_package(path, key)
        if report.failures:
            raise VerificationFailed(f"{path} is not what was signed", problems=report.failures)
        key_id = PublicKey.from_file(key).id
        note = "" if report.sealed else _REPACKED
        if note:
            terminal.note(note)
        value = {"checked": report.checked, "key": key_id, "note": note}
        terminal.result(value, f"{path} is what was signed: {report.checked} files checked with key {key_id}.")


if __name__ == "__main__":
    raise SystemExit("These are some of the commands of ytemo: run ytemo, or python -m portal.start")
