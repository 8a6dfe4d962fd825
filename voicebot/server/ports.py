"""Is a TCP port free, and if not, who has it?"""

from __future__ import annotations

import secrets
import socket
from pathlib import Path
from typing import Final

import psutil

_OUTGOING: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""The ports that connections get for their own end, and listeners that do not mind which: first
and last (ip(7), Linux)."""
_LOWEST: Final = 20_000
"""Below are the ports that well-known servers have."""
_DRAWS: Final = 100
_given: Final[set[int]] = set()


class PortInUse(RuntimeError):
    """A port that is needed is taken; the message says by whom and which setting moves us."""

    def __init__(self, port: int, holder: str, setting: str) -> None:
        super().__init__(f"port {port} is in use by {holder}; set {setting} to another port")
        self.port = port


def require_free(host: str, port: int, setting: str) -> None:
    """Raise PortInUse unless `host`:`port` can be listened on; `setting` names its setting."""
    if not is_free(host, port):
        raise PortInUse(port, holder_of(port), setting)


def is_free(host: str, port: int) -> bool:
    """Can `host`:`port` be listened on right now?"""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: connections of the past (TIME_WAIT) don't count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free now and stays so while a server starts; each call gives another one.

    It is drawn from below the ports that connections get, or one of those would soon have it where
    many programs talk at once. Where nothing below is free, any port that is free now.
    """
    for _ in range(_DRAWS):
        port = _LOWEST + secrets.randbelow(max(1, _first_outgoing() - _LOWEST))
        if port not in _given and is_free(host, port):
            _given.add(port)
            return port
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _first_outgoing() -> int:
    try:
        return int(_OUTGOING.read_text().split()[0])
    except OSError:  # not Linux, where these begin at 49152 (RFC 6335) as a rule
        return 49_152


def holder_of(port: int) -> str:
    """The process that listens on `port`: 'name (process 123)', or 'another process'."""
    try:
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.laddr
                and connection.laddr.port == port
                and connection.pid
            ):
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return "another process"
    return "another process"


def reachable(host: str) -> str:
    """The address under which this machine itself reaches what listens on `host`."""
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    address = everywhere.get(host, host)
    return f"[{address}]" if ":" in address else address
