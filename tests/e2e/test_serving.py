"""The portal tells its address when it answers there, and says what to do where it cannot listen."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from datasets.errors import AddressUnavailable
from datasets.settings import Settings
from portal.serve import address_of, serve, take_address
from tests.support.public_scene import PublicScene

YTEMO = str(Path(sys.executable).with_name("ytemo"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    public = PublicScene(tmp_path)
    public.add("1")
    return public.root


@contextmanager
def listener() -> Iterator[int]:
    """Another program that listens; yields its port."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def command(*arguments: str | Path) -> list[str]:
    return [YTEMO, *map(str, arguments)]


def first_line(process: subprocess.Popen[str], wanted: str) -> str:
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if wanted in line:
            return line
    raise AssertionError("".join(lines))


def test_the_address_is_told_when_it_answers(root: Path) -> None:
    process = subprocess.Popen(
        command("serve", "--data-dir", root, "--port", "0"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        line = first_line(process, "Serving")
        (address,) = re.findall(r"http://127\.0\.0\.1:\d+/", line)
        assert not address.endswith(":0/")
        with urlopen(f"{address}health", timeout=20) as response:
            assert response.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=40)
    assert process.returncode == 0
    assert "Traceback" not in "".join(rest)


@pytest.mark.parametrize("name", ["serve", "demo"])
def test_a_port_that_is_taken_is_told_with_a_remedy(name: str, root: Path) -> None:
    before = sorted(root.rglob("*"))
    with listener() as port:
        arguments = command(name, "--data-dir", root, "--port", str(port))
        result = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 52
    assert "address-unavailable" in result.stderr
    assert f"127.0.0.1 port {port}: cannot be listened on: Address already in use" in result.stderr
    assert "choose another port with --port" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Serving" not in result.stderr
    assert sorted(root.rglob("*")) == before, "the demo publishes nothing that it could not serve"


@pytest.mark.parametrize(
    ("host", "number", "remedy"),
    [
        ("192.0.2.1", errno.EADDRNOTAVAIL, "Choose an address of this machine"),
        ("no-such-host.invalid", 0, "Choose an address of this machine"),
    ],
)
def test_an_address_of_another_machine_is_refused(host: str, number: int, remedy: str) -> None:
    with pytest.raises(AddressUnavailable) as caught:
        take_address(host, 0)
    (problem,) = caught.value.problems
    assert problem.remedy.startswith(remedy)
    if number:
        assert os.strerror(number) in problem.rule


def test_an_answer_does_not_wait_for_its_headers_to_be_acknowledged() -> None:
    """asyncio sets TCP_NODELAY on connections whose socket names its protocol, and on no others."""
    with take_address("127.0.0.1", 0) as taken:
        taken.listen()
        with socket.create_connection(taken.getsockname()) as caller, taken.accept()[0] as connection:
            assert caller.getpeername() == connection.getsockname()
            assert connection.proto == socket.IPPROTO_TCP


def test_the_port_is_the_real_one() -> None:
    with take_address("127.0.0.1", 0) as taken:
        assert address_of(taken) == f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with take_address("::1", 0) as taken:
        assert address_of(taken) == f"http://[::1]:{taken.getsockname()[1]}/"


def test_who_listens_first_keeps_a_port_that_two_have_taken(root: Path) -> None:
    with take_address("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with take_address("127.0.0.1", port) as second:
            first.listen()
            with pytest.raises(AddressUnavailable, match=f"127.0.0.1 port {port}"):
                serve(Settings.from_env({"YTEMO_DATA_DIR": str(root)}), second, pytest.fail)


def test_nothing_is_told_before_it_listens(root: Path) -> None:
    """While the address is only taken, nobody is kept waiting: a caller is refused."""
    with take_address("127.0.0.1", 0) as taken, socket.socket() as caller:
        caller.settimeout(5)
        assert caller.connect_ex(taken.getsockname()) == errno.ECONNREFUSED
