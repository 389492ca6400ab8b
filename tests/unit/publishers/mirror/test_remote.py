"""Calls to a CKAN: what is tried again, what is told, and where the token does not go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from datasets.errors import MirrorFailed
from publishers.mirror import client
from publishers.mirror.remote import Refused, Remote, Unknown
from tests.support.ckan_packages import Failure
from tests.support.ckan_target import ADMIN_TOKEN, Ckan, ckan_target
from tests.support.mirrors import remote_of


@pytest.fixture
def ckan() -> Iterator[Ckan]:
    with ckan_target() as running:
        yield running


@contextmanager
def connected(address: str, **options: Any) -> Iterator[Remote]:
    remote = remote_of(address, **options)
    try:
        yield remote
    finally:
        remote.close()


def failing(ckan: Ckan, failure: Failure) -> None:
    def fails(user: str, asked: dict[str, Any]) -> Any:
        raise failure

    ckan.package_show = fails  # type: ignore[method-assign]


def test_a_call_brings_the_token_and_no_name_of_netrc(
    ckan: Ckan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    with connected(ckan.address) as remote:
        assert remote.read("status_show")["ckan_version"]
        assert remote.reads == 1
    assert ckan.calls[0].headers["Authorization"] == ADMIN_TOKEN


def test_the_token_does_not_follow_a_redirect(ckan: Ckan) -> None:
    ckan.fault = lambda _: "before:302"
    with connected(ckan.address) as remote, pytest.raises(Refused, match="leads elsewhere") as raised:
        remote.read("package_show", id="a")
    assert "Give the address that it leads to" in raised.value.problem.remedy
    assert len(ckan.calls) == 1


def test_what_is_wrong_is_told_with_the_field_that_ckan_names(ckan: Ckan) -> None:
    failing(ckan, Failure(409, "Validation Error", fields=[{"id": ["is not valid", None]}], message="No"))
    with connected(ckan.address) as remote, pytest.raises(Refused) as raised:
        remote.read("package_show", id="a")
    assert raised.value.invalid
    assert raised.value.problem.place == "package_show a"
    assert raised.value.problem.rule == "CKAN says: fields.id: is not valid; No"


def test_a_message_neither_shows_the_token_nor_moves_the_screen(ckan: Ckan) -> None:
    failing(ckan, Failure(403, "Authorization Error", message=f"no \x1b[31m {ADMIN_TOKEN}" + "x" * 5_000))
    with connected(ckan.address) as remote, pytest.raises(Refused) as raised:
        remote.read("package_show", id="a")
    said = str(raised.value.problem)
    assert "[token]" in said
    assert ADMIN_TOKEN not in said
    assert "\x1b" not in said
    assert len(said) < 1_000


def test_a_token_at_the_place_where_a_page_is_cut_is_not_shown_in_part(
    ckan: Ckan, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = "x" * (client.LONGEST_MESSAGE - 10) + ADMIN_TOKEN
    monkeypatch.setattr(client.BoundedCkan, "_asked", lambda *_: (400, 0.0, page))
    with connected(ckan.address) as remote, pytest.raises(Refused) as raised:
        remote.read("package_show", id="a")
    assert raised.value.problem.rule.startswith("HTTP 400: xxx")
    assert ADMIN_TOKEN[:4] not in raised.value.problem.rule


@pytest.mark.parametrize("status", [500, 302, 204])
def test_success_counts_with_its_status_alone(ckan: Ckan, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answer = (status, 0.0, '{"success": true, "result": {"id": "x"}}')
    monkeypatch.setattr(client.BoundedCkan, "_asked", lambda *_: answer)
    with connected(ckan.address) as remote, pytest.raises((Refused, Unknown), match=str(status)):
        remote.write("package_update", "it", {}, repeatable=False)
    assert remote.written == []


@pytest.mark.parametrize(
    "text",
    [
        '{"success": true, "result": ' + "[" * 200_000 + "]" * 200_000 + "}",
        '{"success": true, "result": ' + "9" * 5_000 + "}",
        '{"success": false, "error": ["' + ADMIN_TOKEN + '"]}',
    ],
)
def test_an_answer_that_no_ckan_gives_is_no_fault_of_ours(
    ckan: Ckan, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(client.BoundedCkan, "_asked", lambda *_: (200, 0.0, text))
    with connected(ckan.address) as remote, pytest.raises(Unknown, match="cut short, or not CKAN's") as raised:
        remote.write("package_update", "it", {}, repeatable=False)
    assert ADMIN_TOKEN not in str(raised.value)


def test_what_ckan_objects_to_is_read_to_no_great_depth(ckan: Ckan) -> None:
    deep: Any = "the end"
    for _ in range(200):
        deep = {"a": [deep]}
    failing(ckan, Failure(409, "Validation Error", title=["too long"], extras=deep))
    with connected(ckan.address) as remote, pytest.raises(Refused) as raised:
        remote.read("package_show", id="a")
    assert raised.value.problem.rule == "CKAN says: title: too long"


def test_what_is_noted_and_told_is_without_the_token(ckan: Ckan) -> None:
    with connected(ckan.address) as remote:
        with pytest.raises(Refused) as raised:
            remote.write("resource_patch", "it", {"id": f"\x1b[2J{ADMIN_TOKEN}"})
        assert raised.value.problem.place == "resource_patch \\x1b[2J[token]"
        remote.write("organization_create", f"o \x1b{ADMIN_TOKEN}", {"name": "other"})
        assert remote.written == ["organization_create o \\x1b[token]"]


@pytest.mark.parametrize(
    ("failure", "rule"),
    [
        (Failure(404, "Not Found Error", message="Not found"), "CKAN says: Not found"),
        (Failure(404, "Not Found Error", message=""), "CKAN says: "),
        (Failure(409, "Search Error", message="no index"), "HTTP 409: no index"),
        (Failure(400, "Integrity Error", message="bad"), "HTTP 400: "),
    ],
)
def test_other_refusals_are_told_by_their_status(ckan: Ckan, failure: Failure, rule: str) -> None:
    failing(ckan, failure)
    with connected(ckan.address) as remote, pytest.raises(Refused) as raised:
        remote.read("package_show", id="a")
    assert raised.value.problem.rule.startswith(rule)
    assert raised.value.missing == (failure.status == 404)


def test_a_site_that_is_no_ckan_is_told_so(ckan: Ckan) -> None:
    with connected(ckan.address) as remote, pytest.raises(Refused) as raised:
        remote.read("no_such_action")
    assert raised.value.problem.rule == "HTTP 400: Bad request: Action name not known: no_such_action"
    assert raised.value.problem.remedy == "Look whether the address is that of a CKAN whose API takes this"


def test_a_result_that_is_missing_is_an_answer_cut_short(ckan: Ckan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.BoundedCkan, "_request_fn", lambda self, *_: _answered(self, 200, '{"success": true}'))
    with connected(ckan.address) as remote, pytest.raises(MirrorFailed, match="cut short"):
        remote.read("package_show", id="a")


def _answered(client: Any, status: int, text: str) -> tuple[int, str]:
    client.status = status
    return status, text


def test_the_target_may_say_how_long_to_wait_but_not_for_ever(ckan: Ckan) -> None:
    waited: list[float] = []
    faults = iter(["before:429;7", "before:503;86400", "before:503;soon", ""])
    ckan.fault = lambda _: next(faults)
    with connected(ckan.address, sleep=waited.append) as remote:
        assert remote.read("status_show")
    assert waited == [7.0, 60.0, 4.0]


def test_an_answer_without_end_is_not_read(ckan: Ckan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_LONGEST_ANSWER", 10)
    with connected(ckan.address) as remote, pytest.raises(MirrorFailed, match="no answer \\(ContentDecodingError\\)"):
        remote.read("status_show")


def test_a_target_that_cannot_be_trusted_gets_one_attempt(ckan: Ckan) -> None:
    waited: list[float] = []
    secure = ckan.address.replace("http:", "https:")
    with connected(secure, sleep=waited.append) as remote, pytest.raises(MirrorFailed, match="cannot be trusted"):
        remote.read("status_show")
    with connected("https://.example", sleep=waited.append) as remote, pytest.raises(MirrorFailed, match="no address"):
        remote.read("status_show")
    assert waited == []


def test_nobody_at_the_address_is_told_after_every_attempt() -> None:
    with ckan_target() as gone:
        address = gone.address
    waited: list[float] = []
    with connected(address, sleep=waited.append) as remote, pytest.raises(MirrorFailed, match="ConnectionError"):
        remote.read("status_show")
    assert waited == [1.0, 2.0, 4.0, 8.0]
