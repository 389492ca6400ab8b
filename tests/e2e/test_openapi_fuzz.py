"""Two thousand strange requests to everything that the API describes: no failure of ours, no answer undescribed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from portal.public.app import PortalOptions, create_app
from tests.support.publication import Ministry
from tests.support.served import served

ENOUGH = 2_000
# A question that the description allows may still name no field of its table: it is refused with 400, rightly.
NOT_CHECKED = "positive_data_acceptance"


def test_strange_requests_are_answered_as_described(shipped_ministry: Ministry, tmp_path: Path) -> None:
    root = shipped_ministry.root
    app = create_app(PortalOptions(root, root / "public-key.pem"), shipped_ministry.releases)
    with served(app) as address:
        result = subprocess.run(
            [
                str(Path(sys.executable).with_name("st")), "run", f"{address}/api/v1/openapi.json",
                "--checks", "all", "--exclude-checks", NOT_CHECKED, "--max-examples", "95", "--seed", "1",
                "--no-color", "--workers", "1",
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900,
        )  # fmt: skip
    assert result.returncode == 0, result.stdout[-10_000:] + result.stderr[-2_000:]
    (generated,) = re.findall(r"(\d+) generated", result.stdout)
    assert int(generated) >= ENOUGH
