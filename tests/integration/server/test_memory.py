"""--memory-limit-mib holds, and nobody is locked out, whatever clients send slowly or leave unread."""

import base64
import contextlib
import json
import os
import re
import resource
import select
import selectors
import socket
import time

import h2.settings
import pytest

from support.h2_client import H2Client
from support.json_client import JsonClient
from support.memory import assert_peak
from support.millrace import Millrace, wait_until
from support.raw_http import head

THREADS = [1, 2, 16, 64]
LIMIT_MIB = 128
# What the README names besides the limit: program, threads, connections.
BASE_MIB = 64


def start(tmp_path, threads=2, *args, **options):
    limit = ["--memory-limit-mib", str(LIMIT_MIB), "--threads", str(threads)]
    return Millrace(tmp_path / "data", args=limit + list(args), **options).start()


def assert_within_limit(server):
    assert_peak(server, LIMIT_MIB + BASE_MIB)


def connect(server, address="127.0.0.2", receive_buffer=None, timeout=30):
    """From an address that is not the honest clients'."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(timeout)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", server.port))
    return connection


def operation_head(operation, size):
    return head(**{"X-Amz-Target": f"Kinesis_20131202.{operation}", "Content-Length": size})


def send_all_that_is_taken(connections, most):
    """Sends zeros until `most` bytes are sent or none was taken from any for a second; the bytes sent."""
    block, sent = bytes(1 << 18), dict.fromkeys(connections, 0)
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_WRITE)
        while selector.get_map() and (ready := selector.select(1)):
            for key, _ in ready:
                connection = key.fileobj
                try:
                    sent[connection] += connection.send(block[: most - sent[connection]])
                    done = sent[connection] == most
                except OSError:
                    done = True
                if done:
                    selector.unregister(connection)
    for connection in connections:
        connection.setblocking(True)
        connection.settimeout(60)
    return sent


def close(connections):
    for connection in connections:
        connection.close()


def big_stream(server, records=9):
    """A stream of one shard with records of 1 MiB, their keys included; the body of a GetRecords from its beginning."""
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="big", ShardCount=1)
    data = base64.b64encode(os.urandom((1 << 20) - 1)).decode()
    raw.ok("PutRecords", StreamName="big", Records=[{"Data": data, "PartitionKey": "k"}] * records)
    iterator = raw.ok("GetShardIterator", StreamName="big", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    return json.dumps(iterator).encode()


def get_over_http2(client, path):
    """Starts an unsigned request, which is S3's."""
    stream = client.h2.get_next_available_stream_id()
    fields = [(":method", "GET"), (":path", path), (":scheme", "http"), (":authority", "x")]
    client.h2.send_headers(stream, fields, end_stream=True)
    return stream


def large_put(kib=500):
    data = base64.b64encode(os.urandom(kib << 10)).decode()
    return json.dumps({"StreamName": "big", "Data": data, "PartitionKey": "k"})


@pytest.mark.parametrize("threads", THREADS)
def test_the_limit_holds_under_stalled_uploads(tmp_path, threads):
    server = start(tmp_path, threads)
    body = big_stream(server)
    assert server.raw("PUT", "/bucket").status == 200
    stalled = [connect(server, f"127.0.0.{2 + n % 2}") for n in range(40)]
    for n, connection in enumerate(stalled):
        path = f"PUT /bucket/{n}" if n % 4 == 0 else "POST /2015-03-31/functions"
        connection.sendall(f"{path} HTTP/1.1\r\nHost: x\r\nContent-Length: {22 << 20}\r\n\r\n".encode())
    send_all_that_is_taken(stalled, 20 << 20)
    assert_within_limit(server)
    raw = JsonClient(server)
    assert raw.call("PutRecord", large_put()).status == 200
    assert len(json.loads(raw.call("GetRecords", body).body)["Records"]) >= 3
    close(stalled)
    assert_within_limit(server)
    assert server.stop() == 0


def test_the_limit_holds_under_heads_that_do_not_end(tmp_path):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    server = start(tmp_path)
    # A head that is large but whole is answered.
    assert server.raw("PUT", "/bucket", headers={"X-Long": "x" * 40_000}).status == 200
    begun = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 60_000
    connections = []
    for n in range(3000):
        connections.append(connect(server, f"127.0.0.{2 + n % 12}"))
        connections[-1].setblocking(False)
        with contextlib.suppress(OSError):
            connections[-1].send(begun)
    wait_until(lambda: ended(connections) > 1500, "the heads that are too much are refused", 60)
    assert_within_limit(server)
    assert server.raw("PUT", "/bucket2").status == 200
    close(connections)
    assert server.stop() == 0


@pytest.mark.parametrize("threads", THREADS)
def test_the_limit_holds_under_readers_that_do_not_read(tmp_path, threads):
    server = start(tmp_path, threads)
    body = big_stream(server)
    readers = [connect(server, f"127.0.0.{2 + n % 2}", receive_buffer=4096) for n in range(100)]
    for connection in readers:
        connection.sendall(operation_head("GetRecords", len(body)) + body)
    raw = JsonClient(server)
    assert raw.call("PutRecord", large_put()).status == 200
    assert len(json.loads(raw.call("GetRecords", body).body)["Records"]) >= 3
    assert_within_limit(server)
    close(readers)
    assert server.stop() == 0


def test_peers_that_take_nothing_do_not_hold_up_a_stop(tmp_path):
    server = start(tmp_path)
    body = big_stream(server)
    readers = [connect(server, f"127.0.0.{2 + n}", receive_buffer=4096) for n in range(2)]
    for connection in readers:
        connection.sendall(operation_head("GetRecords", len(body)) + body)
    wait_until(lambda: metric(server, 'used_bytes{part="answer"}') > 20 << 20, "both answers are being sent")
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 20  # the grace is 30 s
    close(readers)


@pytest.mark.parametrize("threads", THREADS)
def test_the_limit_holds_under_subscriptions_that_are_not_read(tmp_path, threads):
    server = start(tmp_path, threads)
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="s", ShardCount=20)
    shards = raw.ok("ListShards", StreamName="s")["Shards"]
    data = base64.b64encode(os.urandom(700_000)).decode()
    for shard in shards:
        key = shard["HashKeyRange"]["StartingHashKey"]
        record = {"Data": data, "PartitionKey": "k", "ExplicitHashKey": key}
        raw.ok("PutRecords", StreamName="s", Records=[record] * 3)
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    consumers = [
        raw.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName=f"c{n}")["Consumer"]["ConsumerARN"] for n in range(20)
    ]
    subscriptions = []
    for consumer in consumers:
        for shard in shards:
            position = {"Type": "TRIM_HORIZON"}
            body = json.dumps({"ConsumerARN": consumer, "ShardId": shard["ShardId"], "StartingPosition": position}).encode()
            subscriptions.append(connect(server, receive_buffer=4096))
            subscriptions[-1].sendall(operation_head("SubscribeToShard", len(body)) + body)
    wait_until(lambda: metric(server, 'used_bytes{part="answer"}') > 10 << 20, "there is much to send")
    wait_until(lambda: metric(server, "waiting") > 200, "the others wait for memory")
    iterator = raw.ok("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")
    for _ in range(3):
        raw.ok("PutRecord", StreamName="s", Data=data, PartitionKey="k")
        assert raw.ok("GetRecords", **iterator)["Records"]
    # Who does not read is cut off, since others wait.
    wait_until(lambda: ended(subscriptions) > 5, "some are cut off", 60)
    assert_within_limit(server)
    close(subscriptions)
    assert server.stop() == 0


def ended(connections):
    """How many the server has closed; reads nothing."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLRDHUP)
    return len(poll.poll(0))


def metric(server, name):
    text = server.raw("GET", "/metrics").body.decode()
    return float(re.search(rf"^millrace_memory_budget_{re.escape(name)} (\S+)$", text, re.M)[1])


def test_the_limit_holds_under_http2_answers_that_are_not_read(tmp_path):
    server = start(tmp_path)
    assert server.raw("PUT", "/bucket").status == 200
    for n in range(1000):
        assert server.raw("PUT", f"/bucket/{n:04}{'k' * 900}", body=b"x").status == 200
    no_window = {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0}
    clients = [H2Client(server, settings=no_window, address="127.0.0.2") for _ in range(14)]
    for client in clients:
        for _ in range(100):
            get_over_http2(client, "/bucket?list-type=2")
        client.flush()
    wait_until(lambda: metric(server, "waiting") > 0, "the budget is used up")
    assert server.raw("GET", "/bucket?list-type=2").status == 200
    assert_within_limit(server)
    for client in clients:
        client.socket.close()
    assert server.stop() == 0


def test_bodies_that_do_not_come_stop_no_get_records(tmp_path):
    server = start(tmp_path)
    body = big_stream(server)
    stalled = [connect(server, "127.0.0.1") for _ in range(16)]
    for connection in stalled:
        connection.sendall(operation_head("GetRecords", len(body)) + body[:10])
    raw = JsonClient(server)
    for _ in range(4):
        assert server.raw("POST", "/", raw.headers("GetRecords"), body, timeout=20).status == 200
    close(stalled)
    assert server.stop() == 0


def test_claims_of_which_little_comes_stop_no_small_requests(tmp_path):
    server = start(tmp_path)
    stalled = [connect(server, "127.0.0.1") for _ in range(400)]
    for connection in stalled:
        connection.sendall(operation_head("PutRecord", 60_000) + b"0123456789")
    wait_until(lambda: metric(server, 'used_bytes{part="prefix"}') >= 400 * 10, "they are there")
    assert sum(metric(server, f'used_bytes{{part="{p}"}}') for p in ("small", "prefix", "body")) < 4 << 20
    assert JsonClient(server).ok("ListStreams")["StreamNames"] == []
    close(stalled)
    assert server.stop() == 0


def test_slow_uploads_are_cut_off_once_others_wait_and_not_before(tmp_path):
    server = start(tmp_path)
    big_stream(server, 1)
    slow = [connect(server, "127.0.0.1") for _ in range(4)]
    chunk = b"%x\r\n" % (300 << 10) + bytes(300 << 10) + b"\r\n"
    for connection in slow:
        chunked = b"POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(chunked + chunk)
    wait_until(lambda: metric(server, "waiting") == 3, "one has all that an address may have, the others wait")
    # Another address is not even late.
    with connect(server, "127.0.0.2") as other, other.makefile("rb") as answer:
        put = large_put().encode()
        other.sendall(operation_head("PutRecord", len(put)) + put)
        assert answer.readline().startswith(b"HTTP/1.1 200 ")
    assert metric(server, "waiting") == 3
    # The same one waits until those are cut off.
    assert JsonClient(server).call("PutRecord", large_put()).status == 200
    ends = []
    for connection in slow[:2]:
        with connection.makefile("rb") as answer:
            ends.append(answer.read())
    assert all(end.startswith(b"HTTP/1.1 408 ") and b"RequestTimeoutException" in end for end in ends), ends
    close(slow)
    # Alone, it may be slow.
    with connect(server, "127.0.0.1") as alone:
        alone.sendall(operation_head("PutRecord", 1 << 20) + bytes(500 << 10))
        time.sleep(7)
        alone.sendall(bytes((1 << 20) - (500 << 10)))
        assert alone.recv(100).startswith(b"HTTP/1.1 400 ")  # read whole, and no JSON
    assert server.stop() == 0


def test_a_body_that_is_too_slow_is_a_408_where_s3_has_no_word_for_it(tmp_path):
    server = start(tmp_path)
    big_stream(server, 1)
    slow = [connect(server, "127.0.0.1") for _ in range(3)]
    for connection in slow:
        connection.sendall(operation_head("PutRecords", 15 << 20) + bytes(1 << 20))
    with slow[0].makefile("rb") as answer:
        end = answer.read()
    assert end.startswith(b"HTTP/1.1 408 ") and b"RequestTimeoutException" in end
    close(slow)
    assert server.stop() == 0


def test_a_body_larger_than_an_address_may_have_is_refused(tmp_path):
    server = start(tmp_path)
    with connect(server) as connection:
        connection.sendall(f"POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nContent-Length: {60 << 20}\r\n\r\n".encode())
        assert connection.recv(2000).startswith(b"HTTP/1.1 413 ")
    assert server.stop() == 0


def test_an_address_leaves_connections_to_the_others(tmp_path):
    server = start(tmp_path, 2, "--max-connections", "64")
    greedy = [connect(server) for _ in range(64)]
    assert server.raw("GET", "/health/live", timeout=20).status == 200
    ends = 0
    for connection in greedy[-8:]:
        connection.settimeout(20)
        try:
            ends += connection.recv(1) == b""
        except ConnectionResetError:
            ends += 1
    assert ends == 8
    close(greedy)
    assert server.stop() == 0


def test_an_address_leaves_descriptors_to_the_others(tmp_path):
    binary = tmp_path / "few-descriptors"
    binary.write_text(f'#!/bin/sh\nulimit -n 64\nexec {Millrace(tmp_path).binary} "$@"\n')
    binary.chmod(0o755)
    server = start(tmp_path, binary=str(binary))
    greedy = [connect(server) for _ in range(64)]
    assert server.raw("GET", "/health/live", timeout=20).status == 200
    assert "max_connections_reduced" in server.log()
    close(greedy)
    assert server.stop() == 0


@pytest.mark.parametrize("way", ["http1", "http2"])
def test_objects_that_are_not_in_the_page_cache_come_whole(tmp_path, way):
    server = start(tmp_path)
    assert server.raw("PUT", "/bucket").status == 200
    content = os.urandom(5_000_001)
    assert server.raw("PUT", "/bucket/object", body=content).status == 200
    for path in (tmp_path / "data" / "objects").rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    if way == "http1":
        assert server.raw("GET", "/bucket/object").body == content
    else:
        with H2Client(server) as client:
            stream = get_over_http2(client, "/bucket/object")
            client.flush()
            client.until(lambda: client.answers[stream].ended)
            assert bytes(client.answers[stream].body) == content
    assert server.stop() == 0
