"""Takes the address of a receiver apart, strictly: what could be read in two ways is refused."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from kernel.errors import Invalid

URL_MAX_CHARS = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PORT_MAX = 65535
_HOST_MAX_CHARS = 253
_url = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9])?))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:/[!\"$-\[\]-~]*)?(?:\?[!\"$-\[\]-~]*)?)",
    # Without ASCII, letters that fold to others are let in: the Kelvin sign is a k.
    re.IGNORECASE | re.ASCII,
)
_number = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an HTTP request goes; `host` in lower case, `resource` is path and query."""

    scheme: str
    host: str
    port: int
    resource: str

    @property
    def lane(self) -> str:
        """What shares one receiver: scheme, host and port."""
        return f"{self.scheme}://{self.host}:{self.port}"


def parse_target(url: str) -> Target:
    """The target that a URL names.

    Only printable ASCII, http or https; no user info, backslash, fragment, zone or IPv4 address
    in any but the dotted decimal form (which address a name stands for is judged on connecting).

    Raises:
        Invalid: it is none; the message says why.
    """
    if len(url) > URL_MAX_CHARS:
        raise Invalid(f"the URL is longer than {URL_MAX_CHARS} characters")
    found = _url.fullmatch(url)
    if found is None:
        raise Invalid("the URL must be plain http(s)://host[:port][/path][?query] in ASCII")
    scheme = found["scheme"].lower()
    port = int(found["port"]) if found["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port <= _PORT_MAX:
        raise Invalid(f"{port} is no port")
    resource = found["rest"]
    return Target(
        scheme=scheme,
        host=_host(found["v6"], found["name"]),
        port=port,
        resource=resource if resource.startswith("/") else f"/{resource}",
    )


def _host(v6: str | None, name: str | None) -> str:
    try:
        if v6 is not None:
            return str(IPv6Address(v6))
        host = (name or "").lower()
        if _number.fullmatch(host.rpartition(".")[2]):
            return str(IPv4Address(host))
    except AddressValueError as error:
        raise Invalid(f"the host is no address: {error}") from error
    if len(host) > _HOST_MAX_CHARS or ".." in host:
        raise Invalid("the host is no name")
    return host
