"""DryRun: a request is checked as if it were done, and nothing is."""

import pytest

from kinesis.test_streams import ACCOUNT
from support.cbor_client import CborClient
from support.json_client import JsonClient

SHARD = "shardId-000000000000"
SUCCEEDED = {
    "__type": "DryRunOperationException",
    "message": "The request was rejected because the DryRun parameter was specified.",
}


class JsonOrCbor:
    """One of the two formats, and its form of a few bytes."""

    def __init__(self, kind, server):
        self.client = kind(server)
        self.data = b"a" if kind is CborClient else "YQ=="


@pytest.fixture(params=[JsonClient, CborClient], ids=["json", "cbor"])
def wire(request, server):
    return JsonOrCbor(request.param, server)


@pytest.fixture
def requests(wire, stream):
    """The five operations that know dry runs, each with a request that would succeed."""
    ok = wire.client.ok
    arn = ok("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    consumer = ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    at = {"StreamName": stream, "ShardId": SHARD, "ShardIteratorType": "LATEST"}
    record = {"Data": wire.data, "PartitionKey": "k", "ExplicitHashKey": "0"}
    yield {
        "PutRecord": {"StreamName": stream, **record},
        "PutRecords": {"StreamName": stream, "Records": [record]},
        "GetShardIterator": at,
        "GetRecords": ok("GetShardIterator", **at),
        "SubscribeToShard": {"ConsumerARN": consumer, "ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}},
    }
    ok("DeleteStream", StreamName=stream, EnforceConsumerDeletion=True)


def test_a_dry_run_that_would_succeed_says_so_and_changes_nothing(wire, requests):
    for operation, request in requests.items():
        for reference in (request, {k: v for k, v in request.items() if k != "ExplicitHashKey"}):
            for _ in range(3):  # without limits, as often as one likes
                response = wire.client.call(operation, wire.client.encode({**reference, "DryRun": True}))
                assert (response.status, response.headers["x-amzn-ErrorType"]) == (400, "DryRunOperationException")
                assert wire.client.decode(response.body) == SUCCEEDED, operation
    # Neither record is there, no iterator has moved, and the consumer is free.
    assert wire.client.ok("GetRecords", **requests["GetRecords"])["Records"] == []
    assert wire.client.ok("PutRecord", **requests["PutRecord"], DryRun=False)["ShardId"] == SHARD
    assert len(wire.client.ok("GetRecords", **requests["GetRecords"])["Records"]) == 1


def test_a_dry_run_has_the_errors_of_the_real_one(wire, requests):
    def error(operation, **changes):
        request = {**requests[operation], **changes}
        real, dry = (wire.client.error(operation, **request, **more) for more in ({}, {"DryRun": True}))
        return real if real == dry else (real, dry)

    missing = {"__type": "ResourceNotFoundException", "message": f"Stream nobody under account {ACCOUNT} not found."}
    record = requests["PutRecords"]["Records"][0]
    too_large = b"x" * (1 << 20) if isinstance(wire.data, bytes) else "AAAA" * 349526
    for operation in ("PutRecord", "PutRecords"):
        assert error(operation, StreamName="nobody") == missing
    for change, code in (
        ({"ExplicitHashKey": str(2**128)}, "InvalidArgumentException"),
        ({"PartitionKey": None}, "ValidationException"),
        ({"PartitionKey": "k" * 257}, "ValidationException"),
        ({"Data": too_large}, "ValidationException"),
    ):
        assert error("PutRecord", **change)["__type"] == code, change
        assert error("PutRecords", Records=[record, {**record, **change}])["__type"] == code, change
    assert error("PutRecord", SequenceNumberForOrdering=str(2**187))["__type"] == "InvalidArgumentException"
    assert error("GetShardIterator", ShardId="7")["__type"] == "ResourceNotFoundException"
    assert error("GetShardIterator", ShardIteratorType="AT_TIMESTAMP")["__type"] == "InvalidArgumentException"
    assert error("GetRecords", ShardIterator="x")["__type"] == "InvalidArgumentException"
    assert error("SubscribeToShard", ShardId="7")["__type"] == "ResourceNotFoundException"
    consumer = requests["SubscribeToShard"]["ConsumerARN"]
    assert error("SubscribeToShard", ConsumerARN=consumer + "0")["__type"] == "ResourceNotFoundException"
    wrong = wire.client.error("PutRecord", **requests["PutRecord"], DryRun="yes")
    assert wrong["__type"] == "SerializationException"
