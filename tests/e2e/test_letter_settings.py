"""Settings of letters that cannot be used are named, and what they hold is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from portal.cli import app
from tests.support.tiny_releases import new_keys

SITE = "https://data.example.gov.vn"


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"YTEMO_SMTP_URL": "http://hunter2@example.org"}, "YTEMO_SMTP_URL"),
        ({"YTEMO_SMTP_URL": "smtp://hunter2:hunter2@[bad"}, "YTEMO_SMTP_URL"),
        ({"YTEMO_SMTP_URL": "smtp://u:hunter2%0a@example.org"}, "YTEMO_SMTP_URL"),
        ({"YTEMO_SMTP_URL": "smtp://:hunter2@example.org"}, "YTEMO_SMTP_URL"),
        ({"YTEMO_SMTP_URL": "smtp://u:hunter2@example.org/path"}, "YTEMO_SMTP_URL"),
        ({"YTEMO_SMTP_URL": "smtp://u:hunter2@example.org", "YTEMO_MAIL_FROM": "hunter2 <a@b>"}, "YTEMO_MAIL_FROM"),
        ({"YTEMO_SMTP_URL": "smtp://u:hunter2@example.org", "YTEMO_BASE_URL": ""}, "YTEMO_BASE_URL"),
        ({}, "Nobody is to be told"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_quoted(
    tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    new_keys(tmp_path)
    environ = {"YTEMO_DATA_DIR": str(tmp_path), "YTEMO_BASE_URL": SITE, **settings}
    ended = CliRunner().invoke(app, ["notify"], env=environ)
    assert ended.exit_code in (11, 12)
    assert told in ended.stderr
    assert "hunter2" not in ended.stderr
