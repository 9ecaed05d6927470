"""Event source mappings of a stream that is split and merged: parents before children, a key's records in order."""

import pytest
from support.millrace import wait_until

from .recorder import put

KEYS = [f"key{i:5}" for i in range(12)]  # eight letters, which `put` takes for the partition key


def put_round(kinesis, stream, number):
    texts = [f"{key}{number}" for key in KEYS]
    put(kinesis, stream, *texts)
    return texts


def open_shards(kinesis, stream):
    shards = kinesis.list_shards(StreamName=stream)["Shards"]
    return [s for s in shards if "EndingSequenceNumber" not in s["SequenceNumberRange"]]


def reshard_and_put(kinesis, stream):
    """Puts a round, splits, puts a round, merges, puts a round; returns what was put."""
    sent = put_round(kinesis, stream, 0)
    (only,) = open_shards(kinesis, stream)
    kinesis.split_shard(StreamName=stream, ShardToSplit=only["ShardId"], NewStartingHashKey=str(2**127))
    sent += put_round(kinesis, stream, 1)
    left, right = open_shards(kinesis, stream)
    kinesis.merge_shards(StreamName=stream, ShardToMerge=left["ShardId"], AdjacentShardToMerge=right["ShardId"])
    return sent + put_round(kinesis, stream, 2)


def check(function, sent):
    assert sorted(function.data()) == sorted(sent)
    for key in KEYS:
        assert [d for d in function.data() if d.startswith(key)] == [s for s in sent if s.startswith(key)]


@pytest.mark.parametrize("settings", [{}, {"ParallelizationFactor": 3}, {"BatchSize": 5}])
def test_what_was_resharded_before(kinesis, source, function, mapped, settings):
    name, arn = source
    function.deploy()
    sent = reshard_and_put(kinesis, name)
    mapped(function, arn, **settings)
    wait_until(lambda: len(function.data()) >= len(sent), "all records came")
    check(function, sent)


def test_what_is_resharded_meanwhile(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    mapped(function, arn, ParallelizationFactor=2, StartingPosition="LATEST")
    sent = reshard_and_put(kinesis, name)
    wait_until(lambda: len(function.data()) >= len(sent), "all records came")
    check(function, sent)


def test_a_child_waits_for_a_parent_that_fails(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy("""
import base64, json, os, time

def handler(event, context):
    seen = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    with open(os.environ["SEEN"], "a") as out:
        out.write(json.dumps({"data": seen}) + "\\n")
    if not os.path.exists(os.environ["SEEN"] + ".go"):
        raise ValueError("not yet")
""")
    sent = reshard_and_put(kinesis, name)
    uuid = mapped(function, arn)["UUID"]
    wait_until(lambda: len(function.batches()) >= 2, "the parent is tried again")
    assert {d[-1] for d in function.data()} == {"0"}, "of the parent alone"
    function.path.with_name("seen.go").touch()
    wait_until(lambda: set(function.data()) == set(sent), "all records came", 60)
    wait_until(lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK", "all is well")
