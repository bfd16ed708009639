"""Where a webhook may lead: out to the internet, and inside only to hosts that an operator named.

A name is resolved once and the connection goes to the address that was looked at, so no second answer of a name server
leads elsewhere. Every spelling of a private address (octal, hexadecimal, one number, mapped into IPv6, full-width
digits) is brought to the address that a socket would connect to, and that is judged.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], list[str]]
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*")
UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
"""Translated by rules of the network's own (RFC 8215): where the IPv4 address stands in it, nobody here can say."""
COMPATIBLE = (ipaddress.ip_network("::/96"), ipaddress.ip_network("::ffff:0:0:0/96"))
LONGEST = 2_000


class Unfit(ValueError):
    """An address that nothing is sent to; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart: `path` with the query; `host` as a name server takes it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_tls(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def parse(url: str, private: Iterable[str] = ()) -> Target:
    """Take an address apart; Unfit for what is none, for plain http to the internet, and for a private address.

    `private` names the hosts inside (`chat.intranet`, `10.0.0.5:8065`) that may be reached all the same.
    """
    target = _split(url)
    is_named = _is_named(target, private)
    if not target.is_tls and not is_named:
        raise Unfit("Use https: over http anybody on the way reads it.")
    address = _literal(target.host)
    if address is not None:
        _require_allowed(address, is_named=is_named)
    return target


def resolve(target: Target, private: Iterable[str] = (), resolver: Resolver | None = None) -> str:
    """The address to connect to; Unfit when any that the name has is private."""
    literal, is_named = _literal(target.host), _is_named(target, private)
    found = [str(literal)] if literal else (resolver or _look_up)(target.host, target.port)
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not addresses:
        raise Unfit(f"{target.host} has no address.")
    for address in addresses:
        _require_allowed(address, is_named=is_named)
    return str(addresses[0])


def _look_up(host: str, port: int) -> list[str]:
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def _split(url: str) -> Target:
    if len(url) > LONGEST or UNFIT.search(url):
        raise Unfit("This is no address: it is too long, or holds spaces, backslashes or control characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Unfit("This is no address.") from None
    if parts.scheme not in ("https", "http") or not host:
        raise Unfit("Begin the address with https:// and a host.")
    if parts.username is not None or parts.password is not None:
        raise Unfit("An address with a user name or password in it is not taken.")
    query = f"?{parts.query}" if parts.query else ""
    path = (parts.path or "/") + query
    if not path.isascii():
        raise Unfit("Write the path in ASCII, with %-escapes for everything else.")
    return Target(parts.scheme, _host(host), port or (443 if parts.scheme == "https" else 80), path)


def _host(host: str) -> str:
    """In small ASCII letters, without the dot at the end; an IPv6 address as it is."""
    if ":" in host:
        return host
    plain = unicodedata.normalize("NFKC", host).rstrip(".").lower()
    try:
        name = plain.encode("idna").decode() if plain else ""
    except UnicodeError:
        name = ""
    if not HOST.fullmatch(name):
        raise Unfit("The host of this address is no name and no IP address.")
    return name


def _literal(host: str) -> Address | None:
    """The address that this host spells, as a socket reads it; None for a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _is_named(target: Target, private: Iterable[str]) -> bool:
    wanted = {target.host, f"{target.host}:{target.port}", f"[{target.host}]:{target.port}"}
    return any(name.strip().lower() in wanted for name in private)


def _require_allowed(address: Address, *, is_named: bool) -> None:
    inner = _inner(address)
    if is_named and not inner.is_link_local and not inner.is_multicast:
        return
    if not is_public(address):
        raise Unfit("The address leads into a private network; an operator may name its host in WEBHOOK_PRIVATE_HOSTS.")


def is_public(address: Address) -> bool:
    """Whether it is of the internet: not private, shared, multicast, reserved, or for documents alone."""
    inner = _inner(address)
    if address in LOCAL_NAT64:
        return False
    if inner.is_multicast or inner.is_reserved or inner.is_unspecified or inner.is_link_local or inner.is_loopback:
        return False
    return inner.is_global and not inner.is_private


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries: mapped, compatible, NAT64, 6to4, Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address in NAT64:
        return carried
    if any(address in network for network in COMPATIBLE) and int(address) > 1:
        return carried
    return address
