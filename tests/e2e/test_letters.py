"""Somebody asks for letters, confirms, is told of releases and stops it, over real connections to a mail server."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from datasets.verification import verify_store
from portal.cli import app
from portal.public.app import PortalOptions, create_app
from portal.public.subscriptions.mail import post_from
from tests.support.html_pages import Document, dangers, faults
from tests.support.http import Client, client_of
from tests.support.mail_receiver import Had, MailReceiver, mail_receiver
from tests.support.notified_store import NotifiedStore
from tests.support.tiny_releases import REASON
from tests.support.vietnamese_text import SpokenText, foreign_words, machine_looking

SITE = "https://data.example.gov.vn"
LAN = "Canary.Lan+data@example.org"
CANARY = re.compile(r"canary", re.IGNORECASE)
SENT_BY_FORM = {"content_type": "application/x-www-form-urlencoded", "origin": SITE}


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    with mail_receiver() as receiver:
        yield receiver


@pytest.fixture
def store(tmp_path: Any) -> NotifiedStore:
    made = NotifiedStore(tmp_path / "store", now=datetime.now(UTC) - timedelta(hours=4))
    made.publish()
    made.publish("ages")
    return made


def publish_now(store: NotifiedStore, *whats: tuple[str, str]) -> None:
    """Publish some minutes ago: what comes out around the hour of a subscription is news to the subscriber."""
    store.now = datetime.now(UTC) - timedelta(minutes=10)
    for dataset, edition in whats:
        store.publish(dataset, edition)


@pytest.fixture
def client(store: NotifiedStore, receiver: MailReceiver) -> Iterator[Client]:
    with client_of(portal(store, receiver.url)) as client:
        yield client


def portal(store: NotifiedStore, smtp_url: str) -> FastAPI:
    post = post_from(smtp_url, "news@example.gov.vn", SITE)
    # Behind a web server that has looked at the name already.
    hosts = ("*",)
    return create_app(PortalOptions(store.root, store.root / "public-key.pem", SITE, hosts, post=post))


def ask(
    client: Client, address: str = LAN, about: str = "datasets/sexes", path: str = "/subscribe", **headers: str
) -> httpx.Response:
    return client.post(path, urlencode({"about": about, "address": address}), **{**SENT_BY_FORM, **headers})


def path_of(link: str) -> str:
    assert link.startswith(f"{SITE}/")
    return urlsplit(link).path


def confirm(client: Client, had: Had) -> httpx.Response:
    (link,) = had.links("/confirm/")
    return client.post(path_of(link), "", **SENT_BY_FORM)


def subscribed(client: Client, receiver: MailReceiver, address: str = LAN, about: str = "datasets/sexes") -> None:
    count = len(receiver.had)
    assert ask(client, address, about).status_code == 303
    assert confirm(client, receiver.wait_for(count + 1)[-1]).status_code == 200


def ytemo(store: NotifiedStore, receiver: MailReceiver | None, *arguments: str, given: str = "") -> Result:
    mail = {"YTEMO_SMTP_URL": receiver.url, "YTEMO_MAIL_FROM": "news@example.gov.vn"} if receiver else {}
    environ = {"YTEMO_DATA_DIR": str(store.root), "YTEMO_BASE_URL": SITE, **mail}
    return CliRunner().invoke(app, list(arguments), env=environ, input=given)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()


def letters(ended: Result) -> dict[str, Any]:
    return dict(json.loads(ended.stdout)["letters"])


def test_from_the_form_to_the_last_letter(store: NotifiedStore, receiver: MailReceiver, client: Client) -> None:
    form = client.get("/subscribe?about=datasets/sexes")
    assert form.status_code == 200
    assert faults(Document(form.text)) == []
    assert 'value="datasets/sexes" checked' in form.text
    answer = ask(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/subscribe/asked")
    assert client.get("/subscribe/asked").status_code == 200
    (question,) = receiver.wait_for(1)
    assert (question.sender, question.receiver) == ("news@example.gov.vn", "Canary.Lan+data@example.org")
    (link,) = question.links("/confirm/")
    # Programs that look at letters open every link, and change nothing by it.
    look = client.get(path_of(link))
    assert (look.status_code, look.headers["cache-control"]) == (200, "no-store")
    assert "Giới tính" in look.text
    assert not CANARY.search(look.text + link)
    store.publish(edition="2026")
    assert letters(ytemo(store, receiver, "notify", "--json"))["subscribers"] == 0
    for _ in range(2):  # confirming twice is harmless
        done = confirm(client, question)
        assert (done.status_code, faults(Document(done.text))) == (200, [])
    ended = ytemo(store, receiver, "notify", "--json")
    assert letters(ended)["sent"] == 0, "what was out when somebody subscribed is not news"


def test_news_come_once_and_together(store: NotifiedStore, receiver: MailReceiver, client: Client) -> None:
    subscribed(client, receiver)
    subscribed(client, receiver, about="themes/administration")
    publish_now(store, ("ages", "2026"), ("sexes", "2025"), ("other", "2026"))
    store.withdraw("other", "2026")
    told = letters(ytemo(store, receiver, "notify", "--json"))
    assert (told["subscribers"], told["sent"], told["waiting"]) == (1, 1, 0)
    *_, had = receiver.wait_for(3)
    assert had.message["subject"] == "3 tin về dữ liệu y tế mở"
    for said in ("Số liệu mới", "Số liệu được đính chính", "Số liệu bị thu hồi", REASON.vi, "phiên bản 2"):
        assert said in had.text, said
    assert had.links("/datasets/") == [
        f"{SITE}/datasets/ages/releases/2026.1",
        f"{SITE}/datasets/sexes/releases/2025.2",
        f"{SITE}/datasets/other/releases/2026.1",
    ]
    assert letters(ytemo(store, receiver, "notify", "--json"))["sent"] == 0
    publish_now(store, ("ages", "2027"))
    told = letters(ytemo(store, receiver, "notify", "--json"))
    assert (told["sent"], told["waiting"]) == (0, 1), "the next letter waits for an hour, for what else comes"
    assert "1 wait" in ytemo(store, receiver, "notify", "--list").stdout
    receiver.wait_for(3)


def test_the_head_of_a_letter(store: NotifiedStore, receiver: MailReceiver, client: Client) -> None:
    assert ask(client, path="/en/subscribe", about="all").status_code == 303
    (had,) = receiver.wait_for(1)
    message = had.message
    assert message.defects == []
    assert [message[name].defects for name in message] == [()] * len(message)
    assert message["from"] == "Open health data <news@example.gov.vn>"
    assert message["to"] == LAN
    assert message["auto-submitted"] == "auto-generated"
    assert message["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert message["message-id"].endswith("@data.example.gov.vn>")
    assert message["content-language"] == "en"
    assert message.get_content_charset() == "utf-8"
    assert message["content-type"].params["format"] == "flowed"
    assert abs(message["date"].datetime - datetime.now(UTC)) < timedelta(minutes=5)
    assert all(len(line) <= 998 for line in had.content.split(b"\r\n"))
    assert b"\n" not in had.content.replace(b"\r\n", b"")
    assert "Everything that is published here" in had.text


def test_letters_are_stopped_by_programs_and_by_people(
    store: NotifiedStore, receiver: MailReceiver, client: Client
) -> None:
    for address in (LAN, "canary.second@example.org"):
        subscribed(client, receiver, address)
        subscribed(client, receiver, address, "all")
    publish_now(store, ("sexes", "2026"))
    ytemo(store, receiver, "notify")
    first, second = receiver.wait_for(6)[-2:]
    # Mail programs send this without cookies, and from their own site.
    link = path_of(re.fullmatch(r"<(.*)>", first.message["list-unsubscribe"])[1])  # type: ignore[index]
    for _ in range(2):
        answer = client.post(
            link, "List-Unsubscribe=One-Click", origin="https://mail.example.com", sec_fetch_site="cross-site"
        )
        assert answer.status_code == 200
    assert client.get(link).status_code == 410
    (link,) = second.links("/unsubscribe/")
    page = client.get(path_of(link)).text
    assert faults(Document(page)) == []
    assert not CANARY.search(page)
    assert [unescape(each) for each in re.findall(r"<button[^>]*>([^<]*)", page)] == [
        "Dừng mọi thư và xóa địa chỉ của tôi",
        "Chỉ dừng thư về: Giới tính",
        "Chỉ dừng thư về: Mọi số liệu công bố tại đây",
    ]
    client.post(path_of(link), urlencode({"about": "all"}), **SENT_BY_FORM)
    counted = json.loads(ytemo(store, None, "subscribers", "count", "--json").stdout)
    assert counted["subscribers"] == 1
    assert counted["subscriptions"] == [{"about": "datasets/sexes", "language": "vi", "count": 1}]
    client.post(path_of(link), "", **SENT_BY_FORM)
    assert json.loads(ytemo(store, None, "subscribers", "count", "--json").stdout)["subscribers"] == 0
    assert not CANARY.search((store.root / "subscriptions" / "subscriptions.sqlite3").read_bytes().decode("latin-1"))


def test_pages_and_letters_speak_vietnamese(store: NotifiedStore, receiver: MailReceiver, client: Client) -> None:
    """Of the English that is left, every word is a name."""
    names = frozenset({"ytemo", "Atom", "English", "lan", "org", "example"})
    subscribed(client, receiver)
    subscribed(client, receiver, about="all")
    publish_now(store, ("sexes", "2026"))
    ytemo(store, receiver, "notify")
    question, _, news = receiver.wait_for(3)
    pages = [f"/subscribe?about={each}" for each in ("all", "topics/dengue", "themes/administration")]
    pages += ["/subscribe/asked", "/unsubscribe/x"]
    pages += [path_of(had.links(part)[0]) for had, part in ((question, "/confirm/"), (news, "/unsubscribe/"))]
    shown = [" ".join(SpokenText(client.get(page).text).pieces) for page in pages]
    shown += [" ".join(SpokenText(confirm(client, question).text).pieces)]
    for text in (*shown, *(f"{had.message['subject']} {had.text}" for had in receiver.had)):
        plain = re.sub(r"https?://\S+|\S+@\S+", " ", text)
        assert foreign_words(plain, names) == []
        assert machine_looking(plain) == []


def test_nobody_can_fill_the_mailbox_of_somebody(store: NotifiedStore, receiver: MailReceiver, client: Client) -> None:
    abouts = ("all", "datasets/sexes", "datasets/ages", "themes/administration")
    for address in ("lan@example.org", "LAN@example.org", "l.an+1@example.org", "lan+2@EXAMPLE.org"):
        for about in abouts[: 2 if address[-1] == "G" else 4][:2]:
            answer = ask(client, address, about)
            assert (answer.status_code, answer.headers["location"]) == (303, "/subscribe/asked")
    ask(client, "binh@example.org")
    receiver.wait_for(4)
    assert sum(had.receiver.lower().startswith("l") for had in receiver.had) == 3


def test_who_is_asked_against_their_will_can_end_it(
    store: NotifiedStore, receiver: MailReceiver, client: Client
) -> None:
    ask(client)
    (had,) = receiver.wait_for(1)
    (link,) = had.links("/unsubscribe/")
    assert "Không hỏi lại nữa" in client.get(path_of(link)).text
    assert client.post(path_of(link), "List-Unsubscribe=One-Click").status_code == 200
    assert ask(client).status_code == 303
    ask(client, "binh@example.org")
    assert receiver.wait_for(2)[1].receiver == "binh@example.org"


def test_what_is_no_address_is_told(receiver: MailReceiver, client: Client) -> None:
    for address in ("", "lan", "lan@example.org\r\nBcc: binh@example.org", "lân@example.org", "<script>"):
        answer = ask(client, address, path="/en/subscribe")
        assert answer.status_code == 422
        assert "This is not an e-mail address that we can write to" in answer.text
        assert faults(Document(answer.text)) == dangers(Document(answer.text)) == []
    for sent in ("\xff\xfe", "&".join(["a=b"] * 20), "address=" + "a" * 5_000):
        assert client.post("/en/subscribe", sent, **SENT_BY_FORM).status_code == 422
    assert receiver.had == []


def test_only_this_site_s_pages_may_ask(receiver: MailReceiver, client: Client) -> None:
    for headers in (
        {"origin": "https://evil.example.org"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ):
        assert ask(client, **headers).status_code == 403
    assert ask(client, sec_fetch_site="same-origin").status_code == 303
    (had,) = receiver.wait_for(1)
    (link,) = had.links("/confirm/")
    assert client.post(path_of(link), "", origin="https://evil.example.org").status_code == 403
    assert client.post(path_of(link), "", sec_fetch_site="cross-site").status_code == 403


def test_a_link_that_was_not_made_here_says_so(client: Client, receiver: MailReceiver) -> None:
    ask(client)
    (had,) = receiver.wait_for(1)
    sealed = path_of(had.links("/confirm/")[0]).rpartition("/")[2]
    never = path_of(had.links("/unsubscribe/~")[0]).rpartition("/~")[2]
    for word in ("x", "~", "%00", "ế", sealed[:-1], f"{sealed}A", sealed[::-1], never, "A" * 5_000):
        for page in (client.get(f"/subscribe/confirm/{word}"), client.post(f"/subscribe/confirm/{word}", "")):
            assert page.status_code == 410
            assert faults(Document(page.text)) == []
    assert client.get(f"/unsubscribe/~{sealed}").status_code == 410


def test_a_caller_asks_only_so_often(client: Client) -> None:
    statuses = [ask(client, f"somebody-{number}@example.org").status_code for number in range(11)]
    assert statuses == [303] * 10 + [429]
    assert int(ask(client).headers["retry-after"]) > 0


def test_what_is_not_public_cannot_be_subscribed_to(store: NotifiedStore, client: Client) -> None:
    store.publish("hidden", embargo=48)
    for about in (
        "datasets/hidden",
        "datasets/nothing",
        "themes/nothing",
        "themes/",
        "topics/nothing",
        "x",
        "publishers/x",
    ):
        assert client.get(f"/subscribe?about={about}").status_code == 404
    assert ask(client, about="datasets/hidden").status_code == 404
    page = client.get("/en/subscribe?about=datasets/hidden").text
    assert client.get("/en/subscribe?about=datasets/nothing").text == page


def test_without_a_mail_server_there_is_nothing_of_it(
    store: NotifiedStore, receiver: MailReceiver, client: Client
) -> None:
    subscribed(client, receiver, about="all")
    (link,) = receiver.had[0].links("/confirm/")
    publish_now(store, ("sexes", "2026"))
    ytemo(store, receiver, "notify")
    (stop,) = receiver.wait_for(2)[1].links("/unsubscribe/")
    for page in ("/datasets/sexes", "/themes/administration", "/calendar", "/"):
        assert "/subscribe" in client.get(page).text
    key = store.root / "public-key.pem"
    with client_of(create_app(PortalOptions(store.root, key, SITE))) as without:
        for page in ("/datasets/sexes", "/themes/administration", "/calendar", "/"):
            assert "/subscribe" not in without.get(page).text
        assert without.get("/subscribe").status_code == 404
        assert ask(without).status_code == 404
        assert without.post(path_of(link), "").status_code == 404
        # Who has subscribed before can still stop it.
        assert without.post(path_of(stop), "").status_code == 200
    assert json.loads(ytemo(store, None, "subscribers", "count", "--json").stdout)["subscribers"] == 0


def test_letters_wait_while_the_mail_server_is_away(
    store: NotifiedStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("portal.public.subscriptions.postman.EVERY", 0.05)
    with mail_receiver() as receiver:
        port = receiver.port
    caplog.set_level(logging.DEBUG)
    with client_of(portal(store, f"smtp://127.0.0.1:{port}")) as client:
        assert ask(client).status_code == 303
        ended = ytemo(store, None, "subscribers", "count", "--json")
        assert json.loads(ended.stdout)["waiting"] == 1
        until(lambda: "does not answer" in caplog.text)
        with mail_receiver(port=port) as receiver:
            (had,) = receiver.wait_for(1)
            assert confirm(client, had).status_code == 200
            # It does not know the mailbox, and repeats it.
            receiver.answer = lambda said: f"550 5.1.1 {said}" if said.startswith("RCPT") else None
            ask(client, about="all")
            until(lambda: sum(each.startswith("RCPT") for each in receiver.commands) == 2)
            assert not CANARY.search(ytemo(store, None, "subscribers", "count", "--json").stdout)
    logged = caplog.text
    assert "does not answer" in logged
    assert logged.count("letters wait") == 1
    assert "Letters are sent again" in logged
    assert not CANARY.search(logged)


def test_the_data_of_one_person_are_handed_out_and_erased(
    store: NotifiedStore, receiver: MailReceiver, client: Client
) -> None:
    subscribed(client, receiver)
    kept = json.loads(ytemo(store, None, "subscribers", "export", LAN.upper()).stdout)
    assert (kept["address"], kept["language"], kept["kept"]) == (LAN, "vi", True)
    (about,) = kept["subscriptions"]
    assert about["about"] == "datasets/sexes"
    assert "Canary" not in ytemo(store, None, "subscribers", "count").stdout
    assert "was deleted" in ytemo(store, None, "subscribers", "erase", "-", given=f"{LAN}\n").stdout
    assert "was not kept" in ytemo(store, None, "subscribers", "erase", LAN).stdout
    assert json.loads(ytemo(store, None, "subscribers", "export", LAN).stdout) == {"address": LAN, "kept": False}
    ended = ytemo(store, None, "subscribers", "erase", "canary at example.org")
    assert ended.exit_code == 12
    assert not CANARY.search(ended.stderr)


def test_what_is_kept_is_its_owner_s_alone(store: NotifiedStore, receiver: MailReceiver, client: Client) -> None:
    subscribed(client, receiver)
    folder = store.root / "subscriptions"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [each.stat().st_mode & 0o777 for each in folder.glob("*.sqlite3*")] == [0o600]
    assert verify_store(store.root, store.root / "public-key.pem").failures == ()
