"""Short questions about tables in memory are answered where they arrive: with the same bytes, as carefully."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from datasets import fingerprint
from datasets.errors import QueryInvalid, ReleaseWithdrawn, VerificationFailed, YtemoError
from datasets.text import Bilingual
from portal.public.app import PortalOptions, create_app
from portal.public.measured_work import paid_by
from portal.public.table_answers import TableAnswer, TableAnswers
from portal.public.table_questions import TableQuestion
from portal.query import tables
from tests.support.releases import EMBARGO, NOW, DemoStore, make_demo_store

CUBE = TableQuestion("notifiable-diseases", "by-month", "data", ())
REGISTER = TableQuestion("licensed-facilities", "register", "data", ())
ASKED = {
    "one cell": (CUBE, "province=01&month=2024-01&sex=F"),
    "a page": (CUBE, "group=province,month&limit=3"),
    "sums": (CUBE, "month__lte=2024-02&group=sex&select=cases"),
    "the largest": (CUBE, "group=province,month&order=-cases&limit=5"),
    "with labels": (CUBE, "group=province&lang=vi&format=csv&header=vi&bom=true"),
    "lines": (CUBE, "group=province&format=jsonl"),
    "of an edition": (CUBE, "release=2023&group=province"),
    "of a day": (CUBE, "as_of=2025-01-10&group=province"),
    "what is not withheld": (CUBE, "group=province,month&cases__gte=10"),
    "one facility": (REGISTER, "licence_number=00007/SYT-GPHĐ"),
    "a page of facilities": (REGISTER, "limit=2"),
    "facilities by name": (REGISTER, "group=name&aggregate=count"),
    "facilities by beds": (REGISTER, "order=-beds&limit=3"),
}


@dataclass
class Answering:
    """A store, the answers over it, and the day."""

    demo: DemoStore
    day: list[datetime]

    def tables(self) -> TableAnswers:
        """Return new answers that remember nothing."""
        app = create_app(PortalOptions(self.demo.root, self.demo.public_key), self.demo.releases)
        found: TableAnswers = app.state.services.tables
        return found


@pytest.fixture(autouse=True)
def _written_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was written this moment may still be written to, and would be hashed each time that it is asked."""
    monkeypatch.setattr(fingerprint, "COARSEST_CLOCK", 0)


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Answering:
    return made(tmp_path_factory.mktemp("at-once"))


def made(folder: Path) -> Answering:
    day = [NOW]
    return Answering(make_demo_store(folder / "data", now=lambda: day[0]), day)


def asked(table: TableQuestion, parameters: str) -> TableQuestion:
    return replace(table, parameters=tuple(parse_qsl(parameters)))


def outcome(answer: Callable[[], TableAnswer | None]) -> tuple[object, ...]:
    try:
        found = answer()
    except YtemoError as error:
        return type(error), error.message, error.problems
    assert found is not None, "it is left to a thread"
    return dict(found.headers), found.media_type, found.body


@pytest.mark.parametrize("name", ASKED)
def test_answers_are_the_same_whoever_gives_them(answering: Answering, name: str) -> None:
    question = asked(*ASKED[name])
    by_thread = outcome(answering.tables().submit(question).result)
    assert isinstance(by_thread[0], dict), by_thread
    answers = answering.tables()
    assert answers.at_once(question) is None, "nothing has been read yet"
    # Another question about the same release.
    named = [each for each in question.parameters if each[0] in {"release", "as_of"}]
    answers.submit(replace(question, parameters=(*named, ("limit", "1000"), ("format", "csv")))).result()
    assert outcome(lambda: answers.at_once(question)) == by_thread


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [("limit=0", "limit"), ("offset=x", "offset"), ("limit=0&sex=F", "limit"), ("after=garbled", "after")],
)
def test_bad_questions_are_refused_alike(answering: Answering, parameters: str, rule: str) -> None:
    question = asked(CUBE, parameters)
    answers = answering.tables()
    answers.submit(CUBE).result()
    refused = outcome(lambda: answers.at_once(question))
    assert refused[0] is QueryInvalid
    assert rule in str(refused[-1])
    assert refused == outcome(answers.submit(question).result)


@pytest.mark.parametrize(
    "parameters",
    [
        "province=nowhere",
        "format=xlsx",
        "format=parquet",
        "where=" + " or ".join(["cases > 10"] * 40),
        "release=2024.1",
    ],
)
def test_long_work_is_left_to_threads(answering: Answering, parameters: str) -> None:
    answers = answering.tables()
    answers.submit(CUBE).result()
    assert answers.at_once(CUBE) is not None
    assert answers.at_once(asked(CUBE, parameters)) is None


@pytest.mark.parametrize("limit", ["FEW_LOOKED_AT", "FEW_ROWS"])
@pytest.mark.parametrize("table", [CUBE, REGISTER])
def test_so_many_cells_or_rows_are_looked_at(
    answering: Answering, monkeypatch: pytest.MonkeyPatch, table: TableQuestion, limit: str
) -> None:
    answers = answering.tables()
    answers.submit(asked(table, "limit=1000")).result()
    monkeypatch.setattr(tables, limit, 2)
    one = "licence_number=00007/SYT-GPHĐ"
    parameters = {"by-month": ("province=01&group=sex", "group=province,sex"), "register": (one, "limit=5")}
    few, many = parameters[table.table]
    assert answers.at_once(asked(table, few)) is not None
    assert answers.at_once(asked(table, many)) is None


@pytest.mark.parametrize(
    "question",
    [asked(CUBE, "province__in=01,22&month__lte=2024-03&group=sex&select=cases"), asked(REGISTER, "aggregate=count")],
)
def test_many_that_come_to_few_are_few(
    answering: Answering, monkeypatch: pytest.MonkeyPatch, question: TableQuestion
) -> None:
    answers = answering.tables()
    answers.submit(asked(question, "limit=1000")).result()
    monkeypatch.setattr(tables, "FEW_ROWS", 2)
    assert answers.at_once(question) is not None


def test_a_file_that_was_changed_is_looked_at_by_a_thread(tmp_path: Path) -> None:
    answering = made(tmp_path)
    answers = answering.tables()
    answers.submit(CUBE).result()
    assert answers.at_once(asked(CUBE, "sex=F")) is not None
    release = answering.demo.releases.latest(CUBE.dataset)
    path = answering.demo.releases.file(release, "data/by-month.parquet").path
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert answers.at_once(asked(CUBE, "sex=M")) is None
    with pytest.raises(VerificationFailed):
        answers.submit(asked(CUBE, "sex=M")).result()


def test_a_release_that_comes_out_is_read_by_a_thread_first(tmp_path: Path) -> None:
    answering = made(tmp_path)
    answers = answering.tables()
    answers.submit(CUBE).result()
    answering.day[0] = EMBARGO
    assert answers.at_once(CUBE) is None
    newest = answers.submit(CUBE).result()
    assert newest.headers["Ytemo-Release"] == "notifiable-diseases 2025.1"
    assert answers.at_once(CUBE) == newest


def test_a_release_that_is_withdrawn_is_not_answered_from_memory(tmp_path: Path) -> None:
    answering = made(tmp_path)
    answers, pinned = answering.tables(), asked(CUBE, "release=2024.2&sex=F")
    answers.submit(pinned).result()
    assert answers.at_once(pinned) is not None
    reason = Bilingual(vi="Sai.", en="Wrong.")
    now = datetime(2026, 3, 2, tzinfo=UTC)
    demo = answering.demo
    demo.store.withdraw("notifiable-diseases", "2024", 2, reason=reason, signer=demo.signer, now=now)
    with pytest.raises(ReleaseWithdrawn):
        answers.at_once(pinned)


def test_what_is_answered_at_once_is_paid_for(answering: Answering) -> None:
    answers = answering.tables()
    answers.submit(CUBE).result()
    paid: list[float] = []
    with paid_by(paid.append):
        answers.at_once(asked(CUBE, "sex=F"))
    assert len(paid) == 1
    assert paid[0] > 0
