"""The dataset of the tutorial, as somebody who follows it would have it: its files are read from the tutorial."""

from __future__ import annotations

import random
import re
from pathlib import Path

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorials" / "first-dataset.md"


def blocks(language: str) -> list[str]:
    """Return what the tutorial shows to be copied in a language: bash, yaml or markdown."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def definition_text() -> str:
    """Return the dataset.yaml that the tutorial shows."""
    (text,) = blocks("yaml")
    return text


def methods_text() -> str:
    """Return the methods.md that the tutorial shows."""
    (text,) = blocks("markdown")
    return text


def write_clinic(folder: Path, *, edition: str = "2026", rows: int = 3_000, seed: int = 1) -> Path:
    """Write the definition, its methods and a source of made-up visits into ``folder``; return ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.yaml").write_text(definition_text(), encoding="utf-8")
    (folder / "methods.md").write_text(methods_text(), encoding="utf-8")
    write_visits(folder / f"visits-{edition}.csv", rows=rows, seed=seed)
    return folder


def write_visits(path: Path, *, rows: int, seed: int = 1) -> None:
    """Write ``rows`` visits of made-up patients, some of whom come again."""
    chance = random.Random(seed)
    lines = ["patient,sex,age"]
    for _ in range(rows):
        patient = chance.randrange(rows * 3 // 4 + 1)
        lines.append(f"p{patient},{'FM'[patient % 2]},{patient * 7 % 97}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
