"""Free ports, and who has the others."""

from __future__ import annotations

import os
import socket

import psutil
import pytest

from voicebot.server.ports import PortInUse, free_port, holder_of, is_free, reachable, require_free


def test_a_port_in_use_is_named_with_its_holder_and_the_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free("127.0.0.1", port)
        with pytest.raises(PortInUse) as caught:
            require_free("127.0.0.1", port, "VOICEBOT_RASA_PORT")
    me = f"{psutil.Process().name()} (process {os.getpid()})"
    assert str(caught.value) == (
        f"port {port} is in use by {me}; set VOICEBOT_RASA_PORT to another port"
    )
    require_free("127.0.0.1", port, "VOICEBOT_RASA_PORT")


def test_a_free_port_is_free() -> None:
    assert is_free("127.0.0.1", free_port())


def test_free_ports_are_given_once_and_to_no_connection() -> None:
    given = [free_port() for _ in range(200)]
    assert len(set(given)) == 200
    with socket.create_server(("127.0.0.1", 0)) as server:
        got = [socket.create_connection(server.getsockname()) for _ in range(50)]
        ends = [end.getsockname()[1] for end in got]
        for end in got:
            end.close()
    assert max(given) < min(ends)


def test_where_all_are_taken_any_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr("voicebot.server.ports._LOWEST", server.getsockname()[1])
        monkeypatch.setattr("voicebot.server.ports._first_outgoing", lambda: 0)
        assert is_free("127.0.0.1", free_port())


def test_an_unknown_holder() -> None:
    assert holder_of(free_port()) == "another process"


def test_connections_of_the_past_do_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
        accepted.close()  # closes first: TIME_WAIT stays on the server's port
        client.close()
    assert is_free("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("10.0.0.1", "10.0.0.1"),
        ("localhost", "localhost"),
    ],
)
def test_addresses_of_our_own(host: str, address: str) -> None:
    assert reachable(host) == address
