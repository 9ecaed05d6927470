"""Several listeners: their names, their TLS, whose connections they take, and what they serve."""

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess

import pytest

from support.functions import create_function, invoke
from support.json_client import JsonClient
from support.millrace import Millrace, default_binary, free_port, wait_until
from support.raw_http import TARGET

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Listening(Millrace):
    """A server whose first listener, the port of `Millrace`, is one for all; the others are given."""

    def __init__(self, data_dir, others, **options):
        super().__init__(data_dir, **options)
        for listener in others:
            self.args += ["--listen", listener]


def send(port, request, source="127.0.0.1", tls=None):
    """What comes back until the connection ends; b"" if it is closed at once."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30, source_address=(source, 0)) as plain:
            connection = tls.wrap_socket(plain, server_hostname="localhost") if tls else plain
            connection.sendall(request)
            answer = b""
            while part := connection.recv(1 << 16):
                answer += part
            return answer
    except ConnectionResetError:
        return b""


def get(path):
    return f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode()


def answers(port, **how):
    return send(port, get("/health/live"), **how).endswith(b"alive\n")


@pytest.fixture(scope="module")
def listening(tmp_path_factory):
    secure, near, objects, metrics = free_ports(4)
    directory = tmp_path_factory.mktemp("listeners")
    server = Listening(
        directory / "data",
        [
            f"secure=127.0.0.1:{secure},tls=required",
            f"near=127.0.0.1:{near},from=127.0.0.2,from=127.0.1.0/24,tls=off",
            f"objects=127.0.0.1:{objects},services=s3,services=lambda",
            f"metrics=127.0.0.1:{metrics},services=metrics",
        ],
        args=["--tls", "self-signed"],
    )
    server.secure, server.near, server.objects, server.metrics = secure, near, objects, metrics
    server.start()
    yield server
    assert server.stop() == 0, server.log()


def trusting(server):
    return ssl.create_default_context(cafile=server.data_dir / "tls" / "certificate.pem")


def test_all_listeners_serve_and_the_log_names_them(listening):
    for port in (listening.port, listening.objects, listening.metrics):
        assert answers(port)
    for port in (listening.port, listening.secure, listening.near, listening.objects, listening.metrics):
        assert f"127.0.0.1:{port}" in listening.log()


def test_a_listener_may_require_tls(listening):
    assert answers(listening.secure, tls=trusting(listening))
    assert answers(listening.port, tls=trusting(listening)) and answers(listening.port)
    for request in (HEALTH, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"x"):
        refused = send(listening.secure, request)
        assert refused.startswith(b"HTTP/1.1 400 ") and refused.endswith(b"\r\n\r\nThis port requires HTTPS.\n")


def test_a_listener_may_have_no_tls(listening):
    assert answers(listening.near, source="127.0.0.2")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        send(listening.near, HEALTH, source="127.0.0.2", tls=trusting(listening))


@pytest.mark.parametrize(
    ("source", "taken"),
    [("127.0.0.1", False), ("127.0.0.2", True), ("127.0.0.3", False), ("127.0.1.9", True), ("127.0.2.1", False)],
)
def test_connections_from_other_networks_are_closed(listening, source, taken):
    assert answers(listening.near, source=source) == taken
    if not taken:
        assert send(listening.near, b"", source=source) == b""


def test_a_listener_serves_its_services_alone(listening):
    def ask(port, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, response.read().decode()

    client = JsonClient(listening)
    kinesis = {**TARGET, "Authorization": client.authorization, "X-Amz-Date": "20260101T000000Z"}
    response, body = ask(listening.port, "POST", "/", kinesis, "{}")
    assert response.status == 200
    response, body = ask(listening.objects, "POST", "/", kinesis, "{}")
    assert response.status == 403 and response.getheader("x-amzn-requestid")
    assert json.loads(body) == {
        "__type": "AccessDeniedException", "message": 'The listener "objects" does not serve kinesis.'
    }  # fmt: skip
    for service, path in (("lambda", "/2015-03-31/functions/"), ("s3", "/")):
        signed = {**kinesis, "Authorization": client.authorization.replace("/kinesis/", f"/{service}/")}
        del signed["X-Amz-Target"]
        assert ask(listening.objects, "GET", path, signed)[0].status == 200
    response, body = ask(listening.metrics, "GET", "/bucket")
    assert response.status == 403 and "<Code>AccessDenied</Code>" in body
    assert "<Message>The listener &quot;metrics&quot; does not serve s3.</Message>" in body.replace('"', "&quot;")


def test_a_restricted_listener_serves_health_and_the_metrics_that_it_names(listening):
    assert b"millrace_http_connections" in send(listening.metrics, get("/metrics"))
    assert send(listening.objects, get("/metrics")).startswith(b"HTTP/1.1 403 ")
    assert send(listening.objects, get("/_millrace/clock")).startswith(b"HTTP/1.1 403 ")
    assert answers(listening.objects) and answers(listening.metrics)


def test_connections_of_all_listeners_are_counted_together(listening):
    assert b"millrace_http_connections_outside_total" in send(listening.port, get("/metrics"))


@pytest.mark.parametrize("how", ["environment", "file", "lines"])
def test_listeners_come_from_the_environment_and_the_file(tmp_path, how):
    first, second, third = free_ports(3)
    listeners = [f"127.0.0.1:{first}", f"b=127.0.0.1:{second},services=s3,services=kinesis", f"127.0.0.1:{third}"]
    env, flags = {}, []
    if how == "environment":
        env = {"MILLRACE_LISTEN": ",".join(listeners)}
    else:
        lines = [f"listen = {l}" for l in listeners] if how == "lines" else ["listen = " + ", ".join(listeners)]
        (tmp_path / "millrace.ini").write_text("\n".join(lines) + "\n")
        flags = ["--config", str(tmp_path / "millrace.ini")]
    command = [default_binary(), "serve", *flags, "--data-dir", str(tmp_path / "data")]
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen(command, stderr=log, env={**os.environ, **env})
    try:
        wait_until(lambda: "started" in (tmp_path / "log").read_text(), "it starts")
        assert answers(first) and answers(second) and answers(third)
        assert send(second, get("/metrics")).startswith(b"HTTP/1.1 403 ")
        assert send(third, get("/metrics")).startswith(b"HTTP/1.1 200 ")
        health = [default_binary(), "health"]
        assert subprocess.run(health, env={**os.environ, **env, "MILLRACE_LISTEN": ",".join(listeners)}).returncode == 0
        assert subprocess.run([*health, "--listen", f"127.0.0.1:{third}"]).returncode == 0
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_health_asks_over_tls_where_nothing_else_is_served(listening):
    for setting in (f"127.0.0.1:{listening.secure},tls=required",
                    f"127.0.0.1:{listening.secure},tls=required,127.0.0.1:{listening.port}"):  # fmt: skip
        assert subprocess.run([default_binary(), "health", "--listen", setting]).returncode == 0
    done = subprocess.run([default_binary(), "health", "--listen", f"127.0.0.1:{free_port()}"],
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 1 and "Connection refused" in done.stderr


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ("127.0.0.1:0,tls=required", "--listen: 127.0.0.1:0 requires a certificate: set --tls-certificate"),
        ("127.0.0.1:0,tls=on", '--listen: "tls=on" is not tls=auto, tls=required or tls=off'),
        ("127.0.0.1:0,services=kinetic", '"services=kinetic" names no service; the services are kinesis, '),
        ("127.0.0.1:0,from=lan", 'from="lan" is not a network such as 10.0.0.0/8'),
        ("a=127.0.0.1:0,a=127.0.0.1:1", '--listen: "a" is given twice'),
        ("127.0.0.1:0,198.51.100.1:1", "--listen: cannot listen on 198.51.100.1:1: "),
    ],
)
def test_a_wrong_listener_stops_the_start_and_is_named(tmp_path, listen, words):
    command = [default_binary(), "serve", "--listen", listen, "--insecure", "--data-dir", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and words in done.stderr


def test_functions_reach_the_listener_without_restrictions(tmp_path):
    plain, secure = free_ports(2)
    server = Millrace(tmp_path / "data", port=plain, args=["--tls", "self-signed"])
    server.args += ["--listen", f"s=127.0.0.1:{secure},services=s3"]
    server.start()
    functions = server.client("lambda")
    source = "import os\ndef handler(event, context):\n    return os.environ['AWS_ENDPOINT_URL']\n"
    assert invoke(functions, create_function(functions, source))[0] == f"http://127.0.0.1:{plain}"
    assert server.stop() == 0
