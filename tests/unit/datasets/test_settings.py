"""Which web servers are believed when they say who calls: addresses and networks alone."""

from __future__ import annotations

import pytest

from datasets.errors import SettingInvalid
from datasets.settings import Settings


@pytest.mark.parametrize("proxies", ["*", "proxy.example", "10.0.0.1/8", "10.0.0.1;10.0.0.2", "10.0.0.1, *"])
def test_what_is_no_address_cannot_be_trusted(proxies: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        Settings.from_env({"YTEMO_TRUSTED_PROXIES": proxies})
    (problem,) = caught.value.problems
    assert problem.place == "YTEMO_TRUSTED_PROXIES"
    assert "must be addresses or networks" in problem.rule


@pytest.mark.parametrize("proxies", ["", "10.0.0.1", "10.0.0.0/8, 2001:db8::/32,::1"])
def test_addresses_and_networks_can(proxies: str) -> None:
    assert Settings.from_env({"YTEMO_TRUSTED_PROXIES": proxies}).trusted_proxies == proxies


def test_by_default_only_this_machine_is_trusted() -> None:
    assert Settings().trusted_proxies == "127.0.0.1,::1"
