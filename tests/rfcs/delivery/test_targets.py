"""Where webhooks lead (row 27): sixty spellings of an address inside, names that lead there, answers that change."""

from __future__ import annotations

import ipaddress

import pytest

from rfcs.delivery.targets import Unfit, is_public, parse, resolve

SPELLINGS = [
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://0177.0.0.01/",
    "https://127.0.0.1./",
    "https://127.255.255.254/",
    "https://0.0.0.0/",
    "https://0/",
    "https://0x0/",
    "https://000.0.0.0/",
    "https://10.0.0.1/",
    "https://10.1/",
    "https://0xa.0.0.1/",
    "https://012.0.0.1/",
    "https://167772161/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://0xac.16.0.1/",
    "https://192.168.0.1/",
    "https://192.168.1/",
    "https://0xc0a80001/",
    "https://3232235521/",
    "https://169.254.169.254/",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://100.64.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://239.1.1.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[64:ff9b:1:7f00:0:100:808:808]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:f5ff:fffe]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://１２７.０.０.１/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://127｡0｡0｡1/",
]
NO_ADDRESSES = [
    "http://example.org/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "//example.org/",
    "example.org",
    "javascript:1",
    "https://",
    "https:///",
    "https://user@example.org/",
    "https://user:secret@example.org/",
    "https://127.0.0.1@example.org/",
    "https://example.org\\@127.0.0.1/",
    "https://exa%6dple.org/",
    "https://example.org:99999/",
    "https://[::1/",
    "https://-a.example/",
    "https://a..b/",
    "https://_dmarc.example.org/",
    "https://example.org/ä",
]


def test_there_are_sixty_of_them() -> None:
    assert len(set(SPELLINGS)) >= 60


@pytest.mark.parametrize("url", SPELLINGS)
def test_no_spelling_of_an_address_inside_is_taken(url: str) -> None:
    """Judged by its text alone ("127.", "10.") most of these pass; they are judged as what a socket connects to."""
    with pytest.raises(Unfit, match="private network"):
        parse(url)


@pytest.mark.parametrize(
    "url", [*NO_ADDRESSES, "https://example.org/\r\nHost: a", "https://exa mple.org/", "x" * 3_000]
)
def test_what_is_no_address_is_not_taken(url: str) -> None:
    with pytest.raises(Unfit):
        parse(url)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.5", "::1", "fd00::1", "::ffff:192.168.0.1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_refused_even_when_it_leads_outside_too(inside: str) -> None:
    target = parse("https://hooks.example.org/a?b=c")

    for answers in ([inside], ["93.184.216.34", inside]):
        with pytest.raises(Unfit, match="private network"):
            resolve(target, resolver=lambda host, port, answers=answers: answers)  # type: ignore[misc]


def test_a_name_that_leads_outside_gives_the_address_to_connect_to() -> None:
    asked: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["93.184.216.34", "2606:2800:220:1::1"]

    target = parse("https://Hooks.EXAMPLE.org./a?b=c")

    assert resolve(target, resolver=resolver) == "93.184.216.34"
    assert (target.host, target.authority, target.path) == ("hooks.example.org", "hooks.example.org", "/a?b=c")
    assert asked == [("hooks.example.org", 443)]


def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(Unfit, match="has no address"):
        resolve(parse("https://hooks.example.org/"), resolver=lambda host, port: [])


@pytest.mark.parametrize("name", ["chat.intranet", "chat.intranet:8065", "CHAT.intranet"])
def test_a_host_that_an_operator_named_is_reached_by_http_too(name: str) -> None:
    target = parse("http://chat.intranet:8065/hooks/x", [name])

    assert resolve(target, [name], lambda host, port: ["10.0.0.5"]) == "10.0.0.5"
    with pytest.raises(Unfit):
        parse("http://other.intranet:8065/hooks/x", [name])


def test_no_setting_opens_what_clouds_hand_their_keys_out_at() -> None:
    with pytest.raises(Unfit):
        parse("http://169.254.169.254/latest/", ["169.254.169.254"])
    with pytest.raises(Unfit):
        resolve(parse("http://chat/", ["chat"]), ["chat"], lambda host, port: ["169.254.169.254"])


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_the_internet_is_public(address: str) -> None:

    assert is_public(ipaddress.ip_address(address))
