"""Who sends a key has an allowance of its own, in every dialect; a key that is not known is refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckanapi
import pytest

from portal.public.api_keys import KeyEntry, entry_text, hash_of
from portal.public.app import create_app
from portal.public.metering import CallerLimits
from portal.shared.links import PXWEB
from tests.support.http import client_of
from tests.support.limited_portal import Limited, options
from tests.support.releases import DemoStore
from tests.support.served import served


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.yaml"
    path.write_text(entry_text("clinic-app", KeyEntry(sha256=hash_of("ytemo_right"), per_minute=100, per_day=8)))
    return path


@pytest.fixture
def keyed(demo: DemoStore, keys_file: Path) -> Iterator[Limited]:
    callers = CallerLimits(per_minute=2, at_once=4, keys_file=keys_file)
    app = create_app(options(demo, callers), demo.releases)
    with client_of(app) as client:
        yield Limited(app, client)


@pytest.mark.parametrize("header", [{"authorization": "Bearer ytemo_right"}, {"authorization": "bearer ytemo_right"},
                                    {"x_api_key": "ytemo_right"}])  # fmt: skip
def test_a_key_has_an_allowance_of_its_own(keyed: Limited, header: dict[str, str]) -> None:
    keyed.use_up()
    for _ in range(8):
        answer = keyed.client.get("/api/v1/datasets", **header)
        assert answer.status_code == 200
        assert "ytemo_right" not in str(answer.headers)
    refused = keyed.client.get("/api/v1/datasets?lang=vi", **header)
    assert refused.status_code == 429
    assert "8 đơn vị công việc" in refused.json()["detail"]
    # 1,800,000,000 is 15 January 2027, 15:00 in Viet Nam.
    assert refused.headers["retry-after"] == str(9 * 3600)
    assert '"day";q=8;w=86400' in refused.headers["ratelimit-policy"]
    assert '"day";r=0;t=32400' in refused.headers["ratelimit"]
    keyed.now += 9 * 3600
    assert keyed.client.get("/api/v1/datasets", **header).status_code == 200


@pytest.mark.parametrize("key", ["ytemo_wrong", "x" * 5_000, " "])
def test_an_unknown_key_is_refused_and_never_repeated(
    keyed: Limited, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    response = keyed.client.get("/api/v1/datasets", x_api_key=key)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="ytemo"'
    assert response.json()["type"] == "urn:ytemo:key-unknown"
    assert response.headers["cache-control"] == "no-store"
    told = response.text + str(response.headers)
    assert key.strip()[:100] == "" or key.strip()[:100] not in told
    assert key.strip() == "" or key.strip() not in caplog.text


def test_guessing_keys_uses_up_what_a_stranger_may_use(keyed: Limited) -> None:
    codes = [keyed.client.get("/api/v1/datasets", x_api_key=f"ytemo_{number}").status_code for number in range(3)]
    assert codes == [401, 401, 429]


def test_an_unknown_key_in_every_dialect_but_that_of_ckan(keyed: Limited) -> None:
    bad = {"authorization": "Bearer of-another-portal"}
    assert keyed.client.get(f"{PXWEB}/config", **bad).json()["type"] == "urn:ytemo:key-unknown"
    assert keyed.client.get("/odata/v4/", **bad).json()["error"]["code"] == "key-unknown"
    keyed.now += 60
    assert keyed.client.get("/sdmx/v2/structure/dataflow", **bad).json()["errors"][0]["code"] == 401
    refused = keyed.client.post("/mcp", "{}", **bad)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, 401)
    keyed.now += 60
    assert keyed.client.get("/api/3/action/package_list", **bad).status_code == 200
    assert keyed.client.get("/api/3/action/package_list", authorization="of-another").status_code == 200


@pytest.mark.parametrize("header", [{"authorization": "ytemo_right"}, {"x_ckan_api_key": "ytemo_right"},
                                    {"authorization": "no", "x_ckan_api_key": "ytemo_right"}])  # fmt: skip
def test_clients_of_ckan_send_a_key_as_they_are_used_to(keyed: Limited, header: dict[str, str]) -> None:
    keyed.use_up()
    assert keyed.client.get("/api/3/action/package_list", **header).status_code == 200
    native = keyed.client.get("/api/v1/datasets", **header)
    assert native.status_code == 429, "elsewhere these headers say nothing"


def test_a_client_of_ckan_uses_its_key_and_shows_what_it_is_told(demo: DemoStore, keys_file: Path) -> None:
    app = create_app(options(demo, CallerLimits(per_minute=1, keys_file=keys_file)), demo.releases)
    with served(app) as address:
        with ckanapi.RemoteCKAN(address, apikey="ytemo_right") as holder:
            assert [len(holder.action.package_list()) for _ in range(3)] == [4, 4, 4]
        with ckanapi.RemoteCKAN(address, apikey="of-another-portal") as stranger:
            stranger.action.package_list()
            with pytest.raises(ckanapi.CKANAPIError, match="1 units of work may be used in a minute"):
                stranger.action.package_list()


def test_other_schemes_of_authorization_say_nothing(keyed: Limited) -> None:
    assert keyed.client.get("/api/v1/datasets", authorization="Basic dTpw").status_code == 200


def test_the_file_is_read_again_when_it_changes(
    keyed: Limited, keys_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def asked(key: str) -> int:
        keyed.now += 60
        return keyed.client.get("/api/v1/datasets", x_api_key=key).status_code

    assert (asked("ytemo_right"), asked("ytemo_new")) == (200, 401)
    text = keys_file.read_text() + entry_text("other", KeyEntry(sha256=hash_of("ytemo_new"), per_minute=5))
    keys_file.write_text(text)
    assert (asked("ytemo_right"), asked("ytemo_new")) == (200, 200)
    keys_file.write_text(text + "broken: [\n")
    assert (asked("ytemo_right"), asked("ytemo_new")) == (200, 200)
    assert "the keys read before are used" in caplog.text
    assert hash_of("ytemo_new") not in caplog.text
    keys_file.write_text("# none\n")
    assert (asked("ytemo_right"), asked("ytemo_new")) == (401, 401)
    caplog.clear()
    keys_file.unlink()
    assert asked("ytemo_right") == 401
    assert "cannot be read" in caplog.text


def test_what_is_left_can_be_read(keyed: Limited) -> None:
    assert keyed.client.get("/api/v1/datasets").status_code == 200
    answer = keyed.client.get("/api/v1/limits")
    assert answer.headers["cache-control"] == "no-store"
    stranger: dict[str, Any] = answer.json()["allowance"]
    assert stranger == {
        "key": "", "per_minute": 2, "left": 1, "seconds": 30, "per_day": None, "left_today": None,
        "seconds_of_today": None, "at_once": 4,
    }  # fmt: skip
    assert keyed.client.json("/api/v1/limits") == answer.json(), "asking for it costs nothing"
    holder = keyed.client.get("/api/v1/limits", x_api_key="ytemo_right").json()["allowance"]
    assert (holder["key"], holder["per_minute"], holder["left_today"]) == ("clinic-app", 100, 8)
    assert keyed.client.get("/api/v1/limits", x_api_key="ytemo_wrong").status_code == 401
