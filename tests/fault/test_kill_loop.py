"""kill -9 under load, again and again: nothing acknowledged is lost, reordered or doubled in the log.

`tools/soak` runs it for longer.
"""

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
from support.millrace import Millrace, wait_until  # noqa: E402

KILLS = int(os.environ.get("MILLRACE_KILLS", "50"))
SHARDS = 4  # and one more after a split


class Producer(threading.Thread):
    """Puts records with identifiers that are never used again, whatever becomes of the request."""

    def __init__(self, server, name, batch, padding=0):
        super().__init__(daemon=True)
        self.server, self.name_, self.batch = server, name, batch
        self.padding = padding  # the most bytes a record has besides its identifier
        self.chance = random.Random(name)
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

    def data(self, identifier):
        return identifier.encode() + b" " * self.chance.randint(0, self.padding)

    def put(self, connection):
        identifiers = [f"{self.name_}-{self.sent + n}" for n in range(self.batch)]
        self.sent += self.batch
        records = [{"Data": base64.b64encode(self.data(i)).decode(), "PartitionKey": i} for i in identifiers]
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


class Owner(threading.Thread):
    """Creates streams, tags them, and deletes every other one."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.streams = {}  # name: "created", "tagged" or "deleted", as far as that was acknowledged
        self.stopping = False

    def run(self):
        for n in range(10**9):
            if self.stopping:
                return
            name = f"own-{n}"
            steps = [
                ("created", "CreateStream", {"StreamName": name, "ShardCount": n % 3 + 1}),
                ("tagged", "AddTagsToStream", {"StreamName": name, "Tags": {"n": str(n)}}),
            ]
            if n % 2 == 1:
                steps.append(("deleted", "DeleteStream", {"StreamName": name}))
            for state, operation, body in steps:
                if not self.call(operation, body):
                    # It may have come to pass or not, and so may all that builds on it.
                    self.streams.pop(name, None)
                    break
                self.streams[name] = state
            time.sleep(0.01)

    def call(self, operation, body):
        try:
            return JsonClient(self.server).call(operation, json.dumps(body)).status == 200
        except (OSError, http.client.HTTPException):
            time.sleep(0.005)
            return False

    def check(self, raw):
        for name, state in self.streams.items():
            if state == "deleted":
                answer = raw.call("DescribeStreamSummary", json.dumps({"StreamName": name}))
                assert answer.status == 400, f"{name} is back"
                continue
            found = raw.ok("DescribeStreamSummary", StreamName=name)["StreamDescriptionSummary"]
            assert found["OpenShardCount"] == int(name.split("-")[1]) % 3 + 1
            tags = raw.ok("ListTagsForStream", StreamName=name)["Tags"]
            assert state == "created" or tags == [{"Key": "n", "Value": name.split("-")[1]}], f"{name}: {tags}"
        return len(self.streams)


class Resharder(threading.Thread):
    """Splits and merges the shards under the load, and switches encryption on and off."""

    def __init__(self, server, seed):
        super().__init__(daemon=True)
        self.server = server
        self.chance = random.Random(seed)
        self.parents = []  # of the splits and merges that were acknowledged
        self.stopping = False

    def run(self):
        while not self.stopping:
            try:
                self.change(JsonClient(self.server))
            except (OSError, http.client.HTTPException):
                time.sleep(0.005)
            time.sleep(0.05)

    def change(self, raw):
        shards = [s for s in list_shards(raw) if "EndingSequenceNumber" not in s["SequenceNumberRange"]]
        shards.sort(key=lambda s: int(s["HashKeyRange"]["StartingHashKey"]))
        n = self.chance.randrange(len(shards) - 1)
        if self.chance.random() < 0.2:
            on = self.chance.random() < 0.5
            raw.call(
                "StartStreamEncryption" if on else "StopStreamEncryption",
                json.dumps({"StreamName": "kill", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}),
            )
        elif len(shards) <= SHARDS:
            begin, end = (int(shards[n]["HashKeyRange"][key]) for key in ("StartingHashKey", "EndingHashKey"))
            split = {"ShardToSplit": shards[n]["ShardId"], "NewStartingHashKey": str((begin + end) // 2)}
            self.reshard(raw, "SplitShard", split, [shards[n]])
        else:
            merge = {"ShardToMerge": shards[n]["ShardId"], "AdjacentShardToMerge": shards[n + 1]["ShardId"]}
            self.reshard(raw, "MergeShards", merge, shards[n : n + 2])

    def reshard(self, raw, operation, body, parents):
        if raw.call(operation, json.dumps({"StreamName": "kill", **body})).status == 200:
            self.parents += [shard["ShardId"] for shard in parents]

    def check(self, raw):
        children = list_shards(raw)
        of = {s.get(key) for s in children for key in ("ParentShardId", "AdjacentParentShardId")}
        for parent in self.parents:
            assert parent in of, f"{parent} was to be split or merged, and was not"
        return len(self.parents)


def list_shards(raw):
    return raw.ok("ListShards", StreamName="kill", MaxResults=10000)["Shards"]


def read_shard(raw, shard):
    position = raw.ok("GetShardIterator", StreamName="kill", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator, records = position["ShardIterator"], []
    while True:
        answer = raw.ok("GetRecords", ShardIterator=iterator)
        records += [
            (base64.b64decode(r["Data"]).decode().rstrip(), int(r["SequenceNumber"])) for r in answer["Records"]
        ]
        iterator = answer.get("NextShardIterator")
        if not answer["Records"] or not iterator:
            return records


def check(raw, producers):
    stored, place = collections.Counter(), {}
    for shard in [s["ShardId"] for s in list_shards(raw)]:
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
    loads = [(1, 0), (1, 300_000), (20, 20_000), (100, 0)]  # records a request, bytes of padding
    producers = [Producer(server, f"p{n}", *load) for n, load in enumerate(loads)]
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
        assert not getattr(producer, "refused", None), producer.refused


def test_kills_under_load(tmp_path):
    seed = int(os.environ.get("MILLRACE_SEED", "20260101"))
    chance = random.Random(seed)
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="kill", ShardCount=SHARDS)
    producers, owner, resharder = start_producers(server), Owner(server), Resharder(server, seed)
    owner.start()
    resharder.start()
    for n in range(KILLS):
        kill_under_load(server, producers, chance)
        print(f"kill {n + 1}: {sum(len(p.acknowledged) for p in producers)} records acknowledged", flush=True)
    finish([*producers, owner, resharder])
    wait_until(
        lambda: raw.ok("DescribeStreamSummary", StreamName="kill")["StreamDescriptionSummary"]["StreamStatus"]
        == "ACTIVE",
        "the last change of the stream is done",
    )
    acknowledged, streams, reshards = check(raw, producers), owner.check(raw), resharder.check(raw)
    print(
        f"{KILLS} kills, seed {seed}: {acknowledged} records, {streams} streams and {reshards} parents "
        "acknowledged, and all are right"
    )
    assert streams > 0 and reshards > 0
    assert acknowledged > KILLS
    assert server.stop() == 0


def test_the_loop_notices_a_loss(tmp_path):
    """Here the end of the log is cut off, as a disk would do it that lied: the same check has to say so."""
    server = Millrace(tmp_path / "data").start()
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="kill", ShardCount=SHARDS)
    producers = start_producers(server)
    wait_until(lambda: all(len(p.acknowledged) > 100 for p in producers), "every producer puts")
    finish(producers)
    server.kill()
    newest = max(p for p in (server.data_dir / "log/segments").glob("*.seg") if p.read_bytes().startswith(b"MILLSEG"))
    os.truncate(newest, len(newest.read_bytes().rstrip(b"\0")) // 2)
    server.start()
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
    shards = [f"shardId-{n:012}" for n in range(SHARDS)]
    logs = {shard: [(f"p{n}-{i}", 1000 * (n + 1) + i) for i in range(10)] for n, shard in enumerate(shards)}
    producers = []
    for n, shard in enumerate(shards):
        producers.append(Producer(None, f"p{n}", 1))
        producers[n].sent = 12  # two were not answered
        producers[n].acknowledged = [(identifier, shard, number) for identifier, number in logs[shard]]
    change(logs[shards[0]])

    class Log:
        """Answers as a server whose shards hold `logs`."""

        def ok(self, operation, ShardId=None, ShardIterator=None, **_):
            if operation == "ListShards":
                return {"Shards": [{"ShardId": shard} for shard in shards]}
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
