"""Letters can always be stopped, and nothing more is stopped than what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.public.app import PortalOptions, create_app
from portal.public.subscriptions.mail import Subscriptions
from portal.public.subscriptions.subjects import EVERYTHING, Subject
from portal.shared.links import Links
from tests.support.http import Client, client_of
from tests.support.notified_store import NotifiedStore

LAN = "lan@example.org"
SENT_BY_FORM = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def store(tmp_path: Path) -> NotifiedStore:
    made = NotifiedStore(tmp_path / "store", now=datetime.now(UTC) - timedelta(hours=4))
    for dataset in ("sexes", "ages"):
        made.publish(dataset)
    return made


@pytest.fixture
def mail(store: NotifiedStore) -> Subscriptions:
    made = Subscriptions(store.root, Links())
    for about in (Subject("datasets", "sexes"), Subject("datasets", "ages"), EVERYTHING):
        made.subscribers.confirm(LAN, about, "vi", 0.0)
    return made


@pytest.fixture
def client(store: NotifiedStore, mail: Subscriptions) -> Iterator[Client]:
    with client_of(create_app(PortalOptions(store.root, store.root / "public-key.pem"))) as client:
        yield client


def address_of_stopping(mail: Subscriptions) -> str:
    subscriber = mail.subscribers.by_address(LAN)
    assert subscriber is not None
    return f"/unsubscribe/{subscriber.key}"


@pytest.mark.parametrize("about", ["datasets/", "datasets/Sexes", "x", "all/"])
def test_what_names_one_thing_and_is_none_stops_nothing(client: Client, mail: Subscriptions, about: str) -> None:
    address = address_of_stopping(mail)
    answer = client.post(address, f"about={about}", **SENT_BY_FORM)
    assert answer.status_code == 422
    assert answer.text.count('<form class="step"') == 4
    subscriber = mail.subscribers.by_address(LAN)
    assert subscriber is not None
    assert len(subscriber.subjects) == 3


def test_letters_about_what_is_damaged_can_be_stopped(
    client: Client, store: NotifiedStore, mail: Subscriptions
) -> None:
    address = address_of_stopping(mail)
    for manifest in (store.root / "releases" / "ages").glob("*.json"):
        manifest.chmod(0o600)
        manifest.write_bytes(b"{}")
    assert client.get("/datasets/ages").status_code == 503
    assert "about: ages" in client.get(f"/en{address}").text
    assert client.post(address, "about=datasets/ages", **SENT_BY_FORM).status_code == 200
    assert client.post(address, "List-Unsubscribe=One-Click", **SENT_BY_FORM).status_code == 200
    assert mail.subscribers.by_address(LAN) is None
