"""CBOR 1.1, which the AWS SDKs for Java speak to Kinesis unless told otherwise."""

import base64
import gzip
import json
import re

import time

import cbor2
import pytest
from botocore.eventstream import EventStreamBuffer

from kinesis.model import TABLE
from support.cbor_client import CborClient, Milliseconds
from support.json_client import JsonClient

ACCESS_KEY = "000011113333"


@pytest.fixture(scope="module")
def cbor(server):
    return CborClient(server, ACCESS_KEY)


@pytest.fixture(scope="module")
def plain(server):
    return JsonClient(server, ACCESS_KEY)


@pytest.fixture
def stream(cbor, request):
    name = re.sub(r"[^a-zA-Z0-9_.-]", "-", request.node.name)
    cbor.ok("CreateStream", StreamName=name, ShardCount=1)
    yield name
    cbor.ok("DeleteStream", StreamName=name)


def read_all(client, stream):
    start = client.ok("GetShardIterator", StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")
    return client.ok("GetRecords", **start)


def as_json(document, times):
    """A decoded CBOR answer as JSON's would be; `times` names its timestamps."""

    def value(name, v):
        if isinstance(v, bytes):
            return base64.b64encode(v).decode()
        if isinstance(v, list):
            return [value(name, e) for e in v]
        if isinstance(v, dict):
            return {k: value(k, e) for k, e in v.items()}
        if name in times:
            assert isinstance(v, Milliseconds), (name, v)
            return v / 1000
        return v

    return value("", document)


def test_every_answer_says_in_cbor_what_it_says_in_json(cbor, plain, stream):
    for blob in (b"", b"\x00\xff", b"text" * 1000):
        cbor.ok("PutRecord", StreamName=stream, Data=blob, PartitionKey="k\u00e9y")
    reads = {
        "DescribeStream": {"StreamName": stream},
        "DescribeStreamSummary": {"StreamName": stream},
        "ListStreams": {},
        "ListShards": {"StreamName": stream},
    }
    times = {"StreamCreationTimestamp", "ApproximateArrivalTimestamp"}
    for operation, request in reads.items():
        assert as_json(cbor.ok(operation, **request), times) == plain.ok(operation, **request), operation
    in_cbor, in_json = as_json(read_all(cbor, stream), times), read_all(plain, stream)
    assert len(in_json["Records"]) == 3
    for answer in (in_cbor, in_json):
        assert answer.pop("NextShardIterator")
    assert in_cbor == in_json
    assert [list(r) for r in in_cbor["Records"]] == [list(r) for r in in_json["Records"]]


def walk(client, account, name):
    """Every operation once and more, each with its answer."""
    arn = f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"
    stream, data = {"StreamName": name}, b"\x00\xffdata" if isinstance(client, CborClient) else "AP9kYXRh"

    def done(operation, **request):
        answer = client.ok(operation, **request)
        answers.append((operation, answer))
        return answer

    answers = []
    done("CreateStream", **stream, ShardCount=1, Tags={"a": "1"})
    done("DescribeStreamSummary", **stream)
    done("ListStreams")
    done("DescribeLimits")
    done("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    done("DescribeAccountSettings")
    done("AddTagsToStream", **stream, Tags={"b": "\u00e9", "c": ""})
    done("ListTagsForStream", **stream, Limit=2)
    done("RemoveTagsFromStream", **stream, TagKeys=["c"])
    done("TagResource", ResourceARN=arn, Tags={"d": "4"})
    done("UntagResource", ResourceARN=arn, TagKeys=["a"])
    done("ListTagsForResource", ResourceARN=arn)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kinesis:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    done("PutResourcePolicy", ResourceARN=arn, Policy=policy)
    done("GetResourcePolicy", ResourceARN=arn)
    done("DeleteResourcePolicy", ResourceARN=arn)
    done("EnableEnhancedMonitoring", **stream, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    done("DisableEnhancedMonitoring", **stream, ShardLevelMetrics=["OutgoingBytes"])
    done("PutRecord", **stream, Data=data, PartitionKey="k")
    done("StartStreamEncryption", **stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    done("PutRecord", **stream, Data=data, PartitionKey="k", ExplicitHashKey="0")
    done("PutRecords", **stream, Records=[{"Data": data, "PartitionKey": "k\u00e9y"}] * 2)
    done("StopStreamEncryption", **stream, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    done("IncreaseStreamRetentionPeriod", **stream, RetentionPeriodHours=48)
    done("DecreaseStreamRetentionPeriod", **stream, RetentionPeriodHours=24)
    start = done("GetShardIterator", **stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")
    assert len(done("GetRecords", **start)["Records"]) == 4
    consumer = done("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    done("DescribeStreamConsumer", ConsumerARN=consumer)
    done("ListStreamConsumers", StreamARN=arn)
    done("SplitShard", **stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    position = {"Type": "TRIM_HORIZON"}
    events = subscription(client, ConsumerARN=consumer, ShardId="shardId-000000000000", StartingPosition=position)
    answers += [("SubscribeToShard", event) for event in events]
    done("DeregisterStreamConsumer", ConsumerARN=consumer)
    assert len(done("GetRecords", **start)["ChildShards"]) == 2
    done("MergeShards", **stream, ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002")
    done("UpdateShardCount", **stream, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    done("ListShards", **stream, MaxResults=4)
    done("DescribeStream", **stream)
    done("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=2048)
    done("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    done("UpdateStreamWarmThroughput", **stream, WarmThroughputMiBps=10)
    done("UpdateStreamRecordDistributionStrategy", StreamARN=arn, RecordDistributionStrategy="AUTO")
    done("DescribeStreamSummary", **stream)
    done("DeleteStream", **stream)
    return answers


def subscription(client, **request):
    """The events of a subscription to a closed shard, up to its end."""
    response = client.call("SubscribeToShard", client.encode(request))
    assert (response.status, response.headers["Content-Type"]) == (200, "application/vnd.amazon.eventstream")
    buffer = EventStreamBuffer()
    buffer.add_data(response.body)
    messages = list(buffer)
    assert messages[0].headers[":event-type"] == "initial-response"
    assert client.decode(messages[0].payload) == {}
    kind = "cbor" if isinstance(client, CborClient) else "json"
    for message in messages[1:]:
        assert message.headers[":event-type"] == "SubscribeToShardEvent"
        assert message.headers[":content-type"] == f"application/{kind}"
    return [client.decode(message.payload) for message in messages[1:]]


# Members that are no two times the same.
NAMES = {"SequenceNumber", "StartingSequenceNumber", "EndingSequenceNumber", "ContinuationSequenceNumber"}
NAMES |= {"ShardIterator", "NextShardIterator", "NextToken", "ConsumerARN", "MillisBehindLatest"}


def assert_same(in_cbor, in_json, path):
    name = path.rsplit(".", 1)[-1]
    if isinstance(in_json, dict):
        assert list(in_cbor) == list(in_json), path
        for key, value in in_json.items():
            assert_same(in_cbor[key], value, f"{path}.{key}")
    elif isinstance(in_json, list):
        assert len(in_cbor) == len(in_json), path
        for c, j in zip(in_cbor, in_json):
            assert_same(c, j, path)
    elif name.endswith("Timestamp") or name.endswith("At"):
        assert isinstance(in_cbor, Milliseconds), (path, in_cbor)
        # Each was made within this test; what lies in the future does so by the same time.
        assert abs(in_cbor / 1000 - in_json) < 600, (path, in_cbor, in_json)
    elif isinstance(in_cbor, bytes):
        assert base64.b64encode(in_cbor).decode() == in_json, path
    else:
        assert type(in_cbor) is type(in_json), path
        assert in_cbor == in_json or name in NAMES, (path, in_cbor, in_json)


def test_every_operation_answers_in_cbor_as_in_json(server):
    begin = time.time()
    accounts = {CborClient: "000011114444", JsonClient: "000011115555"}
    in_cbor, in_json = (walk(kind(server, account), account, "walked") for kind, account in accounts.items())
    assert time.time() - begin < 600, "too slow for what is compared below"
    assert [operation for operation, _ in in_cbor] == [operation for operation, _ in in_json]
    missing = set(TABLE) - {operation for operation, _ in in_cbor}
    assert not missing, "operations without a step in the walk"
    for (operation, c), (_, j) in zip(in_cbor, in_json):
        j = json.loads(json.dumps(j).replace(accounts[JsonClient], accounts[CborClient]))
        assert_same(c, j, operation)


def test_what_is_changed_in_cbor_is_changed(cbor, plain, stream):
    for operation, hours in (("IncreaseStreamRetentionPeriod", 48), ("DecreaseStreamRetentionPeriod", 24)):
        response = cbor.call(operation, cbor.encode({"StreamName": stream, "RetentionPeriodHours": hours}))
        assert (response.status, response.body, response.headers["Content-Length"]) == (200, b"", "0")
        assert response.headers["Content-Type"] == "application/x-amz-cbor-1.1"
        summary = plain.ok("DescribeStreamSummary", StreamName=stream)
        assert summary["StreamDescriptionSummary"]["RetentionPeriodHours"] == hours


def test_puts_in_cbor_are_read_in_order(cbor, plain, stream):
    entries = [{"Data": bytes([i]) * i, "PartitionKey": str(i)} for i in range(100)]
    entries[0]["ExplicitHashKey"] = "0"
    put = cbor.ok("PutRecords", StreamName=stream, Records=entries)
    assert put["FailedRecordCount"] == 0
    records = read_all(cbor, stream)["Records"]
    assert [r["Data"] for r in records] == [e["Data"] for e in entries]
    assert [r["SequenceNumber"] for r in records] == [r["SequenceNumber"] for r in put["Records"]]
    one = cbor.ok("PutRecord", StreamName=stream, Data=b"last", PartitionKey="k")
    assert one["ShardId"] == "shardId-000000000000"
    last = read_all(plain, stream)["Records"][-1]
    assert (last["SequenceNumber"], last["Data"]) == (one["SequenceNumber"], "bGFzdA==")


def test_ten_mebibytes_come_back_as_they_went(cbor, stream):
    blobs = [bytes([i]) * 1_000_000 for i in range(10)]
    cbor.ok("PutRecords", StreamName=stream, Records=[{"Data": b, "PartitionKey": "k"} for b in blobs])
    assert [r["Data"] for r in read_all(cbor, stream)["Records"]] == blobs


def test_timestamps_are_milliseconds_under_tag_1(cbor, plain, stream):
    cbor.ok("PutRecord", StreamName=stream, Data=b"a", PartitionKey="k")
    arrival = read_all(cbor, stream)["Records"][0]["ApproximateArrivalTimestamp"]
    assert isinstance(arrival, Milliseconds)
    assert arrival / 1000 == read_all(plain, stream)["Records"][0]["ApproximateArrivalTimestamp"]

    def records_from(timestamp):
        start = cbor.ok(
            "GetShardIterator", StreamName=stream, ShardId="0", ShardIteratorType="AT_TIMESTAMP", Timestamp=timestamp
        )
        return len(cbor.ok("GetRecords", **start)["Records"])

    arrival = int(arrival)
    # The SDKs for Java tag them; both mean the same.
    for wrap in (lambda ms: ms, lambda ms: cbor2.CBORTag(1, ms), lambda ms: cbor2.CBORTag(1, float(ms))):
        assert records_from(wrap(arrival)) == 1
        assert records_from(wrap(0)) == 1
    error = cbor.error(
        "GetShardIterator",
        StreamName=stream,
        ShardId="0",
        ShardIteratorType="AT_TIMESTAMP",
        Timestamp=cbor2.CBORTag(1, arrival + 3_600_000),
    )
    assert error["__type"] == "InvalidArgumentException"
    assert f"timestampInMillis: {arrival + 3_600_000}, " in error["message"]


def test_requests_as_jackson_writes_them(cbor, stream):
    """Maps and lists without a length in front: what the SDKs for Java send."""
    name = cbor2.dumps(stream)
    body = (
        b"\xbf" + cbor2.dumps("StreamName") + name + cbor2.dumps("Records") + b"\x9f"
        b"\xbf" + cbor2.dumps("Data") + b"\x43abc" + cbor2.dumps("PartitionKey") + b"\x61k\xff"
        b"\xbf" + cbor2.dumps("Data") + b"\x5f\x41d\x42ef\xff" + cbor2.dumps("PartitionKey") + b"\x7f\x61k\xff\xff"
        b"\xff" + cbor2.dumps("ExplicitNull") + b"\xf6\xff"
    )
    response = cbor.call("PutRecords", body)
    assert response.status == 200, response.body
    assert [(r["Data"], r["PartitionKey"]) for r in read_all(cbor, stream)["Records"]] == [(b"abc", "k"), (b"def", "k")]


def test_errors_are_the_map_of_json(cbor):
    response = cbor.call("DescribeStream", cbor.encode({"StreamName": "nowhere"}))
    assert response.status == 400
    assert response.headers["Content-Type"] == "application/x-amz-cbor-1.1"
    assert response.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"
    assert cbor2.loads(response.body) == {
        "__type": "ResourceNotFoundException",
        "message": f"Stream nowhere under account {ACCESS_KEY} not found.",
    }


def test_texts_for_blobs_are_base64_and_bytes_are_no_text(cbor, stream):
    cbor.ok("PutRecord", StreamName=stream, Data="YWJj", PartitionKey="k")
    assert read_all(cbor, stream)["Records"][0]["Data"] == b"abc"
    error = cbor.error("PutRecord", StreamName=stream, Data=b"a", PartitionKey=b"k")
    assert error == {
        "__type": "SerializationException",
        "Message": "class java.nio.HeapByteBuffer can not be converted to an String",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"\x00",
        b"\x80",
        b"\xa1",
        b"\xa0\xa0",
        b"{}",
        b"\xff",
        b"\xa1\x01\x02",
        b"\xa2\x61a\x01\x61a\x02",
        b"\xbf\x61a\xff",
        b"\xa1\x6aStreamName\x62\xc3\x28",
        b"\x81" * 100000,
        b"\x9f" * 100000,
        b"\xbf\x61a" * 100000,
        b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xc1" * 1000000,
        bytes((10 << 20) + 1),
        gzip.compress(b"\xa0"),
    ],
    ids=lambda body: f"{len(body)}-{body[:4].hex()}",
)
def test_malformed_bodies_are_serialization_exceptions(cbor, body):
    for operation in ("PutRecord", "PutRecords", "GetRecords", "CreateStream"):
        response = cbor.call(operation, body)
        # The bytes that AWS sends: a map without a length in front.
        assert (response.status, response.body) == (400, b"\xbf\x66__type\x76SerializationException\xff"), operation
        assert response.headers["Content-Type"] == "application/x-amz-cbor-1.1"


def test_a_message_that_quotes_what_is_no_text(server):
    headers = {**CborClient(server).headers("ListStreams"), "Authorization": b"X \xff\xfe"}
    response = server.raw("POST", "/", headers, b"\xa0")
    error = cbor2.loads(response.body)
    assert error["__type"] == "IncompleteSignatureException"
    assert error["message"].endswith("Authorization=X \ufffd\ufffd")
    assert json.dumps(error)
