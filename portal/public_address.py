"""The public address of the portal, for commands that send it to others."""

from __future__ import annotations

from datasets.errors import Problem, SettingInvalid
from datasets.settings import Settings
from portal.shared.links import Links


def public_links(settings: Settings, why: str) -> Links:
    """Return links to the portal's own address; raise SettingInvalid, with the reason ``why``, without one."""
    if settings.base_url:
        return Links(settings.base_url)
    remedy = "set it to the address of this portal, such as https://data.example.gov.vn"
    problem = Problem("YTEMO_BASE_URL", f"must be set: {why}", remedy)
    raise SettingInvalid("What is sent would lead nowhere", problems=[problem])
