"""Shards that split and merge, and readers who follow their lineage."""

import threading
import time

import pytest
from botocore.exceptions import ClientError

from support.json_client import JsonClient
from support.millrace import wait_until

ACCOUNT = "000000000000"
HALF = 2**127


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def shard_id(number):
    return f"shardId-{number:012d}"


def shards_of(kinesis, stream):
    return {int(s["ShardId"][-12:]): s for s in kinesis.list_shards(StreamName=stream)["Shards"]}


def read_shard(kinesis, stream, shard, on_records):
    """Reads a shard from its beginning until it is closed and read; returns its children."""
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator = iterator["ShardIterator"]
    while True:
        answer = kinesis.get_records(ShardIterator=iterator)
        if on_records(answer["Records"]):
            return []
        iterator = answer.get("NextShardIterator")
        if iterator is None:
            return answer["ChildShards"]
        if not answer["Records"]:
            time.sleep(0.02)


@pytest.fixture
def one(kinesis, stream):
    """A stream of one shard, that of a stream of two after a merge: shard 2."""
    kinesis.merge_shards(StreamName=stream, ShardToMerge=shard_id(0), AdjacentShardToMerge=shard_id(1))
    return stream


def test_a_split_shard_ends_and_its_children_begin_behind_it(kinesis, stream):
    before = kinesis.put_record(StreamName=stream, Data=b"a", PartitionKey="k", ExplicitHashKey="0")
    kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey="1000")
    after = kinesis.put_record(StreamName=stream, Data=b"b", PartitionKey="k", ExplicitHashKey="999")
    shards = shards_of(kinesis, stream)
    assert sorted(shards) == [0, 1, 2, 3]
    parent, left, right = shards[0], shards[2], shards[3]
    assert after["ShardId"] == left["ShardId"]
    assert left["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": "999"}
    assert right["HashKeyRange"] == {"StartingHashKey": "1000", "EndingHashKey": str(HALF - 1)}
    assert left["ParentShardId"] == right["ParentShardId"] == parent["ShardId"]
    assert "AdjacentParentShardId" not in left
    assert "EndingSequenceNumber" not in left["SequenceNumberRange"]
    numbers = [
        parent["SequenceNumberRange"]["StartingSequenceNumber"],
        before["SequenceNumber"],
        parent["SequenceNumberRange"]["EndingSequenceNumber"],
        left["SequenceNumberRange"]["StartingSequenceNumber"],
        after["SequenceNumber"],
    ]
    assert numbers == sorted(numbers)
    assert kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["OpenShardCount"] == 3


def test_the_last_read_of_a_closed_shard_names_its_children(kinesis, one):
    kinesis.put_record(StreamName=one, Data=b"a", PartitionKey="k")
    kinesis.split_shard(StreamName=one, ShardToSplit=shard_id(2), NewStartingHashKey=str(HALF))
    read = []
    children = read_shard(kinesis, one, shard_id(2), lambda records: read.extend(records))
    assert [r["Data"] for r in read] == [b"a"]
    assert children == [
        {
            "ShardId": shard_id(3),
            "ParentShards": [shard_id(2)],
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": str(HALF - 1)},
        },
        {
            "ShardId": shard_id(4),
            "ParentShards": [shard_id(2)],
            "HashKeyRange": {"StartingHashKey": str(HALF), "EndingHashKey": str(2**128 - 1)},
        },
    ]
    kinesis.merge_shards(StreamName=one, ShardToMerge=shard_id(3), AdjacentShardToMerge=shard_id(4))
    (child,) = read_shard(kinesis, one, shard_id(4), lambda records: None)
    assert (child["ShardId"], child["ParentShards"]) == (shard_id(5), [shard_id(3), shard_id(4)])
    merged = shards_of(kinesis, one)[5]
    assert (merged["ParentShardId"], merged["AdjacentParentShardId"]) == (shard_id(3), shard_id(4))


def test_positions_in_a_closed_shard(kinesis, one):
    kinesis.put_record(StreamName=one, Data=b"a", PartitionKey="k")
    kinesis.split_shard(StreamName=one, ShardToSplit=shard_id(2), NewStartingHashKey=str(HALF))
    ending = shards_of(kinesis, one)[2]["SequenceNumberRange"]["EndingSequenceNumber"]
    for more in ({"ShardIteratorType": "LATEST"}, {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": ending}):
        iterator = kinesis.get_shard_iterator(StreamName=one, ShardId=shard_id(2), **more)["ShardIterator"]
        answer = kinesis.get_records(ShardIterator=iterator)
        assert (answer["Records"], "NextShardIterator" in answer, len(answer["ChildShards"])) == ([], False, 2)


@pytest.mark.parametrize("target", [1, 3, 4])
def test_update_shard_count_leaves_even_shards(kinesis, stream, target):
    answer = kinesis.update_shard_count(StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    assert (answer["StreamName"], answer["CurrentShardCount"], answer["TargetShardCount"]) == (stream, 2, target)
    open_shards = [s for s in shards_of(kinesis, stream).values() if "EndingSequenceNumber" not in s["SequenceNumberRange"]]
    starts = sorted(int(s["HashKeyRange"]["StartingHashKey"]) for s in open_shards)
    assert starts == [i * (2**128 // target) for i in range(target)]


def test_errors_of_resharding(kinesis, stream):
    name = f"in stream {stream} under account {ACCOUNT}"
    assert error_of(kinesis.split_shard, StreamName=stream, ShardToSplit="shardId-7", NewStartingHashKey="5") == (
        "ResourceNotFoundException",
        f"Could not find shard shardId-000000000007 {name}.",
    )
    for key in ("0", "1", str(HALF - 1), str(HALF)):
        assert error_of(kinesis.split_shard, StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey=key) == (
            "InvalidArgumentException",
            f"NewStartingHashKey {key} used in SplitShard() on shard {shard_id(0)} {name} is not both greater than "
            f"one plus the shard's StartingHashKey 0 and less than the shard's EndingHashKey {HALF - 1}.",
        )
    for pair in ((1, 0), (0, 0)):
        first, second = (shard_id(n) for n in pair)
        assert error_of(kinesis.merge_shards, StreamName=stream, ShardToMerge=first, AdjacentShardToMerge=second) == (
            "InvalidArgumentException",
            f"Shards {first} and {second} {name} are not an adjacent pair of shards eligible for merging",
        )
    def scaled(target):
        return error_of(
            kinesis.update_shard_count, StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING"
        )

    assert scaled(2)[0] == "InvalidArgumentException"
    for target, why in (
        (5, "UpdateShardCount cannot scale up over double your current open shard count."),
        (10001, "Target shard count or number of open shards cannot be greater than 10000."),
    ):
        assert scaled(target) == (
            "LimitExceededException",
            f"{why} Current open shard count: 2 Target shard count: {target}",
        )
    kinesis.merge_shards(StreamName=stream, ShardToMerge=shard_id(0), AdjacentShardToMerge=shard_id(1))
    assert error_of(kinesis.split_shard, StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey="5") == (
        "InvalidArgumentException",
        f"Shard {shard_id(0)} {name} has already been merged or split, and thus is not eligible for merging or splitting.",
    )


def test_the_ids_of_shards_are_looked_at_before_the_stream(kinesis):
    name = f"in stream nobody under account {ACCOUNT}"
    for wrong in ("shardId-2147483648", "shardId-x", "2.14E4"):
        missing = "ResourceNotFoundException", f"Could not find shard {wrong} {name}."
        assert error_of(kinesis.split_shard, StreamName="nobody", ShardToSplit=wrong, NewStartingHashKey="5") == missing
        for first, second in ((wrong, "0"), ("0", wrong)):
            assert error_of(
                kinesis.merge_shards, StreamName="nobody", ShardToMerge=first, AdjacentShardToMerge=second
            ) == missing
    nobody = "ResourceNotFoundException", f"Stream nobody under account {ACCOUNT} not found."
    assert error_of(kinesis.split_shard, StreamName="nobody", ShardToSplit="0", NewStartingHashKey="5") == nobody
    assert error_of(kinesis.merge_shards, StreamName="nobody", ShardToMerge="0", AdjacentShardToMerge="1") == nobody


def test_on_demand_streams_do_their_own_resharding(kinesis, server):
    kinesis.create_stream(StreamName="own", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    code, message = error_of(kinesis.split_shard, StreamName="own", ShardToSplit=shard_id(0), NewStartingHashKey="5")
    text = f"Request is invalid. Stream own under account {ACCOUNT} is in On-Demand mode."
    assert (code, message) == ("ValidationException", text)
    answer = JsonClient(server).error("UpdateShardCount", StreamName="own", TargetShardCount=5, ScalingType="UNIFORM_SCALING")
    assert answer == {"__type": "ValidationException", "message": text}


class Follower:
    """Reads a stream along its lineage, each shard once all its parents were read."""

    def __init__(self, kinesis, stream):
        self.kinesis, self.stream = kinesis, stream
        self.last = {}  # by partition key
        self.errors, self.read = [], 0
        self.done = threading.Event()
        self.finished, self.begun, self.threads = set(), set(), []
        self.lock = threading.Lock()

    def begin(self, shard, parents=()):
        with self.lock:
            if shard in self.begun or not set(parents) <= self.finished:
                return
            self.begun.add(shard)
        thread = threading.Thread(target=self.follow, args=(shard,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def take(self, records):
        for r in records:
            number, before = int(r["Data"]), self.last.get(r["PartitionKey"], -1)
            if number != before + 1:
                self.errors.append(f"{r['PartitionKey']}: {number} after {before}")
            self.last[r["PartitionKey"]] = number
        self.read += len(records)
        return self.done.is_set() and not records

    def follow(self, shard):
        try:
            children = read_shard(self.kinesis, self.stream, shard, self.take)
            with self.lock:
                self.finished.add(shard)
            for child in children:
                self.begin(child["ShardId"], child["ParentShards"])
        except Exception as e:
            self.errors.append(f"{shard}: {e!r}")


def test_nothing_is_lost_or_reordered_for_a_reader_that_follows_the_lineage(kinesis, stream, server):
    keys, written = [f"key-{i}" for i in range(40)], {}
    stop = threading.Event()
    trouble = []

    def write(own_keys):
        client = server.client("kinesis")
        try:
            for number in range(100_000):
                if stop.is_set():
                    return
                entries = [{"Data": str(number).encode(), "PartitionKey": key} for key in own_keys]
                answer = client.put_records(StreamName=stream, Records=entries)
                assert answer["FailedRecordCount"] == 0
                for key in own_keys:
                    written[key] = number
                time.sleep(0.005)
        except Exception as e:
            trouble.append(repr(e))

    writers = [threading.Thread(target=write, args=(keys[i::2],), daemon=True) for i in range(2)]
    for writer in writers:
        writer.start()
    follower = Follower(server.client("kinesis"), stream)
    follower.begin(shard_id(0))
    follower.begin(shard_id(1))

    kinesis.split_shard(StreamName=stream, ShardToSplit=shard_id(0), NewStartingHashKey=str(HALF // 2))
    for target in (6, 4, 2, 3, 2, 1, 2):
        seen = follower.read
        wait_until(lambda: follower.read >= seen + 200 or follower.errors or trouble, "records are read meanwhile", 60)
        kinesis.update_shard_count(StreamName=stream, TargetShardCount=target, ScalingType="UNIFORM_SCALING")
    stop.set()
    for writer in writers:
        writer.join(60)
    assert trouble == []
    wait_until(lambda: follower.last == written or follower.errors, "everything is read", 60)
    follower.done.set()
    for thread in follower.threads:
        thread.join(60)
    assert follower.errors == []
    assert follower.last == written


def test_a_change_that_follows_another_at_once_is_not_lost(server):
    """The server finishes changes that a crash cut short; it must not take the next one for the last one's rest."""
    wire = JsonClient(server, "000022223333")
    for number in range(30):
        stream = {"StreamName": f"changed-{number}"}
        wire.ok("CreateStream", **stream, ShardCount=2)
        wire.ok("MergeShards", **stream, ShardToMerge="0", AdjacentShardToMerge="1")
        wire.ok("UpdateShardCount", **stream, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
        summary = wire.ok("DescribeStreamSummary", **stream)["StreamDescriptionSummary"]
        assert (summary["StreamStatus"], summary["OpenShardCount"]) == ("ACTIVE", 2), number
        wire.ok("DeleteStream", **stream)
