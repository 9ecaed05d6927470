"""Connections at their edges: slow, silent, half-closed, greedy, and while the server stops."""

import base64
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from support.json_client import JsonClient
from support.memory import memory_mib
from support.millrace import Millrace, free_port, wait_until
from support.raw_http import SIGNED, connect, head

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"


def read_to_end(connection):
    data = b""
    while part := connection.recv(1 << 16):
        data += part
    return data


def read_answer(stream):
    """(status line, headers, body) of one answer, from a file over a socket."""
    status, headers = stream.readline().strip(), {}
    while (line := stream.readline().strip()):
        name, _, value = line.partition(b": ")
        headers[name.lower()] = value
    return status, headers, stream.read(int(headers.get(b"content-length", 0)))


def operation_head(operation, **headers):
    return head(**{"X-Amz-Target": f"Kinesis_20131202.{operation}", **headers})


def test_answers_come_in_the_order_of_different_pipelined_requests(server):
    wrong = b'{"Limit":0}'
    requests = [HEALTH, head(Content_Length=2) + b"{}", head(Content_Length=len(wrong)) + wrong, b"HEAD" + HEALTH[3:]] * 25
    with connect(server) as connection:
        sender = threading.Thread(target=connection.sendall, args=(b"".join(requests),))
        sender.start()
        with connection.makefile("rb") as answers:
            for _ in range(25):
                assert read_answer(answers)[2] == b"alive\n"
                assert b"StreamNames" in read_answer(answers)[2]
                assert b"ValidationException" in read_answer(answers)[2]
                status, headers = answers.readline(), {}
                assert status.startswith(b"HTTP/1.1 200 ")
                while (line := answers.readline().strip()):
                    headers[line.split(b": ")[0]] = line.split(b": ")[1]
                assert headers[b"Content-Length"] == b"6"  # and no body follows
        sender.join()


def test_http_1_0_stays_only_when_asked_to_and_says_so(server):
    request = b"GET /health/live HTTP/1.0\r\n"
    with connect(server) as connection:
        connection.sendall(request + b"\r\n")
        assert read_to_end(connection).endswith(b"alive\n")
    with connect(server) as connection, connection.makefile("rb") as answers:
        for _ in range(2):
            connection.sendall(request + b"Connection: keep-alive\r\n\r\n")
            _, headers, body = read_answer(answers)
            assert (headers[b"connection"], body) == (b"keep-alive", b"alive\n")


def test_http_1_0_knows_no_100_continue(server):
    old = head(Content_Length=2, Expect="100-continue").replace(b"HTTP/1.1", b"HTTP/1.0")
    with connect(server) as connection:
        connection.sendall(old + b"{}")
        assert read_to_end(connection).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n" + HEALTH,
        HEALTH.replace(b"GET /", b"GET http://somewhere:80/"),
        HEALTH.replace(b"Host: x\r\n", b"Host: x\r\n" + b"X-Y: z\r\n" * 500),
    ],
    ids=["line-end-first", "absolute-form", "many-headers"],
)
def test_odd_but_allowed_requests_are_answered(server, request_bytes):
    with connect(server) as connection:
        connection.sendall(request_bytes)
        assert connection.recv(1000).endswith(b"alive\n")


@pytest.mark.parametrize("coding", ["gzip", "identity", "chunked, gzip", "gzip, x"])
def test_bodies_whose_end_is_not_known_are_refused(server, coding):
    with connect(server) as connection:
        connection.sendall(head(Transfer_Encoding=coding) + b"{}")
        assert read_to_end(connection).startswith(b"HTTP/1.1 501 ")


@pytest.mark.parametrize("framing", ["Content-Length: 2\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 2"])
def test_bodies_with_two_ends_are_refused(server, framing):
    with connect(server) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing.encode() + b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
        assert read_to_end(connection).startswith(b"HTTP/1.1 400 ")


def test_a_half_closed_connection_gets_its_answers(server):
    with connect(server) as connection:
        connection.sendall((head(Content_Length=2) + b"{}") * 3)
        connection.shutdown(socket.SHUT_WR)
        assert read_to_end(connection).count(b"HTTP/1.1 200 OK") == 3


def test_the_last_answer_arrives_though_more_was_sent(server):
    for _ in range(20):
        with connect(server) as connection:
            connection.sendall(HEALTH.replace(b"Host", b"Connection: close\r\nHost") + HEALTH * 200)
            assert read_to_end(connection).endswith(b"alive\n")


@pytest.mark.parametrize("rest", [b"1;x=", b"2\r\n{}\r\n0\r\nx: "], ids=["chunk-extension", "trailer"])
def test_what_surrounds_chunks_is_bounded(server, rest):
    with connect(server) as connection:
        connection.sendall(head(Transfer_Encoding="chunked") + rest)
        try:
            for _ in range(100):
                connection.sendall(b"y" * (1 << 20))
        except OSError:
            return
        assert connection.recv(100).startswith(b"HTTP/1.1 431 ")


def test_trailers_do_not_speak_for_the_head(server):
    unsigned = head(Transfer_Encoding="chunked").replace(b"Authorization", b"X-Nothing")
    with connect(server) as connection:
        connection.sendall(unsigned + f"2\r\n{{}}\r\n0\r\nAuthorization: {SIGNED['Authorization']}\r\n\r\n".encode())
        assert b"MissingAuthenticationTokenException" in connection.recv(2000)


def test_whoever_sends_too_slowly_is_cut_off(tmp_path):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "2"]).start()
    for beginning in (b"POST / HTTP/1.1\r\nX: ", head(Content_Length=1 << 20), head(Transfer_Encoding="chunked") + b"fffff\r\n"):
        with connect(server) as connection:
            connection.sendall(beginning)
            begin = time.monotonic()
            with pytest.raises(OSError):
                while time.monotonic() - begin < 20:
                    connection.sendall(b"x")  # never silent, never done
                    time.sleep(0.1)
            assert 1.5 < time.monotonic() - begin < 10
    assert server.stop() == 0


def test_bodies_that_do_not_come_block_nobody_else(tmp_path):
    server = Millrace(tmp_path / "data", args=["--body-memory-mib", "32", "--idle-timeout-s", "2"]).start()
    greedy = [connect(server) for _ in range(20)]
    for connection in greedy:
        connection.sendall(head(Content_Length=12 << 20) + bytes(300 << 10))
    time.sleep(0.2)
    for _ in range(4):
        assert server.raw("GET", "/health/ready", timeout=1).status == 200
        assert server.raw("POST", "/", SIGNED, b"{}", timeout=1).status == 200
    # They who hold the memory are cut off; they who wait for it are told.
    ends = [b""] * len(greedy)
    for n, connection in enumerate(greedy):
        try:
            ends[n] = read_to_end(connection)
        except ConnectionResetError:
            pass
        connection.close()
    assert any(b"HTTP/1.1 503 " in end for end in ends)
    large = json.dumps({"Limit": 1, "Ignored": "x" * (1 << 20)})
    assert JsonClient(server).call("ListStreams", large).status == 200
    assert server.stop() == 0


def test_slow_readers_of_large_answers_do_not_fill_the_memory(tmp_path):
    server = Millrace(tmp_path / "data", args=["--body-memory-mib", "64", "--idle-timeout-s", "2"]).start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="big", ShardCount=1)
    data = base64.b64encode(os.urandom((1 << 20) - 1)).decode()
    raw.ok("PutRecords", StreamName="big", Records=[{"Data": data, "PartitionKey": "k"}] * 9)
    start = raw.ok("GetShardIterator", StreamName="big", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    body = json.dumps(start).encode()
    before = memory_mib(server)
    readers = [connect(server) for _ in range(60)]
    for connection in readers:
        connection.sendall(operation_head("GetRecords", Content_Length=len(body)) + body)
    time.sleep(1)
    assert memory_mib(server) - before < 250  # 60 answers are 750
    raw.ok("PutRecord", StreamName="big", Data="", PartitionKey="k")  # nobody else waits for them
    for connection in readers:
        connection.close()
    wait_until(lambda: len(raw.ok("GetRecords", **start)["Records"]) == 10, "the memory is free again")
    assert server.stop() == 0


def test_more_connections_wait_for_their_turn(tmp_path):
    server = Millrace(tmp_path / "data", args=["--max-connections", "4"]).start()
    wait_until(lambda: b"millrace_http_connections 1\n" in server.raw("GET", "/metrics").body, "the others are closed")
    held = [connect(server) for _ in range(4)]
    for connection in held:
        connection.sendall(HEALTH)
        assert connection.recv(1000).endswith(b"alive\n")
    with connect(server) as waiting:
        waiting.sendall(HEALTH)
        waiting.settimeout(0.3)
        with pytest.raises(TimeoutError):
            waiting.recv(1000)
        held.pop().close()
        waiting.settimeout(10)
        assert waiting.recv(1000).endswith(b"alive\n")
    for connection in held:
        connection.close()
    assert server.stop() == 0


def test_sigterm_lets_requests_in_flight_finish(tmp_path):
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=1)
    data = base64.b64encode(os.urandom((1 << 20) - 1)).decode()
    raw.ok("PutRecords", StreamName="s", Records=[{"Data": data, "PartitionKey": "k"}] * 9)
    start = raw.ok("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    body = json.dumps(start).encode()
    with connect(server) as reader, connect(server) as writer, connect(server) as half, connect(server):
        reader.sendall(operation_head("GetRecords", Content_Length=len(body)) + body)
        answers = reader.makefile("rb")
        assert answers.readline().startswith(b"HTTP/1.1 200 ")  # the rest is unread
        put = json.dumps({"StreamName": "s", "Data": "YQ==", "PartitionKey": "k"}).encode()
        writer.sendall(operation_head("PutRecord", Content_Length=len(put), Expect="100-continue"))
        assert writer.recv(100).startswith(b"HTTP/1.1 100 ")
        half.sendall(b"POST / HT")  # no request yet: is not waited for
        begin = time.monotonic()
        server.process.terminate()
        try:
            assert read_to_end(half) == b""
        except ConnectionResetError:
            pass
        assert time.monotonic() - begin < 5
        writer.sendall(put)
        answer = read_to_end(writer)
        assert b"Connection: close" in answer and b"SequenceNumber" in answer
        while answers.readline().strip():
            pass
        assert len(json.loads(answers.read())["Records"]) == 9
        answers.close()
        assert server.process.wait(10) == 0
    assert "shutdown_timeout" not in server.log()
    server.start()
    assert len(raw.ok("GetRecords", **start)["Records"]) == 10
    assert server.stop() == 0


def test_a_start_that_fails_says_why_and_ends_in_order(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "file").touch()
        for number, (arguments, text) in enumerate(
            [(["--listen", f"127.0.0.1:{taken.getsockname()[1]}"], "Address already in use")]
            + [(["--listen", "300.1.1.1:80", "--insecure"], "--listen: cannot listen on 300.1.1.1:80")] * 10
            + [
                (["--data-dir", str(tmp_path / "file" / "x")], "--data-dir"),
                (["--region", ""], "--region"),
                (["--region", "a b"], "--region"),
                (["--public-url", "here"], "--public-url"),
                (["--threads", "257"], "--threads: Value 257 not in range 0 to 256"),
                (["--max-connections", "x"], "--max-connections: Value x not in range 1 to 1000000"),
            ]
        ):
            # Each time a fresh directory, in which the first start has something to write.
            command = [Millrace(tmp_path).binary, "serve", "--listen", f"127.0.0.1:{free_port()}"]
            command += ["--data-dir", str(tmp_path / f"data-{number}"), *arguments]
            if arguments[0] in ("--listen", "--data-dir"):
                command = [command[0], "serve", *arguments]
                if arguments[0] == "--listen":
                    command += ["--data-dir", str(tmp_path / f"data-{number}")]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
            assert ended.returncode not in (0, -11, -6), (arguments, ended)
            assert text in ended.stderr, (arguments, ended)


def test_the_port_may_be_any_and_is_told(tmp_path):
    server = Millrace(tmp_path / "data")
    server.port = 0
    with open(server.log_path, "ab") as log:
        process = subprocess.Popen(
            [server.binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(tmp_path / "data")], stderr=log
        )
    wait_until(lambda: "started" in server.log(), "it starts")
    port = int(server.log().split('listen="127.0.0.1:')[1].split('"')[0])
    assert port != 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HEALTH)
        assert connection.recv(1000).endswith(b"alive\n")
    process.terminate()
    assert process.wait(10) == 0
