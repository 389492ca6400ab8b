"""An input folder and a work folder, and one call that extracts from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datasets.errors import YtemoError
from datasets.source import Column, Source
from publishers.extract.extract import Extract, extract
from publishers.limits import JobLimits

TWO = {"a": Column(type="integer"), "b": Column(required=False)}


@dataclass
class Intake:
    """The folders of one extraction."""

    folder: Path
    work: Path
    environ: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def run(self, name: str = "", *, columns: dict[str, Column] | None = None, **given: object) -> Extract:
        source = Source.model_validate({"path": name, "columns": columns or TWO, **given})
        limits = JobLimits(memory_mb=256, threads=2, temp=self.work / "spill")
        return extract(source, folder=self.folder, edition="2024", work=self.work, environ=self.environ, limits=limits)

    def rows(
        self, name: str = "", *, columns: dict[str, Column] | None = None, **given: object
    ) -> list[tuple[object, ...]]:
        return table_rows(self.run(name, columns=columns, **given))

    def problems(self, name: str = "", *, columns: dict[str, Column] | None = None, **given: object) -> list[str]:
        """Return the problems of an extraction that must fail, and check that it left nothing half done."""
        with pytest.raises(YtemoError) as caught:
            self.run(name, columns=columns, **given)
        assert not list(self.work.glob("*.parquet"))
        assert not list(self.work.glob("source*"))
        return [str(problem) for problem in caught.value.problems]


def table_rows(found: Extract) -> list[tuple[object, ...]]:
    table = pq.read_table(found.path)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    folder = tmp_path / "in"
    folder.mkdir()
    return Intake(folder, tmp_path / "work")
