"""The folder of data that lies beside every checkout of the project."""

from __future__ import annotations

from pathlib import Path

SHARED = Path(__file__).resolve().parents[3] / "shared"

if not SHARED.is_dir():
    raise FileNotFoundError(f"{SHARED}: the shared data must lie beside the project, in a folder named shared")
