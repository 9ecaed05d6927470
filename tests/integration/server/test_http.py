"""HTTP itself, and the bad input that strangers send."""

import gzip
import json
import socket
import time

import pytest

from support.json_client import JsonClient
from support.millrace import Millrace, wait_until
from support.raw_http import SIGNED, TARGET, connect, head

def read_answers(connection, count):
    data = b""
    while data.count(b"HTTP/1.1 200 OK") < count or not data.endswith(b"}"):
        part = connection.recv(65536)
        assert part, data
        data += part
    return data


def test_pages_of_health_and_metrics(server):
    assert server.raw("GET", "/health/live").status == 200
    assert server.raw("GET", "/health/ready").body == b"ready\n"
    assert server.raw("GET", "/health/other").status == 404
    metrics = server.raw("GET", "/metrics")
    assert metrics.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    for line in metrics.body.decode().splitlines():
        assert line.startswith("# HELP millrace_") or line.startswith("# TYPE millrace_") or line.startswith("millrace_")


def test_metrics_count_what_is_put_and_read(server, kinesis, stream):
    kinesis.put_records(StreamName=stream, Records=[{"Data": b"12345", "PartitionKey": "k"}] * 3)
    kinesis.put_record(StreamName=stream, Data=b"12345", PartitionKey="k")
    text = server.raw("GET", "/metrics").body.decode()
    labels = f'{{account="000000000000",region="us-east-1",stream="{stream}"}}'
    assert f"millrace_kinesis_incoming_records_total{labels} 4\n" in text
    assert f"millrace_kinesis_incoming_bytes_total{labels} 20\n" in text
    assert f"millrace_kinesis_put_records_records_total{labels} 3\n" in text
    assert 'millrace_request_seconds_count{operation="PutRecords",service="kinesis"}' in text


def test_pipelined_requests_are_answered_in_order(server):
    with connect(server) as connection:
        request = head(Content_Length=2) + b"{}"
        connection.sendall(request * 20)
        assert read_answers(connection, 20).count(b"HTTP/1.1 200 OK") == 20


def test_a_request_may_come_byte_by_byte(server):
    with connect(server) as connection:
        for byte in head(Content_Length=2) + b"{}":
            connection.sendall(bytes([byte]))
        assert b"StreamNames" in read_answers(connection, 1)


def test_expect_100_continue_is_answered_before_the_body(server):
    with connect(server) as connection:
        connection.sendall(head(Content_Length=2, Expect="100-continue"))
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert b"StreamNames" in read_answers(connection, 1)


def test_a_body_may_come_in_chunks(server):
    with connect(server) as connection:
        connection.sendall(head(Transfer_Encoding="chunked") + b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n")
        assert b"StreamNames" in read_answers(connection, 1)


def test_a_body_in_chunks_may_come_byte_by_byte(server):
    for body in (b"1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\nTrailer: x\r\n\r\n"):
        with connect(server) as connection:
            for byte in head(Transfer_Encoding="chunked") + body:
                connection.sendall(bytes([byte]))
            assert b"StreamNames" in read_answers(connection, 1)


def test_a_body_of_no_chunks_may_come_in_any_pieces(server):
    """Beast's parser would end the process at the fourth of these five bytes."""
    for pieces in ([b"0", b"\r", b"\n", b"\r", b"\n"], [b"0\r\n", b"\r", b"\n"], [b"0\r\n\r", b"\n"], [b"0\r\n", b"A: b\r\n\r\n"]):
        with connect(server) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(head(Transfer_Encoding="chunked", Expect="100-continue"))
            assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(0.02)  # so that the server meets each alone
            answer = b""
            while b"SerializationException" not in answer:
                part = connection.recv(1000)
                assert part, answer
                answer += part
            assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "bytes_sent, status",
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70000 + b"\r\n\r\n", b"431"),
    ],
)
def test_what_is_no_request_is_refused_and_the_connection_closed(server, bytes_sent, status):
    with connect(server) as connection:
        connection.sendall(bytes_sent)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1000)
        assert answer.startswith(b"HTTP/1.1 " + status), answer
        while connection.recv(1000):
            pass


@pytest.mark.parametrize(
    "request_line, fields, status",
    [
        ("GET /health HTTP/1.1", [], 400),
        ("GET /health HTTP/1.1", ["Host: x", "Host: x"], 400),
        ("GET /health HTTP/1.1", ["Host: x", "host: y"], 400),
        ("GET /health HTTP/1.1", ["Host: a b"], 400),
        ("GET /health HTTP/1.1", ["Host: user@x"], 400),
        ("GET /health HTTP/1.1", ["Host: x/y"], 400),
        ("GET /health HTTP/1.1", ["Host: x:y"], 400),
        ("GET /health HTTP/1.0", ["Host: x", "Host: y"], 400),
        ("GET http:///health HTTP/1.1", ["Host: x"], 400),
        ("GET /health HTTP/1.1", ["Host: x", " folded"], 400),
        ("GET /health HTTP/1.1", ["Host: x", "A: b", "\tTransfer-Encoding: chunked"], 400),
        ("GET /health HTTP/1.1", ["Host: x", "A: b\rC: d"], 400),
        ("GET /health HTTP/1.1", ["Host: x", "A: b\nC: d"], 400),
        ("GET /health HTTP/1.1", ["Host: x", "A: b\0c"], 400),
        ("GET /health HTTP/1.1", ["Host : x"], 400),
        ("POST / HTTP/1.1", ["Host: x", "Transfer-Encoding: chunked", "Content-Length: 5"], 400),
        ("POST / HTTP/1.1", ["Host: x", "Content-Length: 5", "Transfer-Encoding: chunked"], 400),
        ("POST / HTTP/1.1", ["Host: x", "Content-Length: +5"], 400),
        ("POST / HTTP/1.1", ["Host: x", "Content-Length: 5, 6"], 400),
        ("POST / HTTP/1.1", ["Host: x", "Transfer-Encoding: gzip, chunked"], 501),
        ("POST / HTTP/1.1", ["Host: x", "Transfer-Encoding: chunked, chunked"], 501),
        ("POST / HTTP/1.1", ["Host: x", "Transfer-Encoding: gzip"], 501),
        ("POST / HTTP/1.1", ["Host: x", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked"], 501),
        ("POST / HTTP/1.1", ["Host: x", "Transfer-Encoding: chunked;q=1"], 501),
    ],
)
def test_what_two_servers_could_read_in_two_ways_is_refused_and_the_connection_closed(
    server, request_line, fields, status
):
    with connect(server) as connection:
        head = "\r\n".join([request_line, *fields]).encode() + b"\r\n\r\n"
        connection.sendall(head + b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while part := connection.recv(1000):
            answer += part
        assert (int(answer[9:12]), b"alive" in answer) == (status, False), answer


def test_a_target_that_names_the_server_takes_the_place_of_the_host(server):
    with connect(server) as connection:
        connection.sendall(b"GET http://evil.example/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"--allow-hosts evil.example" in connection.makefile("rb").read()
    with connect(server) as connection:
        connection.sendall(b"GET http://x/health/live HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert b"alive" in connection.makefile("rb").read()


def test_a_body_in_chunks_of_http_1_0_ends_the_connection(server):
    with connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"0\r\n\r\nGET /health/live HTTP/1.0\r\n\r\n")
        answer = connection.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 ") and b"alive" not in answer


def test_bodies_over_the_limit_answer_413(server):
    with connect(server) as connection:
        connection.sendall(head(Content_Length=(16 << 20) + 1))
        assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")
    with connect(server) as connection:
        connection.sendall(head(Transfer_Encoding="chunked"))
        try:
            for _ in range(20):
                connection.sendall(b"100000\r\n" + bytes(1 << 20) + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "body",
    [b"x", b"[]", b'"s"', b"{", b'{"StreamName":"\xff\xfe"}', b"[" * 100000, b'{"a":' * 100000, bytes((10 << 20) + 1), gzip.compress(b"{}")],
    ids=["byte", "list", "string", "open", "utf-8", "deep-list", "deep-object", "10MiB+1", "gzip"],
)
def test_malformed_bodies_are_serialization_exceptions(server, body):
    for operation in ("PutRecord", "PutRecords", "GetRecords", "CreateStream"):
        response = JsonClient(server).call(operation, body)
        assert (response.status, json.loads(response.body)) == (400, {"__type": "SerializationException"}), operation


def test_empty_bodies(server):
    response = server.raw("POST", "/", SIGNED, b"")
    assert (response.status, json.loads(response.body)) == (400, {"__type": "SerializationException"})
    response = server.raw("POST", "/", {**SIGNED, "X-Amz-Target": "Kinesis_20131202.Nothing"}, b"")
    assert (response.status, json.loads(response.body)) == (400, {"__type": "UnknownOperationException"})


def test_unknown_operations_and_forms(server):
    unknown = {**SIGNED, "X-Amz-Target": "Kinesis_20131202.Nothing"}
    assert json.loads(server.raw("POST", "/", unknown, b"{}").body) == {"__type": "UnknownOperationException"}
    form = {**SIGNED, "Content-Type": "text/plain"}
    response = server.raw("POST", "/", form, b"{}")
    assert (response.status, response.body) == (404, b"<UnknownOperationException/>\n")
    response = server.raw("PUT", "/", SIGNED, b"{}")
    assert response.status == 403 and b"<AccessDeniedException>" in response.body


def test_the_form_of_the_signature_is_checked(server):
    def error(**headers):
        response = server.raw("POST", "/", {**TARGET, **headers}, b"{}")
        assert response.status == 400
        return json.loads(response.body)

    assert error() == {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"}
    incomplete = error(Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert incomplete == {
        "__type": "IncompleteSignatureException",
        "message": "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' "
        "parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        "Authorization=AWS4-HMAC-SHA256 Credential=x",
    }


def test_every_answer_has_its_ids(server):
    first, second = (server.raw("POST", "/", SIGNED, b"{}") for _ in range(2))
    assert first.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert len(first.headers["x-amzn-RequestId"]) == 36
    assert first.headers["x-amzn-RequestId"] != second.headers["x-amzn-RequestId"]
    assert first.headers["x-amz-id-2"]


def test_pages_of_this_machine_are_allowed(server):
    response = server.raw("POST", "/", {**SIGNED, "Origin": "http://localhost:3000"}, b"{}")
    assert response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    asking = {"Origin": "http://localhost:3000", "Access-Control-Request-Headers": "x-amz-target"}
    response = server.raw("OPTIONS", "/", asking)
    assert (response.status, response.body) == (200, b"")
    assert response.headers["Access-Control-Allow-Headers"] == "x-amz-target"
    assert response.headers["Access-Control-Max-Age"] == "172800"


def test_silent_connections_are_closed(tmp_path):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "1"]).start()
    with connect(server) as connection:
        connection.sendall(b"POST / HT")
        begin = time.monotonic()
        assert connection.recv(100) == b""
        assert time.monotonic() - begin < 10
    assert server.stop() == 0


def test_sigterm_closes_idle_connections_and_keeps_what_was_put(tmp_path):
    server = Millrace(tmp_path / "data").start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="kept", ShardCount=1)
    kinesis.put_record(StreamName="kept", Data=b"x", PartitionKey="k")
    with connect(server):
        assert server.stop(seconds=10) == 0
    server.start()
    raw = JsonClient(server)
    start = raw.ok("GetShardIterator", StreamName="kept", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    assert len(raw.ok("GetRecords", **start)["Records"]) == 1
    assert server.stop() == 0


def test_an_iterator_survives_a_restart(tmp_path):
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=1)
    iterator = raw.ok("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="LATEST")
    server.kill()
    server.start()
    raw.ok("PutRecord", StreamName="s", Data="YQ==", PartitionKey="k")
    assert len(raw.ok("GetRecords", **iterator)["Records"]) == 1
    assert server.stop() == 0


def test_wrong_settings_stop_the_start_and_name_themselves(tmp_path):
    for arguments, text in [
        (["--durability", "hope"], "--durability"),
        (["--listen", "nowhere"], "--listen"),
        (["--idle-timeout-s", "0"], "--idle-timeout-s"),
        (["--unheard-of", "1"], "--unheard-of"),
    ]:
        server = Millrace(tmp_path / "data", args=arguments)
        with pytest.raises(AssertionError, match="ended at once"):
            server.start()
        assert text in server.log()


def test_settings_come_from_flags_environment_and_file(tmp_path, monkeypatch):
    file = tmp_path / "millrace.conf"
    file.write_text('region = "from-file"\nlog-format = "json"\n')
    monkeypatch.setenv("MILLRACE_REGION", "from-environment")
    server = Millrace(tmp_path / "data", args=["--config", str(file)]).start()
    wait_until(lambda: '"event":"started"' in server.log(), "the log says that it has started")
    raw = JsonClient(server)
    raw.authorization = raw.authorization.replace("/us-east-1/", "//")
    raw.ok("CreateStream", StreamName="s", ShardCount=1)
    arn = raw.ok("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    assert ":from-environment:" in arn
    assert server.stop() == 0
    file.write_text("colour = red\n")
    with pytest.raises(AssertionError, match="ended at once"):
        server.start()
    assert "colour" in server.log()


def test_a_data_directory_is_used_by_one_server_at_a_time(tmp_path):
    server = Millrace(tmp_path / "data").start()
    second = Millrace(tmp_path / "data")
    second.log_path = tmp_path / "second.log"
    with pytest.raises(AssertionError, match="in use by another server"):
        second.start()
    assert server.stop() == 0


def test_an_empty_directory_is_ready_at_once(tmp_path):
    begin = time.monotonic()
    server = Millrace(tmp_path / "data").start()
    # Far below 200 ms on an idle machine; the bound is for a busy one, and sanitizers.
    assert time.monotonic() - begin < 10
    wait_until(lambda: server.raw("GET", "/health/live").status == 200, "alive")
    assert server.stop() == 0
