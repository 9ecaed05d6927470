"""Proxies in front of the server: whose word about the client's address is taken."""

import json
import socket
import ssl
import subprocess
import urllib.parse

import pytest

from support.functions import create_function
from support.millrace import Millrace, default_binary, wait_until

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def binary(address, command=0x21):
    """A header of version 2 that names an IPv4 client."""
    return SIGNATURE + bytes([command, 0x11, 0, 12]) + socket.inet_aton(address) + bytes([10, 0, 0, 1, 1, 2, 3, 4])


def text(address):
    return f"PROXY TCP4 {address} 10.0.0.1 50000 443\r\n".encode()


class Echo:
    """A server, and the path of a function URL that answers with the request's event."""

    def __init__(self, directory, *args):
        self.server = Millrace(directory / "data", args=["--tls", "self-signed", *args]).start()
        functions = self.server.client("lambda")
        name = create_function(functions)
        url = functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
        self.path = urllib.parse.urlsplit(url).path

    def event(self, before=b"", tls=False, **headers):
        """What the function saw of a request that follows the bytes `before`."""
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        connection = socket.create_connection(("127.0.0.1", self.server.port), timeout=30)
        connection.sendall(before)
        if tls:
            context = ssl.create_default_context(cafile=self.server.data_dir / "tls" / "certificate.pem")
            connection = context.wrap_socket(connection, server_hostname="localhost")
        with connection:
            connection.sendall(f"GET {self.path} HTTP/1.0\r\nHost: x\r\n{lines}\r\n".encode())
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        return json.loads(answer.partition(b"\r\n\r\n")[2])

    def source(self, *before, **headers):
        event = self.event(*before, **headers)
        source = event["requestContext"]["http"]["sourceIp"]
        assert event["headers"]["x-forwarded-for"] == source
        return source


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """A server that trusts this machine and a network beside it."""
    echo = Echo(tmp_path_factory.mktemp("behind"), "--trusted-proxies", "127.0.0.1,10.0.0.0/8")
    yield echo
    assert echo.server.stop() == 0, echo.server.log()


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory):
    """A server that trusts proxies elsewhere."""
    echo = Echo(tmp_path_factory.mktemp("open"), "--trusted-proxies", "10.0.0.0/8")
    yield echo
    assert echo.server.stop() == 0, echo.server.log()


@pytest.mark.parametrize(
    ("forwarded", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("198.51.100.1, unknown", "127.0.0.1"),
        ("2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_header_of_a_listed_proxy_names_the_client(behind, forwarded, source):
    assert behind.source(X_Forwarded_For=forwarded) == source


def test_the_scheme_is_the_proxys(behind):
    forwarded = {"X_Forwarded_For": "203.0.113.7", "X_Forwarded_Proto": "https"}
    assert behind.event(**forwarded)["headers"]["x-forwarded-proto"] == "https"
    assert behind.event()["headers"]["x-forwarded-proto"] == "http"


@pytest.mark.parametrize("header", [text, binary])
@pytest.mark.parametrize("tls", [False, True])
def test_the_proxy_protocol_of_a_listed_proxy_names_the_client(behind, header, tls):
    event = behind.event(header("203.0.113.7"), tls)
    assert event["requestContext"]["http"]["sourceIp"] == "203.0.113.7"
    assert event["headers"]["x-forwarded-proto"] == ("https" if tls else "http")


def test_the_client_of_the_proxy_protocol_is_not_believed_itself(behind):
    assert behind.source(text("203.0.113.7"), X_Forwarded_For="198.51.100.1") == "203.0.113.7"
    assert behind.source(text("10.9.9.9"), X_Forwarded_For="198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize("before", [b"", b"PROXY UNKNOWN\r\n", binary("203.0.113.7", command=0x20)])
def test_a_listed_proxy_may_speak_for_itself(behind, before):
    assert behind.source(before) == "127.0.0.1"


def test_a_header_comes_in_whatever_pieces(behind):
    for header in (text("203.0.113.7"), binary("203.0.113.7")):
        with socket.create_connection(("127.0.0.1", behind.server.port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in header + HEALTH:
                connection.send(bytes([byte]))
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("wrong", [b"PROXY \r\n", b"PROXY TCP4 " + b"1" * 200, SIGNATURE + b"\x31\x11\0\0",
                                   SIGNATURE + b"\x21\x11\xff\xff"])  # fmt: skip
def test_a_wrong_header_ends_the_connection(behind, wrong):
    with socket.create_connection(("127.0.0.1", behind.server.port), timeout=30) as connection:
        try:
            connection.sendall(wrong + HEALTH)
            assert connection.recv(1 << 16) == b""
        except ConnectionResetError:
            pass
    assert behind.server.raw("GET", "/health/live").status == 200


def test_others_are_not_believed(open_to_all):
    assert open_to_all.source(X_Forwarded_For="203.0.113.7") == "127.0.0.1"
    assert open_to_all.event(X_Forwarded_Proto="https")["headers"]["x-forwarded-proto"] == "http"
    for header in (text("203.0.113.7"), binary("203.0.113.7")):
        with socket.create_connection(("127.0.0.1", open_to_all.server.port), timeout=30) as connection:
            connection.sendall(header + HEALTH)
            assert not connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")


def test_connections_count_for_the_client_that_the_proxy_names(tmp_path):
    args = ["--max-connections", "8", "--trusted-proxies", "127.0.0.1"]
    server = Millrace(tmp_path / "data", args=args).start()

    def connected(address):
        """A served connection of the client; None: it was closed."""
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        try:
            connection.sendall(text(address) + HEALTH)
            if connection.recv(1 << 16):
                return connection
        except ConnectionResetError:
            pass
        connection.close()
        return None

    mine = [connected("203.0.113.7") for _ in range(7)]  # seven eighths
    assert all(mine)
    assert connected("203.0.113.7") is None
    other = connected("203.0.113.8")
    assert other
    other.close()
    mine.pop().close()
    again = wait_until(lambda: connected("203.0.113.7"), "a place becomes free")
    for connection in [*mine, again]:
        connection.close()
    assert server.stop() == 0


def test_what_is_no_network_stops_the_start(tmp_path):
    command = [default_binary(), "serve", "--data-dir", str(tmp_path / "data"), "--trusted-proxies", "intranet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert '"intranet" is not a network such as 10.0.0.0/8' in done.stderr + done.stdout
