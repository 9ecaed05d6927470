"""RecordDistributionStrategy: records that go to the shards in turn, with keys or without."""

import base64
import collections

import pytest

from kinesis.test_streams import ACCOUNT
from support.cbor_client import CborClient
from support.json_client import JsonClient

SHARDS = [f"shardId-{n:012}" for n in range(4)]


@pytest.fixture(params=[JsonClient, CborClient], ids=["json", "cbor"])
def wire(request, server):
    return request.param(server)


@pytest.fixture
def data(wire):
    """The form that bytes have on the wire."""
    return (lambda b: b) if isinstance(wire, CborClient) else (lambda b: base64.b64encode(b).decode())


@pytest.fixture
def auto(wire):
    """An on-demand stream of four shards that distributes its records."""
    mode = {"StreamMode": "ON_DEMAND"}
    wire.ok("CreateStream", StreamName="auto", StreamModeDetails=mode, RecordDistributionStrategy="AUTO")
    yield "auto"
    wire.ok("DeleteStream", StreamName="auto")


def arn_of(stream):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"


def strategy_of(wire, stream):
    summary = wire.ok("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]
    return summary.get("RecordDistributionStrategy")


def read_all(wire, stream):
    records = []
    for shard in SHARDS:
        start = wire.ok("GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        records += wire.ok("GetRecords", **start)["Records"]
    return records


def test_records_without_keys_go_to_the_shards_in_turn(wire, data, auto):
    assert strategy_of(wire, auto) == "AUTO"
    hits = collections.Counter(
        wire.ok("PutRecord", StreamName=auto, Data=data(b"one"))["ShardId"] for _ in range(40)
    )
    assert hits == dict.fromkeys(SHARDS, 10)
    answer = wire.ok("PutRecords", StreamName=auto, Records=[{"Data": data(b"many")}] * 401)
    assert answer["FailedRecordCount"] == 0
    hits = collections.Counter(r["ShardId"] for r in answer["Records"])
    assert sorted(hits.values()) == [100, 100, 100, 101]
    records = read_all(wire, auto)
    assert len(records) == 441
    assert all("PartitionKey" not in r for r in records)
    assert {r["SequenceNumber"] for r in answer["Records"]} < {r["SequenceNumber"] for r in records}


def test_a_key_is_kept_and_does_not_place_a_record(wire, data, auto):
    same = {"Data": data(b"x"), "PartitionKey": "same", "ExplicitHashKey": "0"}
    hits = {wire.ok("PutRecord", StreamName=auto, **same)["ShardId"] for _ in range(4)}
    hits |= {r["ShardId"] for r in wire.ok("PutRecords", StreamName=auto, Records=[same] * 4)["Records"]}
    assert hits == set(SHARDS)
    assert {r["PartitionKey"] for r in read_all(wire, auto)} == {"same"}
    for wrong in ({"PartitionKey": ""}, {"PartitionKey": "k" * 257}, {"ExplicitHashKey": "-1"}):
        assert wire.error("PutRecord", StreamName=auto, **{**same, **wrong})["__type"] == "ValidationException"
    error = wire.error("PutRecord", StreamName=auto, Data=data(b"x"), SequenceNumberForOrdering="0")
    assert error["__type"] == "InvalidArgumentException"


def test_sealed_records_without_keys_are_read(wire, data, auto):
    wire.ok("StartStreamEncryption", StreamName=auto, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    wire.ok("PutRecords", StreamName=auto, Records=[{"Data": data(b"sealed")}] * 4)
    records = read_all(wire, auto)
    assert [r["Data"] for r in records] == [data(b"sealed")] * 4
    assert all("PartitionKey" not in r and r["EncryptionType"] == "KMS" for r in records)


def test_the_strategy_changes_at_once_and_back(wire, data, auto):
    missing = "failed to satisfy constraint: Member must not be null"
    update = {"StreamARN": arn_of(auto), "RecordDistributionStrategy": "USER_PARTITION_KEY"}
    assert wire.ok("UpdateStreamRecordDistributionStrategy", **update) == {}
    assert strategy_of(wire, auto) == "USER_PARTITION_KEY"
    assert wire.error("PutRecord", StreamName=auto, Data=data(b"x")) == {
        "__type": "ValidationException",
        "message": f"1 validation error detected: Value null at 'partitionKey' {missing}",
    }
    keyed = {"Data": data(b"x"), "PartitionKey": "k"}
    assert wire.error("PutRecords", StreamName=auto, Records=[keyed, {"Data": data(b"x")}]) == {
        "__type": "ValidationException",
        "message": f"1 validation error detected: Value null at 'records.2.member.partitionKey' {missing}",
    }
    assert len({wire.ok("PutRecord", StreamName=auto, **keyed)["ShardId"] for _ in range(8)}) == 1
    assert len(read_all(wire, auto)) == 8
    wire.ok("UpdateStreamRecordDistributionStrategy", **{**update, "RecordDistributionStrategy": "AUTO"})
    assert len({wire.ok("PutRecord", StreamName=auto, **keyed)["ShardId"] for _ in range(8)}) == 4


def test_provisioned_streams_place_records_by_their_keys(wire, auto, stream):
    refused = {
        "__type": "InvalidArgumentException",
        "message": "RecordDistributionStrategy is only supported for streams in ON_DEMAND mode; stream {} under account "
        + f"{ACCOUNT} is in PROVISIONED mode.",
    }

    def refused_for(name):
        return {**refused, "message": refused["message"].format(name)}

    create = {"StreamName": "p", "ShardCount": 1, "RecordDistributionStrategy": "AUTO"}
    assert wire.error("CreateStream", **create) == refused_for("p")
    update = {"StreamARN": arn_of(stream), "RecordDistributionStrategy": "AUTO"}
    assert wire.error("UpdateStreamRecordDistributionStrategy", **update) == refused_for(stream)
    assert strategy_of(wire, stream) is None
    mode = {"StreamARN": arn_of(auto), "StreamModeDetails": {"StreamMode": "PROVISIONED"}}
    error = wire.error("UpdateStreamMode", **mode)
    assert error["__type"] == "InvalidArgumentException" and "USER_PARTITION_KEY" in error["message"]
    nobody = {"StreamARN": arn_of("nobody"), "RecordDistributionStrategy": "AUTO"}
    assert wire.error("UpdateStreamRecordDistributionStrategy", **nobody) == {
        "__type": "ResourceNotFoundException",
        "message": f"Stream nobody under account {ACCOUNT} not found.",
    }
    on_demand = {"StreamName": "plain", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
    wire.ok("CreateStream", **on_demand)
    assert strategy_of(wire, "plain") == "USER_PARTITION_KEY"
    wire.ok("DeleteStream", StreamName="plain")
