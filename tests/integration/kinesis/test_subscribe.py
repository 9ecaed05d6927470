"""SubscribeToShard: records pushed as they are committed, by boto3 and by its wire form."""

import concurrent.futures
import http.client
import json
import socket
import threading
import time

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import ClientError

from support.json_client import JsonClient
from support.millrace import Millrace, wait_until

ACCOUNT = "000000000000"


def shard_id(number):
    return f"shardId-{number:012d}"


@pytest.fixture
def arn(stream):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"


@pytest.fixture
def consumer(kinesis, stream, arn):
    """The ARN of a consumer of a stream of two shards."""
    yield kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    try:
        kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
    except kinesis.exceptions.ResourceNotFoundException:
        pass


def put(kinesis, stream, data, shard=0):
    return kinesis.put_record(
        StreamName=stream, Data=data, PartitionKey="k", ExplicitHashKey=str(shard * 2**127)
    )["SequenceNumber"]


class Subscription:
    """The events of a subscription, read by a thread of its own."""

    def __init__(self, client, consumer, shard=0, **position):
        self.answer = client.subscribe_to_shard(
            ConsumerARN=consumer, ShardId=shard_id(shard), StartingPosition=position
        )
        self.events, self.error, self.ended = [], None, threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        try:
            for event in self.answer["EventStream"]:
                self.events.append((time.monotonic(), event["SubscribeToShardEvent"]))
        except Exception as e:
            self.error = e
        self.ended.set()

    def records(self):
        return [r["Data"] for _, e in list(self.events) for r in e["Records"]]

    def wait_for(self, data):
        wait_until(lambda: self.records() == data or self.ended.is_set(), f"{data} comes", 60)
        assert self.records() == data, self.error

    def close(self):
        self.answer["EventStream"].close()


def test_records_before_and_after_the_call(kinesis, stream, consumer):
    put(kinesis, stream, b"before")
    subscription = Subscription(kinesis, consumer, Type="TRIM_HORIZON")
    subscription.wait_for([b"before"])
    put(kinesis, stream, b"after")
    put(kinesis, stream, b"of the other shard", shard=1)
    subscription.wait_for([b"before", b"after"])
    _, event = subscription.events[0]
    assert event["MillisBehindLatest"] == 0
    assert event["Records"][0]["PartitionKey"] == "k"
    assert "ChildShards" not in event
    subscription.close()


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("LATEST", [b"d"]),
        ("AT_SEQUENCE_NUMBER", [b"b", b"c", b"d"]),
        ("AFTER_SEQUENCE_NUMBER", [b"c", b"d"]),
        ("AT_TIMESTAMP", [b"a", b"b", b"c", b"d"]),
    ],
)
def test_starting_positions(kinesis, stream, consumer, kind, expected):
    put(kinesis, stream, b"a")
    second = put(kinesis, stream, b"b")
    put(kinesis, stream, b"c")
    position = {"Type": kind}
    if kind.endswith("SEQUENCE_NUMBER"):
        position["SequenceNumber"] = second
    if kind == "AT_TIMESTAMP":
        position["Timestamp"] = 1  # boto3 sends whole seconds
    subscription = Subscription(kinesis, consumer, **position)
    put(kinesis, stream, b"d")
    subscription.wait_for(expected)
    subscription.close()


def test_a_continuation_goes_on_without_gap_or_repetition(server, kinesis, stream, consumer, arn):
    put(kinesis, stream, b"a")
    subscription = Subscription(kinesis, consumer, Type="TRIM_HORIZON")
    subscription.wait_for([b"a"])
    continuation = subscription.events[-1][1]["ContinuationSequenceNumber"]
    subscription.close()
    put(kinesis, stream, b"b")
    for name, kind in (("second", "AT_SEQUENCE_NUMBER"), ("third", "AFTER_SEQUENCE_NUMBER")):
        other = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"]["ConsumerARN"]
        subscription = Subscription(kinesis, other, Type=kind, SequenceNumber=continuation)
        subscription.wait_for([b"b"])
        subscription.close()


def test_heartbeats_without_records(kinesis, consumer):
    subscription = Subscription(kinesis, consumer, Type="LATEST")
    wait_until(lambda: len(subscription.events) >= 2 or subscription.error, "two heartbeats come", 60)
    (first, a), (second, b) = subscription.events[:2]
    assert a["Records"] == b["Records"] == []
    assert 4 < second - first < 30
    assert len(a["ContinuationSequenceNumber"]) == 56
    subscription.close()


def test_a_closed_shard_ends_with_its_children(kinesis, stream, consumer):
    put(kinesis, stream, b"a")
    subscription = Subscription(kinesis, consumer, Type="TRIM_HORIZON")
    subscription.wait_for([b"a"])
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey="1000")
    assert subscription.ended.wait(60)
    assert subscription.error is None
    _, last = subscription.events[-1]
    assert [c["ShardId"] for c in last["ChildShards"]] == [shard_id(2), shard_id(3)]
    assert last["ChildShards"][0]["ParentShards"] == [shard_id(0)]
    assert "ContinuationSequenceNumber" not in last  # KCL takes it for an error
    assert last["Records"] == []
    child = Subscription(kinesis, consumer, shard=2, Type="TRIM_HORIZON")
    put(kinesis, stream, b"b")
    child.wait_for([b"b"])
    child.close()


def test_the_records_of_a_closed_shard_come_before_its_end(kinesis, stream, consumer, arn):
    put(kinesis, stream, b"a")
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey="1000")
    subscription = Subscription(kinesis, consumer, Type="TRIM_HORIZON")
    assert subscription.ended.wait(60)
    assert subscription.error is None
    (_, first), (_, last) = subscription.events
    assert [r["Data"] for r in first["Records"]] == [b"a"] and "ChildShards" not in first
    assert last["Records"] == [] and [c["ShardId"] for c in last["ChildShards"]] == [shard_id(2), shard_id(3)]
    assert "ContinuationSequenceNumber" not in last
    # Whoever saw the records and not the end goes on, and gets it.
    at = {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": first["ContinuationSequenceNumber"]}
    other = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="other")["Consumer"]["ConsumerARN"]
    again = Subscription(kinesis, other, **at)
    assert again.ended.wait(60)
    ((_, event),) = again.events
    assert event["Records"] == [] and len(event["ChildShards"]) == 2


def test_a_second_call_within_five_seconds_is_refused_and_a_later_one_takes_over(kinesis, stream, consumer):
    first = Subscription(kinesis, consumer, Type="LATEST")
    began = time.monotonic()
    with pytest.raises(ClientError) as refused:
        Subscription(kinesis, consumer, Type="LATEST")
    assert refused.value.response["Error"] == {
        "Code": "ResourceInUseException",
        "Message": f"Another active subscription exists for this consumer: {ACCOUNT}:{stream}:{shard_id(0)}:app",
    }
    wait_until(lambda: time.monotonic() - began > 5.1, "five seconds pass")
    second = Subscription(kinesis, consumer, Type="LATEST")
    assert first.ended.wait(60)
    assert "ResourceInUseException" in str(first.error)
    put(kinesis, stream, b"a")
    second.wait_for([b"a"])
    second.close()


def test_what_ends_a_subscription(kinesis, stream, consumer, arn):
    other = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="other")["Consumer"]["ConsumerARN"]
    deregistered = Subscription(kinesis, other, Type="LATEST")
    kinesis.deregister_stream_consumer(ConsumerARN=other)
    assert deregistered.ended.wait(60)
    assert "ResourceNotFoundException" in str(deregistered.error)
    deleted = Subscription(kinesis, consumer, Type="LATEST")
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
    assert deleted.ended.wait(60)
    assert "ResourceNotFoundException" in str(deleted.error)


def test_errors_before_the_first_event(server, consumer):
    wire = JsonClient(server)
    position = {"Type": "LATEST"}

    def error(**changes):
        return wire.error("SubscribeToShard", **{"ConsumerARN": consumer, "ShardId": "0", "StartingPosition": position, **changes})

    assert error(ConsumerARN=consumer + "1")["__type"] == "ResourceNotFoundException"
    assert error(ShardId=shard_id(9))["__type"] == "ResourceNotFoundException"
    assert error(StartingPosition={"Type": "AT_SEQUENCE_NUMBER"})["__type"] == "InvalidArgumentException"
    assert error(StartingPosition={"Type": "AT_TIMESTAMP"})["__type"] == "InvalidArgumentException"
    assert error(StartingPosition={"Type": "SOME"})["__type"] == "ValidationException"


def open_subscription(server, consumer, shard=0, receive_buffer=None):
    """The wire form: a connection on which the answer's head was read, and the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    if receive_buffer:
        connection.sock = socket.socket()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.sock.settimeout(60)
        connection.sock.connect(("127.0.0.1", server.port))
    body = {"ConsumerARN": consumer, "ShardId": shard_id(shard), "StartingPosition": {"Type": "TRIM_HORIZON"}}
    headers = {
        "X-Amz-Target": "Kinesis_20131202.SubscribeToShard",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": JsonClient(server).authorization,
    }
    connection.request("POST", "/", json.dumps(body), headers)
    return connection, connection.getresponse()


def events_of(response):
    buffer = EventStreamBuffer()
    while True:
        chunk = response.read1(65536)
        if not chunk:
            return
        buffer.add_data(chunk)
        yield from buffer


def test_the_wire_form(server, kinesis, stream, consumer):
    put(kinesis, stream, b"a")
    connection, response = open_subscription(server, consumer)
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/vnd.amazon.eventstream"
    assert response.headers["Transfer-Encoding"] == "chunked"
    events = events_of(response)
    first, second = next(events), next(events)
    assert first.headers == {
        ":message-type": "event",
        ":event-type": "initial-response",
        ":content-type": "application/x-amz-json-1.1",
    }
    assert first.payload == b"{}"
    assert second.headers == {
        ":message-type": "event",
        ":event-type": "SubscribeToShardEvent",
        ":content-type": "application/json",
    }
    assert [r["Data"] for r in json.loads(second.payload)["Records"]] == ["YQ=="]
    connection.close()


def resident_bytes(server):
    for line in open(f"/proc/{server.process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) << 10


def test_slow_readers_hold_back_their_own_events_alone(tmp_path):
    server = Millrace(tmp_path / "data", args=["--durability", "memory", "--tail-cache-mib", "8"]).start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    consumers = [
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{i}")["Consumer"]["ConsumerARN"]
        for i in range(20)
    ]
    slow = [open_subscription(server, c, receive_buffer=16384) for c in consumers[1:]]
    fast = Subscription(kinesis, consumers[0], Type="TRIM_HORIZON")
    before = resident_bytes(server)
    entries = [{"Data": b"x" * 500_000, "PartitionKey": "k"} for _ in range(10)]
    for _ in range(20):
        kinesis.put_records(StreamName="s", Records=entries)
    wait_until(lambda: len(fast.records()) == 200, "the fast reader has it all", 120)
    # 19 readers that took nothing of 100 MB: what each may hold is an event of a mebibyte, and what its socket takes.
    assert resident_bytes(server) - before < 400 << 20
    for connection, _ in slow:
        connection.close()
    fast.close()
    assert server.stop() == 0


def test_a_stop_ends_subscriptions(tmp_path):
    server = Millrace(tmp_path / "data").start()
    kinesis = server.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/s"
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    subscription = Subscription(kinesis, consumer, Type="TRIM_HORIZON")
    put(kinesis, "s", b"a")
    subscription.wait_for([b"a"])
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 20
    assert subscription.ended.wait(30)


def test_many_subscribers_get_every_record(server, kinesis, stream, arn):
    """Twenty consumers, of two shards each."""
    consumers = [
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{i}")["Consumer"]["ConsumerARN"]
        for i in range(20)
    ]
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        subscriptions = list(
            pool.map(
                lambda c: Subscription(server.client("kinesis"), c[0], shard=c[1], Type="TRIM_HORIZON"),
                [(c, shard) for c in consumers for shard in (0, 1)],
            )
        )
    expected = [str(i).encode() for i in range(50)]
    for data in expected:
        for shard in (0, 1):
            put(kinesis, stream, data, shard)
    for subscription in subscriptions:
        subscription.wait_for(expected)
        subscription.close()
    kinesis.delete_stream(StreamName=stream, EnforceConsumerDeletion=True)
