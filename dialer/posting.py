"""Posts one body to an address that somebody typed in: within a deadline, without redirects, and never to inside.

What a name means is looked up once, checked, and connected to as it was checked: the next look could tell another.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpcore

from dialer.core.errors import InputError, SettingsError
from dialer.settings import is_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dialer.settings import WebhookSettings

_LONGEST_URL = 2000
_LOOKUPS_AT_ONCE = 4
_OK = range(200, 300)
_REDIRECTS = range(300, 400)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_OF_VERSION_4 = 0xFFFF_FFFF


class RefusedAddressError(Exception):
    """The name means an address of an inner network."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a post: taken where `error` is None; `status` is None where nobody answered."""

    status: int | None
    error: str | None


def checked_url(url: str, *, inner: bool, full_numbers: bool, trusted: bool) -> str:
    """The address, if posts may go there; InputError says what is wrong with it, and does not repeat it.

    `inner`: addresses of inner networks are allowed; `trusted`: so are full numbers in the clear.
    """
    if len(url) > _LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url:
        raise InputError(f"url: at most {_LONGEST_URL} plain characters; other letters as %XX, names as xn--…")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InputError("url: not an address such as https://crm.example/ringpace") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise InputError("url: must begin with https:// (or http://) and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputError("url: no user, password or # in it; what is posted is signed instead")
    if full_numbers and parts.scheme == "http" and not (trusted or is_here(host)):
        raise InputError("url: full numbers go over https:// alone, or set trusted_network")
    if not inner and _is_literal(host) and not is_outside(host):
        raise InputError("url: an address of an inner network; webhooks.private_addresses allows that")
    return url


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def is_outside(address: str) -> bool:
    """Whether an IP address is of the public Internet, also where one of version 4 is packed in one of version 6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        packed = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if packed is None and found in _NAT64:
            packed = ipaddress.IPv4Address(int(found) & _OF_VERSION_4)
        if packed is not None:
            return packed.is_global and not packed.is_multicast
    return found.is_global and not found.is_multicast


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to what a name means, once it is certain that this is outside."""

    def __init__(self, lookups: ThreadPoolExecutor, *, inner: bool) -> None:
        self._lookups = lookups
        self._inner = inner
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as the library calls it
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """As its like; RefusedAddressError for an inner network."""
        try:
            async with asyncio.timeout(timeout):
                loop = asyncio.get_running_loop()
                look = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
                found = await loop.run_in_executor(self._lookups, look)
        except socket.gaierror as error:
            raise httpcore.ConnectError(f"no such name: {error.strerror}") from error
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        # All of them, not the first that fits: a name that means both is not to be trusted at all.
        if not self._inner and not all(map(is_outside, addresses)):
            raise RefusedAddressError
        return await self._network.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Between tries, of which there are none."""
        await self._network.sleep(seconds)


class Post:
    """Posts to webhooks, as the settings allow."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        # Their own: a resolver that hangs must not take the threads in which recordings are measured.
        self._lookups = ThreadPoolExecutor(_LOOKUPS_AT_ONCE, thread_name_prefix="webhook-names")
        try:
            self._tls = ssl.create_default_context(cafile=settings.ca_file)
        except OSError as error:
            raise SettingsError(f"webhooks.ca_file: {settings.ca_file} holds no certificates: {error}") from error

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post, and hear whether it was taken (2xx); the answer itself is not read. Never raises."""
        limit_s = self._settings.deadline_s
        try:
            async with asyncio.timeout(limit_s):
                status = await self._sent(url, headers, body)
        except TimeoutError:
            return Answer(None, f"no answer within {limit_s:g} s")
        except RefusedAddressError:
            return Answer(None, "the name means an address of an inner network; webhooks.private_addresses allows that")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, ssl.SSLError) as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:300].rstrip(": "))
        except (OSError, ValueError, UnicodeError) as error:  # a name that is none, an address that cannot be reached
            return Answer(None, f"{type(error).__name__}: {error}"[:300].rstrip(": "))
        if status in _OK:
            return Answer(status, None)
        why = "a redirect, which is not followed" if status in _REDIRECTS else "refused"
        return Answer(status, f"HTTP {status}: {why}")

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """One connection for each post: a receiver that died in between would cost one more failure."""
        network = _Checked(self._lookups, inner=self._settings.private_addresses)
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=network, max_connections=1) as pool,
            pool.stream("POST", url, headers=list(headers.items()), content=body) as answer,
        ):
            status: int = answer.status
            return status
