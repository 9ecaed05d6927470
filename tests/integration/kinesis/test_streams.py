"""Streams made, listed, described, changed and deleted, by boto3."""

import datetime

import pytest
from botocore.exceptions import ClientError

from support.json_client import JsonClient

ACCOUNT = "000000000000"


def error_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def not_found(name):
    return "ResourceNotFoundException", f"Stream {name} under account {ACCOUNT} not found."


def violation(value, path, text):
    return (
        "ValidationException",
        f"1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: {text}",
    )


def test_a_new_stream_is_described_as_aws_does(kinesis, stream):
    d = kinesis.describe_stream(StreamName=stream)["StreamDescription"]
    assert d["StreamStatus"] == "ACTIVE"
    assert d["StreamARN"] == f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"
    assert d["RetentionPeriodHours"] == 24
    assert d["HasMoreShards"] is False
    assert d["EncryptionType"] == "NONE"
    assert d["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert [s["ShardId"] for s in d["Shards"]] == ["shardId-000000000000", "shardId-000000000001"]
    assert d["Shards"][0]["HashKeyRange"] == {
        "StartingHashKey": "0",
        "EndingHashKey": "170141183460469231731687303715884105727",
    }
    assert d["Shards"][1]["HashKeyRange"]["EndingHashKey"] == str(2**128 - 1)
    assert len(d["Shards"][0]["SequenceNumberRange"]["StartingSequenceNumber"]) == 56
    assert d["StreamCreationTimestamp"].microsecond == 0
    age = datetime.datetime.now(datetime.timezone.utc) - d["StreamCreationTimestamp"]
    assert abs(age.total_seconds()) < 60


def test_the_summary_counts_open_shards(kinesis, stream):
    s = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]
    assert (s["OpenShardCount"], s["ConsumerCount"], s["StreamStatus"]) == (2, 0, "ACTIVE")


def test_waiters_see_a_stream_come_and_go(kinesis):
    kinesis.create_stream(StreamName="waited-for", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="waited-for", WaiterConfig={"Delay": 1})
    kinesis.delete_stream(StreamName="waited-for")
    kinesis.get_waiter("stream_not_exists").wait(StreamName="waited-for", WaiterConfig={"Delay": 1})


def test_describe_stream_pages_through_shards(kinesis):
    kinesis.create_stream(StreamName="wide", ShardCount=7)
    pages = kinesis.get_paginator("describe_stream").paginate(StreamName="wide", PaginationConfig={"PageSize": 3})
    shards = [s["ShardId"] for page in pages for s in page["StreamDescription"]["Shards"]]
    assert shards == [f"shardId-{n:012}" for n in range(7)]
    kinesis.delete_stream(StreamName="wide")


def test_every_operation_takes_the_arn_too(server, stream):
    raw = JsonClient(server)
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"
    assert raw.ok("DescribeStreamSummary", StreamARN=arn)["StreamDescriptionSummary"]["StreamName"] == stream
    assert raw.ok("DescribeStream", StreamARN=arn, StreamName=stream)
    assert len(raw.ok("ListShards", StreamARN=arn)["Shards"]) == 2
    put = raw.ok("PutRecord", StreamARN=arn, Data="YQ==", PartitionKey="k")
    raw.ok("PutRecords", StreamARN=arn, Records=[{"Data": "Yg==", "PartitionKey": "k"}])
    iterator = raw.ok("GetShardIterator", StreamARN=arn, ShardId=put["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records = raw.ok("GetRecords", StreamARN=arn, ShardIterator=iterator["ShardIterator"])["Records"]
    assert [r["Data"] for r in records] == ["YQ==", "Yg=="]
    raw.ok("IncreaseStreamRetentionPeriod", StreamARN=arn, RetentionPeriodHours=30)
    raw.ok("DecreaseStreamRetentionPeriod", StreamARN=arn, RetentionPeriodHours=24)
    other = arn.replace(stream, "other")
    assert raw.error("DescribeStream", StreamARN=arn, StreamName="other")["__type"] == "InvalidArgumentException"
    assert raw.error("DescribeStream", StreamARN=other)["message"] == f"Stream other under account {ACCOUNT} not found."
    raw.ok("DeleteStream", StreamARN=arn)


def test_missing_streams_are_not_found_by_any_operation(kinesis):
    calls = [
        (kinesis.describe_stream, {}),
        (kinesis.describe_stream_summary, {}),
        (kinesis.delete_stream, {}),
        (kinesis.list_shards, {}),
        (kinesis.put_record, {"Data": b"", "PartitionKey": "k"}),
        (kinesis.put_records, {"Records": [{"Data": b"", "PartitionKey": "k"}]}),
        (kinesis.increase_stream_retention_period, {"RetentionPeriodHours": 48}),
        (kinesis.decrease_stream_retention_period, {"RetentionPeriodHours": 24}),
    ]
    for call, arguments in calls:
        assert error_of(call, StreamName="nobody", **arguments) == not_found("nobody"), call


def test_a_name_is_taken_once(kinesis, stream):
    assert error_of(kinesis.create_stream, StreamName=stream, ShardCount=1) == (
        "ResourceInUseException",
        f"Stream {stream} under account {ACCOUNT} already exists.",
    )


def test_create_stream_checks_its_constraints(kinesis):
    assert error_of(kinesis.create_stream, StreamName="a b", ShardCount=1) == violation(
        "'a b'", "streamName", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    )
    assert error_of(kinesis.create_stream, StreamName="n" * 129, ShardCount=1) == violation(
        f"'{'n' * 129}'", "streamName", "Member must have length less than or equal to 128"
    )
    assert error_of(kinesis.create_stream, StreamName="n", ShardCount=0) == violation(
        "'0'", "shardCount", "Member must have value greater than or equal to 1"
    )
    assert error_of(kinesis.create_stream, ShardCount=1) == violation("null", "streamName", "Member must not be null")
    mode = {"StreamMode": "SOMETIMES"}
    assert error_of(kinesis.create_stream, StreamName="n", StreamModeDetails=mode) == violation(
        "'SOMETIMES'", "streamModeDetails.streamMode", "Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]"
    )
    mode = {"StreamMode": "PROVISIONED"}
    assert error_of(kinesis.create_stream, StreamName="n", StreamModeDetails=mode) == (
        "ValidationException",
        "ShardCount must be specified for streams in PROVISIONED mode.",
    )
    # Numbers too large for their type are the largest of it.
    code, message = error_of(kinesis.create_stream, StreamName="n", ShardCount=100000000000)
    assert code == "LimitExceededException" and "resulted from this request: 2147483647." in message
    assert error_of(kinesis.describe_stream, StreamName="n", Limit=100000000000) == violation(
        "'2147483647'", "limit", "Member must have value less than or equal to 10000"
    )


def test_a_stream_without_a_shard_count_has_four_shards(kinesis):
    kinesis.create_stream(StreamName="no-count")
    shards = kinesis.describe_stream(StreamName="no-count")["StreamDescription"]["Shards"]
    assert [s["HashKeyRange"]["StartingHashKey"] for s in shards] == [str(n * 2**126) for n in range(4)]
    kinesis.delete_stream(StreamName="no-count")


def test_the_shard_limit_holds(kinesis):
    code, message = error_of(kinesis.create_stream, StreamName="huge", ShardCount=10001)
    assert code == "LimitExceededException"
    assert message.startswith(f"This request would exceed the shard limit for the account {ACCOUNT} in us-east-1.")


def test_an_on_demand_stream_starts_with_four_shards(kinesis):
    kinesis.create_stream(StreamName="on-demand", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    summary = kinesis.describe_stream_summary(StreamName="on-demand")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 4
    assert summary["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    kinesis.delete_stream(StreamName="on-demand")


def test_list_streams_pages_in_the_order_of_names(server):
    kinesis = server.client("kinesis", access_key="111122223333")
    names = [f"page-{n}" for n in range(5)]
    for name in reversed(names):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    first = kinesis.list_streams(Limit=2)
    assert (first["StreamNames"], first["HasMoreStreams"]) == (names[:2], True)
    raw = JsonClient(server, access_key="111122223333")
    token = raw.ok("ListStreams", Limit=2)["NextToken"]
    assert raw.ok("ListStreams", Limit=2, NextToken=token)["StreamNames"] == names[2:4]
    rest = kinesis.list_streams(ExclusiveStartStreamName=names[3])
    assert (rest["StreamNames"], rest["HasMoreStreams"]) == (names[4:], False)
    assert raw.error("ListStreams", NextToken="forged")["__type"] == "InvalidArgumentException"


def test_list_shards_pages_and_filters(kinesis):
    kinesis.create_stream(StreamName="filtered", ShardCount=5)
    first = kinesis.list_shards(StreamName="filtered", MaxResults=2)
    assert len(first["Shards"]) == 2
    second = kinesis.list_shards(NextToken=first["NextToken"], MaxResults=10)
    assert [s["ShardId"][-1] for s in second["Shards"]] == ["2", "3", "4"]
    assert "NextToken" not in second
    after = {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000003"}
    assert [s["ShardId"][-1] for s in kinesis.list_shards(StreamName="filtered", ShardFilter=after)["Shards"]] == ["4"]
    for kind in ("AT_LATEST", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON"):
        assert len(kinesis.list_shards(StreamName="filtered", ShardFilter={"Type": kind})["Shards"]) == 5, kind
    token = first["NextToken"]
    for member, value in (
        ("StreamName", "filtered"),
        ("StreamCreationTimestamp", 0),
        ("ExclusiveStartShardId", "shardId-000000000000"),
        ("ShardFilter", {"Type": "AT_LATEST"}),
    ):
        assert error_of(kinesis.list_shards, NextToken=token, **{member: value}) == (
            "InvalidArgumentException",
            f"NextToken and {member} cannot be provided together.",
        )
    for wrong in (
        {"Type": "AFTER_SHARD_ID"},
        {"Type": "AT_TIMESTAMP"},
        {"Type": "AT_LATEST", "ShardId": "shardId-000000000000"},
        {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000", "Timestamp": 0},
    ):
        assert error_of(kinesis.list_shards, StreamName="filtered", ShardFilter=wrong)[0] == "InvalidArgumentException"
    assert error_of(kinesis.list_shards) == (
        "InvalidArgumentException",
        "Either NextToken or StreamName should be provided.",
    )
    kinesis.delete_stream(StreamName="filtered")


def test_accounts_and_regions_separate_names(server):
    here = server.client("kinesis", access_key="123456789012")
    there = server.client("kinesis", access_key="210987654321")
    elsewhere = server.client("kinesis", access_key="123456789012", region="eu-central-1")
    here.create_stream(StreamName="mine", ShardCount=1)
    assert there.list_streams()["StreamNames"] == []
    assert elsewhere.list_streams()["StreamNames"] == []
    elsewhere.create_stream(StreamName="mine", ShardCount=1)
    arn = elsewhere.describe_stream_summary(StreamName="mine")["StreamDescriptionSummary"]["StreamARN"]
    assert arn == "arn:aws:kinesis:eu-central-1:123456789012:stream/mine"
    assert error_of(there.describe_stream, StreamName="mine")[1] == (
        "Stream mine under account 210987654321 not found."
    )


def test_retention_goes_up_and_down_within_its_range(kinesis, stream):
    def hours():
        return kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["RetentionPeriodHours"]

    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=8760)
    assert hours() == 8760
    kinesis.decrease_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    assert hours() == 48
    for call, wanted, text in [
        (
            kinesis.increase_stream_retention_period,
            47,
            f"Requested retention period (47 hours) for stream {stream} can not be shorter than existing retention period "
            "(48 hours). Use DecreaseRetentionPeriod API.",
        ),
        (
            kinesis.decrease_stream_retention_period,
            49,
            f"Requested retention period (49 hours) for stream {stream} can not be longer than existing retention period "
            "(48 hours). Use IncreaseRetentionPeriod API.",
        ),
        (
            kinesis.increase_stream_retention_period,
            8761,
            "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
        ),
        (
            kinesis.decrease_stream_retention_period,
            23,
            "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
        ),
    ]:
        assert error_of(call, StreamName=stream, RetentionPeriodHours=wanted) == ("InvalidArgumentException", text)
