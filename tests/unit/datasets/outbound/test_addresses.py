"""We ask machines of the public web alone, whatever a name or a redirect says."""

from __future__ import annotations

import pytest

from datasets.outbound.addresses import Resolve, resolve, target_of
from datasets.outbound.faults import RemoteFault

PUBLIC = "93.184.215.14"
PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.1.2.3", "192.0.0.8", "198.18.0.1",
    "240.0.0.1", "255.255.255.255", "::1", "fc00::1", "fec0::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::1", "2002:0a00:0001::1", "2001:0:1:2:3:4:f5ff:fffe",
]  # fmt: skip
NEVER = ["169.254.169.254", "fe80::1%eth0", "224.0.0.1", "ff02::1", "0.0.0.0", "::", "::ffff:169.254.169.254"]


@pytest.mark.parametrize("number", PRIVATE)
def test_private_addresses_are_refused_unless_they_are_allowed(number: str) -> None:
    for found in ([number], [PUBLIC, number], [number, PUBLIC]):
        with pytest.raises(RemoteFault, match="private network") as caught:
            target_of("https://data.example.org/x", allow_private=False, resolver=lambda *_, found=found: found)
        assert "allow_private" in caught.value.remedy
        assert not caught.value.is_temporary
    target_of("https://data.example.org/x", allow_private=True, resolver=lambda *_: [number])


@pytest.mark.parametrize("number", NEVER)
@pytest.mark.parametrize("allow_private", [False, True])
def test_some_machines_are_never_asked(number: str, allow_private: bool) -> None:
    with pytest.raises(RemoteFault, match="must not be asked"):
        target_of("http://data.example.org", allow_private=allow_private, resolver=lambda *_: [number])


@pytest.mark.parametrize(
    "address",
    [
        "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://[::ffff:127.0.0.1]/", "http://localhost/",
        "http://017700000001/",
    ],
)  # fmt: skip
def test_other_ways_to_write_this_machine_are_seen_through(address: str) -> None:
    with pytest.raises(RemoteFault):
        target_of(address, allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://data.example.org", "file:///etc/passwd", "gopher://x/", "data.example.org", "", "http://",
        "http://user:secret@data.example.org", "http://data.example.org:99999/", "http://data.example.org:x/",
        "http://a b/", "http://x\r\nHost: y/", "http://[::1", "http://" + "a" * 70 + ".org/", "http://x/" + "y" * 3000,
        "javascript:alert(1)", "http://..org/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(RemoteFault) as caught:
        target_of(address, allow_private=False, resolver=lambda *_: [PUBLIC])
    assert not caught.value.is_temporary


def test_an_address_is_taken_apart() -> None:
    target = target_of("https://dữ-liệu.vn:8443/tập?q=sởi", allow_private=False, resolver=lambda *_: [PUBLIC])
    assert target.origin == ("https", "xn--d-liu-5kc2577e.vn", 8443) or target.host.startswith("xn--")
    assert target.path == "/t%E1%BA%ADp?q=s%E1%BB%9Fi"
    assert target.numbers == (PUBLIC,)
    plain = target_of("http://data.example.org", allow_private=False, resolver=lambda *_: [PUBLIC])
    assert (plain.port, plain.path) == (80, "/")


def test_a_host_that_is_not_found_may_be_found_later() -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise OSError

    resolvers: list[Resolve] = [fails, lambda *_: []]
    for resolver in resolvers:
        with pytest.raises(RemoteFault, match="not found") as caught:
            target_of("https://data.example.org", allow_private=False, resolver=resolver)
        assert caught.value.is_temporary
    assert "127.0.0.1" in resolve("127.0.0.1", 80)
