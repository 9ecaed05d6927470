"""Thousands of clients at once: what they cost, and that each gets all that is due to it."""

import base64
import json
import pathlib
import resource
import selectors
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.json_client import JsonClient  # noqa: E402
from support.millrace import Millrace  # noqa: E402
from support.raw_http import head  # noqa: E402

CONNECTIONS = 10_000
STREAMS, CONSUMERS, ROUNDS = 50, 20, 10  # 1,000 subscribers, 20 on each of 50 shards


def raise_limit(descriptors):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert hard >= descriptors, f"{descriptors} open files are needed, and this machine allows {hard}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def resident_mb(server):
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def test_ten_thousand_idle_connections(tmp_path):
    raise_limit(CONNECTIONS + 1000)
    server = Millrace(tmp_path / "data", args=["--max-connections", str(2 * CONNECTIONS)]).start()
    before = resident_mb(server)
    connections = []
    for _ in range(CONNECTIONS):
        connections.append(socket.create_connection(("127.0.0.1", server.port), timeout=30))
        connections[-1].sendall(head(Content_Length=2) + b"{}")
    for connection in connections:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    grown = resident_mb(server) - before
    print(f"{CONNECTIONS} idle connections: {grown:.0f} MB")
    assert grown < 300
    assert JsonClient(server).ok("ListStreams")["StreamNames"] == []
    for connection in connections:
        connection.close()
    assert server.stop() == 0


class Subscriber:
    """A SubscribeToShard over HTTP/1.1: takes the answer's chunks apart, and the event stream in them."""

    def __init__(self, server, consumer):
        body = json.dumps(
            {"ConsumerARN": consumer, "ShardId": "shardId-000000000000", "StartingPosition": {"Type": "LATEST"}}
        ).encode()
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        target = {"X-Amz-Target": "Kinesis_20131202.SubscribeToShard"}
        self.socket.sendall(head(Content_Length=len(body), **target) + body)
        self.socket.setblocking(False)
        self.text, self.events, self.begun = b"", b"", False
        self.records = []  # (data, when it came)

    def take(self):
        self.text += self.socket.recv(1 << 20)
        if not self.begun:
            end = self.text.find(b"\r\n\r\n")
            if end < 0:
                return
            assert self.text.startswith(b"HTTP/1.1 200"), self.text
            self.text, self.begun = self.text[end + 4 :], True
        while (end := self.text.find(b"\r\n")) >= 0:
            size = int(self.text[:end], 16)
            if len(self.text) < end + 2 + size + 2:
                break
            self.events += self.text[end + 2 : end + 2 + size]
            self.text = self.text[end + 2 + size + 2 :]
        now = time.monotonic()
        while len(self.events) >= 12:
            total, headers = struct.unpack(">II", self.events[:8])
            if len(self.events) < total:
                break
            payload = json.loads(self.events[12 + headers : total - 4] or b"{}")
            self.records += [(base64.b64decode(r["Data"]).decode(), now) for r in payload.get("Records", [])]
            self.events = self.events[total:]


def drain(selector, done, what):
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, f"not within 60 s: {what}"
        for key, _ in selector.select(0.2):
            key.data.take()


def test_a_thousand_subscribers_get_every_record(tmp_path):
    raise_limit(STREAMS * CONSUMERS + 1000)
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    selector, subscribers = selectors.DefaultSelector(), []
    for s in range(STREAMS):
        raw.ok("CreateStream", StreamName=f"s{s}", ShardCount=1)
        arn = raw.ok("DescribeStreamSummary", StreamName=f"s{s}")["StreamDescriptionSummary"]["StreamARN"]
        for c in range(CONSUMERS):
            consumer = raw.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName=f"c{c}")["Consumer"]["ConsumerARN"]
            subscribers.append((s, Subscriber(server, consumer)))
            selector.register(subscribers[-1][1].socket, selectors.EVENT_READ, subscribers[-1][1])
    drain(selector, lambda: all(x.begun for _, x in subscribers), "every subscription begins")
    delays = []
    for n in range(ROUNDS):
        for s in range(STREAMS):
            put = time.monotonic()
            raw.ok(
                "PutRecord", StreamName=f"s{s}", PartitionKey="k", Data=base64.b64encode(f"{s}/{n}".encode()).decode()
            )
            mine = [x for stream, x in subscribers if stream == s]
            drain(selector, lambda: all(len(x.records) > n for x in mine), "every subscriber gets the record")
            delays += [x.records[n][1] - put for x in mine]
    for s, subscriber in subscribers:
        assert [data for data, _ in subscriber.records] == [f"{s}/{n}" for n in range(ROUNDS)]
    delays.sort()
    p50, p99 = (delays[int(len(delays) * share)] * 1000 for share in (0.5, 0.99))
    print(f"{len(subscribers)} subscribers: put to push p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    for _, subscriber in subscribers:
        subscriber.socket.close()
    assert server.stop() == 0
