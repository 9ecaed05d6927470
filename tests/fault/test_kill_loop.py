"""kill -9 under load, again and again: nothing acknowledged is lost, reordered or doubled in the log."""

import base64
import collections
import http.client
import json
import os
import pathlib
import random
import sys
import threading
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.json_client import JsonClient  # noqa: E402
from support.millrace import Millrace  # noqa: E402

KILLS = int(os.environ.get("MILLRACE_KILLS", "50"))
SHARDS = [f"shardId-{n:012}" for n in range(4)]


class Producer(threading.Thread):
    """Puts records with identifiers that are never used again, whatever becomes of the request."""

    def __init__(self, server, name, batch):
        super().__init__(daemon=True)
        self.server, self.name_, self.batch = server, name, batch
        self.headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": JsonClient(None).authorization,
        }
        self.acknowledged = []  # (identifier, shard, sequence number), in the order of the answers
        self.sent = 0
        self.stopping = False
        self.refused = None  # an answer that is neither success nor "not now"

    def run(self):
        connection = None
        while not self.stopping:
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
                self.put(connection)
            except (OSError, http.client.HTTPException):
                if connection:
                    connection.close()
                connection = None
                time.sleep(0.005)

    def put(self, connection):
        identifiers = [f"{self.name_}-{self.sent + n}" for n in range(self.batch)]
        self.sent += self.batch
        records = [{"Data": base64.b64encode(i.encode()).decode(), "PartitionKey": i} for i in identifiers]
        if self.batch == 1:
            operation, body = "PutRecord", {"StreamName": "kill", **records[0]}
        else:
            operation, body = "PutRecords", {"StreamName": "kill", "Records": records}
        headers = {**self.headers, "X-Amz-Target": f"Kinesis_20131202.{operation}"}
        connection.request("POST", "/", json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status == 503:
            return
        if response.status != 200:
            self.refused = answer
            self.stopping = True
            return
        results = [answer] if self.batch == 1 else answer["Records"]
        for identifier, result in zip(identifiers, results):
            self.acknowledged.append((identifier, result["ShardId"], int(result["SequenceNumber"])))


def read_shard(raw, shard):
    position = raw.ok("GetShardIterator", StreamName="kill", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator, records = position["ShardIterator"], []
    while True:
        answer = raw.ok("GetRecords", ShardIterator=iterator)
        if not answer["Records"]:
            return records
        records += [(base64.b64decode(r["Data"]).decode(), int(r["SequenceNumber"])) for r in answer["Records"]]
        iterator = answer["NextShardIterator"]


def check(raw, producers):
    stored, place = collections.Counter(), {}
    for shard in SHARDS:
        records = read_shard(raw, shard)
        numbers = [number for _, number in records]
        assert numbers == sorted(set(numbers)), f"{shard} is out of order"
        for identifier, number in records:
            stored[identifier] += 1
            place[identifier] = (shard, number)
    assert max(stored.values()) == 1, "a record is in the log twice"
    sent = {f"{p.name_}-{n}" for p in producers for n in range(p.sent)}
    assert set(stored) <= sent, "the log has what nobody sent"
    for producer in producers:
        last = collections.defaultdict(int)
        for identifier, shard, number in list(producer.acknowledged):
            assert place.get(identifier) == (shard, number), f"{identifier} was acknowledged at {shard} {number}"
            # A batch's records have one request, so their order within a shard is the request's.
            assert number > last[shard], f"{producer.name_} is out of order in {shard}"
            last[shard] = number
    return sum(len(p.acknowledged) for p in producers)


def start_producers(server):
    producers = [Producer(server, f"p{n}", batch) for n, batch in enumerate((1, 1, 20, 100))]
    for producer in producers:
        producer.start()
    return producers


def kill_under_load(server, producers, chance):
    """Kills the server some time after it has acknowledged something, and starts it again."""
    before = sum(len(p.acknowledged) for p in producers)
    deadline = time.monotonic() + 30
    while sum(len(p.acknowledged) for p in producers) == before:
        assert time.monotonic() < deadline, f"nothing was acknowledged:\n{server.log()}"
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.15))
    server.kill()
    server.start()


def finish(producers):
    for producer in producers:
        producer.stopping = True
    for producer in producers:
        producer.join(30)
        assert not producer.is_alive()
        assert not producer.refused, producer.refused


def test_fifty_kills_under_load(tmp_path):
    chance = random.Random(20260101)
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="kill", ShardCount=len(SHARDS))
    producers = start_producers(server)
    for _ in range(KILLS):
        kill_under_load(server, producers, chance)
    finish(producers)
    acknowledged = check(raw, producers)
    print(f"{KILLS} kills, {acknowledged} records acknowledged")
    assert acknowledged > KILLS
    assert server.stop() == 0


def test_the_loop_notices_a_loss(tmp_path):
    """With --durability memory a kill does lose what was acknowledged; the same check has to say so."""
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="kill", ShardCount=len(SHARDS))
    assert server.stop() == 0
    server.args = ["--durability", "memory"]
    server.start()
    producers = start_producers(server)
    kill_under_load(server, producers, random.Random(1))
    finish(producers)
    with pytest.raises(AssertionError, match="was acknowledged at"):
        check(raw, producers)
    server.kill()


@pytest.mark.parametrize(
    "change, complaint",
    [
        (lambda log: log.pop(3), "was acknowledged at"),
        (lambda log: log.insert(3, log.pop(5)), "out of order"),
        (lambda log: log.append((log[2][0], log[-1][1] + 1)), "twice"),
        (lambda log: log.append(("p9-0", log[-1][1] + 1)), "nobody sent"),
        (lambda log: log.append(("p0-0", log[-1][1])), "out of order"),
        (lambda log: None, None),
    ],
    ids=["lost", "reordered", "doubled", "invented", "number-twice", "right"],
)
def test_the_check_notices(change, complaint):
    logs = {shard: [(f"p{n}-{i}", 1000 * (n + 1) + i) for i in range(10)] for n, shard in enumerate(SHARDS)}
    producers = []
    for n, shard in enumerate(SHARDS):
        producers.append(Producer(None, f"p{n}", 1))
        producers[n].sent = 12  # two were not answered
        producers[n].acknowledged = [(identifier, shard, number) for identifier, number in logs[shard]]
    change(logs[SHARDS[0]])

    class Log:
        """Answers as a server whose shards hold `logs`."""

        def ok(self, operation, ShardId=None, ShardIterator=None, **_):
            if operation == "GetShardIterator":
                return {"ShardIterator": f"{ShardId} 0"}
            shard, at = ShardIterator.split()
            part = logs[shard][int(at) : int(at) + 4]
            records = [{"Data": base64.b64encode(i.encode()).decode(), "SequenceNumber": str(n)} for i, n in part]
            return {"Records": records, "NextShardIterator": f"{shard} {int(at) + len(part)}"}

    if complaint is None:
        assert check(Log(), producers) == 40
    else:
        with pytest.raises(AssertionError, match=complaint):
            check(Log(), producers)
