"""Tags, consumers, policies, encryption, monitoring, modes and sizes: what is set is there, and has its effect."""

import base64
import json

import pytest

from support.json_client import JsonClient
from support.millrace import Millrace

ACCOUNT, OTHER = "000000000000", "111111111111"


@pytest.fixture(scope="session")
def wire(server):
    return JsonClient(server)


@pytest.fixture
def arn(stream):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"


def summary(kinesis, stream):
    return kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]


def tags_of(kinesis, stream):
    return {t["Key"]: t["Value"] for t in kinesis.list_tags_for_stream(StreamName=stream)["Tags"]}


def test_tags_of_a_stream(kinesis, stream):
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"team": "ingest", "Ümlaut": "", "a/b": "c d"})
    kinesis.add_tags_to_stream(StreamName=stream, Tags={"team": "sales"})
    assert tags_of(kinesis, stream) == {"team": "sales", "Ümlaut": "", "a/b": "c d"}
    page = kinesis.list_tags_for_stream(StreamName=stream, Limit=2)
    assert ([t["Key"] for t in page["Tags"]], page["HasMoreTags"]) == (["a/b", "team"], True)
    page = kinesis.list_tags_for_stream(StreamName=stream, ExclusiveStartTagKey="team")
    assert ([t["Key"] for t in page["Tags"]], page["HasMoreTags"]) == (["Ümlaut"], False)
    kinesis.remove_tags_from_stream(StreamName=stream, TagKeys=["team", "never-there"])
    assert sorted(tags_of(kinesis, stream)) == ["a/b", "Ümlaut"]


def test_a_stream_has_at_most_fifty_tags(wire, kinesis, stream):
    wire.ok("AddTagsToStream", StreamName=stream, Tags={f"k{i}": "v" for i in range(50)})
    wire.ok("AddTagsToStream", StreamName=stream, Tags={"k1": "other"})
    error = wire.error("AddTagsToStream", StreamName=stream, Tags={"k50": "v"})
    assert error["__type"] == "InvalidArgumentException" and "more than 50 tags" in error["message"]
    assert tags_of(kinesis, stream)["k1"] == "other"


def test_characters_of_tags(wire, stream):
    text = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @ :."
    for tags in ({"a*b": "c"}, {"a": "c;d"}, {"a\tb": "c"}, {"a": "c\nd"}, {"a": "c\r"}):
        assert wire.error("AddTagsToStream", StreamName=stream, Tags=tags) == {
            "__type": "InvalidArgumentException",
            "message": text,
        }
    assert wire.error("RemoveTagsFromStream", StreamName=stream, TagKeys=["a*"])["message"] == text


def test_tags_at_creation_and_by_arn(wire, kinesis):
    wire.ok("CreateStream", StreamName="tagged", ShardCount=1, Tags={"a": "1"})
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/tagged"
    wire.ok("TagResource", ResourceARN=arn, Tags={"b": "2"})
    assert wire.ok("ListTagsForResource", ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "2"},
    ]
    wire.ok("UntagResource", ResourceARN=arn, TagKeys=["a"])
    assert tags_of(kinesis, "tagged") == {"b": "2"}
    assert wire.error("ListTagsForResource", ResourceARN=arn + "x")["__type"] == "ResourceNotFoundException"


def test_consumers(kinesis, wire, stream, arn):
    answer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")["Consumer"]
    assert (answer["ConsumerName"], answer["ConsumerStatus"]) == ("app", "CREATING")
    consumer = answer["ConsumerARN"]
    created = int(answer["ConsumerCreationTimestamp"].timestamp())
    assert consumer == f"{arn}/consumer/app:{created}"
    for reference in ({"ConsumerARN": consumer}, {"StreamARN": arn, "ConsumerName": "app"}):
        d = kinesis.describe_stream_consumer(**reference)["ConsumerDescription"]
        assert (d["ConsumerStatus"], d["ConsumerARN"], d["StreamARN"]) == ("ACTIVE", consumer, arn)
    error = wire.error("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")
    assert error["__type"] == "ResourceInUseException"
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="another")
    assert summary(kinesis, stream)["ConsumerCount"] == 2
    pages = kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=arn, PaginationConfig={"PageSize": 1})
    assert [c["ConsumerName"] for page in pages for c in page["Consumers"]] == ["another", "app"]
    wire.ok("TagResource", ResourceARN=consumer, Tags={"x": "y"})
    assert wire.ok("ListTagsForResource", ResourceARN=consumer)["Tags"] == [{"Key": "x", "Value": "y"}]
    assert wire.error("DeleteStream", StreamName=stream) == {
        "__type": "ResourceInUseException",
        "message": f"DeleteStream can't delete {ACCOUNT}:{stream} because there are consumers associated with this data "
        f"stream. To delete {stream} anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all "
        "the consumers that are associated with it.",
    }
    kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    assert wire.error("DescribeStreamConsumer", ConsumerARN=consumer)["__type"] == "ResourceNotFoundException"
    wire.ok("DeleteStream", StreamName=stream, EnforceConsumerDeletion=True)


def test_a_stream_has_at_most_twenty_consumers(wire, stream, arn):
    for i in range(20):
        wire.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName=f"c{i}")
    error = wire.error("RegisterStreamConsumer", StreamARN=arn, ConsumerName="c20")
    assert error["__type"] == "LimitExceededException"
    wire.ok("DeleteStream", StreamName=stream, EnforceConsumerDeletion=True)


def test_references_to_consumers_that_do_not_fit(wire, stream, arn):
    consumer = wire.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    assert wire.error("DescribeStreamConsumer", ConsumerName="app")["__type"] == "InvalidArgumentException"
    wrong = {"ConsumerARN": consumer, "ConsumerName": "other"}
    assert wire.error("DescribeStreamConsumer", **wrong)["__type"] == "InvalidArgumentException"
    assert wire.error("DescribeStreamConsumer", ConsumerARN=consumer + "0") == {
        "__type": "ResourceNotFoundException",
        "message": f"Consumer {consumer}0, account {ACCOUNT} not found.",
    }
    wire.ok("DeleteStream", StreamName=stream, EnforceConsumerDeletion=True)


def policy(effect, action, resource):
    statement = {"Effect": effect, "Principal": {"AWS": OTHER}, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_lets_another_account_in_and_nobody_else(server, wire, stream, arn):
    other = JsonClient(server, access_key=OTHER)
    record = {"StreamARN": arn, "Data": "YQ==", "PartitionKey": "k"}
    assert other.error("PutRecord", **record)["__type"] == "ResourceNotFoundException"
    wire.ok("PutResourcePolicy", ResourceARN=arn, Policy=policy("Allow", ["kinesis:PutRecord", "kinesis:Get*"], arn))
    assert json.loads(wire.ok("GetResourcePolicy", ResourceARN=arn)["Policy"])["Version"] == "2012-10-17"
    shard = other.ok("PutRecord", **record)["ShardId"]
    position = {"StreamARN": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = other.ok("GetShardIterator", **position)["ShardIterator"]
    assert len(other.ok("GetRecords", ShardIterator=iterator)["Records"]) == 1
    assert other.error("DeleteStream", StreamARN=arn) == {
        "__type": "AccessDeniedException",
        "message": f"User: arn:aws:iam::{OTHER}:root is not authorized to perform: kinesis:DeleteStream on resource: "
        f"{arn} because no resource-based policy allows the kinesis:DeleteStream action",
    }
    third = JsonClient(server, access_key="222222222222")
    assert third.error("PutRecord", **record)["__type"] == "AccessDeniedException"
    wire.ok("DeleteResourcePolicy", ResourceARN=arn)
    assert other.error("PutRecord", **record)["__type"] == "ResourceNotFoundException"
    assert wire.ok("GetResourcePolicy", ResourceARN=arn) == {"Policy": "{}"}
    assert wire.error("DeleteResourcePolicy", ResourceARN=arn) == {
        "__type": "ResourceNotFoundException",
        "message": f"No resource policy found for resource ARN {arn}.",
    }


def test_a_policy_that_was_never_put_is_an_empty_one(wire, stream, arn):
    assert wire.ok("GetResourcePolicy", ResourceARN=arn) == {"Policy": "{}"}
    consumer = wire.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    assert wire.ok("GetResourcePolicy", ResourceARN=consumer) == {"Policy": "{}"}
    wire.ok("DeleteStream", StreamName=stream, EnforceConsumerDeletion=True)


def test_a_policy_waits_until_its_resource_is_active(tmp_path):
    server = Millrace(tmp_path / "data", args=["--create-stream-ms", "600000"]).start()
    try:
        wire = JsonClient(server)
        wire.ok("CreateStream", StreamName="young", ShardCount=1)
        arn = wire.ok("DescribeStreamSummary", StreamName="young")["StreamDescriptionSummary"]["StreamARN"]
        text = policy("Allow", "kinesis:DescribeStreamSummary", arn)
        for operation, more in (("PutResourcePolicy", {"Policy": text}), ("DeleteResourcePolicy", {})):
            assert wire.error(operation, ResourceARN=arn, **more) == {
                "__type": "ResourceInUseException",
                "message": "Stream young under account 000000000000 not ACTIVE, instead in state CREATING",
            }
    finally:
        server.stop()


def test_a_policy_of_a_consumer_waits_until_it_is_active(tmp_path):
    data = tmp_path / "data"
    server = Millrace(data).start()
    JsonClient(server).ok("CreateStream", StreamName="old", ShardCount=1)
    server.stop()
    server = Millrace(data, args=["--create-stream-ms", "600000"]).start()
    try:
        wire = JsonClient(server)
        arn = wire.ok("DescribeStreamSummary", StreamName="old")["StreamDescriptionSummary"]["StreamARN"]
        consumer = wire.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
        error = wire.error(
            "PutResourcePolicy", ResourceARN=consumer, Policy=policy("Allow", "kinesis:SubscribeToShard", consumer)
        )
        assert error["__type"] == "ResourceInUseException"
        assert error["message"].endswith("under stream: old , account 000000000000 is not in ACTIVE status.")
    finally:
        server.stop()


def test_a_denied_iterator_no_longer_reads(server, wire, stream, arn):
    other = JsonClient(server, access_key=OTHER)
    wire.ok("PutResourcePolicy", ResourceARN=arn, Policy=policy("Allow", "kinesis:*", arn))
    position = {"StreamARN": arn, "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"}
    iterator = other.ok("GetShardIterator", **position)["ShardIterator"]
    wire.ok("PutResourcePolicy", ResourceARN=arn, Policy=policy("Deny", "kinesis:GetRecords", arn))
    assert other.error("GetRecords", ShardIterator=iterator)["__type"] == "AccessDeniedException"


def test_a_policy_has_twenty_kilobytes(wire, arn):
    text = policy("Allow", "kinesis:PutRecord", arn)
    fits = text + " " * (20480 - len(text))
    wire.ok("PutResourcePolicy", ResourceARN=arn, Policy=fits)
    assert wire.ok("GetResourcePolicy", ResourceARN=arn) == {"Policy": fits}
    assert wire.error("PutResourcePolicy", ResourceARN=arn, Policy=fits + " ") == {
        "__type": "InvalidArgumentException",
        "message": "The resource policy is not valid: it has more than 20480 bytes.",
    }


def test_policies_survive_a_restart_and_go_with_what_they_belong_to(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        wire = JsonClient(server)
        wire.ok("CreateStream", StreamName="s", ShardCount=1)
        arn = wire.ok("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
        consumer = wire.ok("RegisterStreamConsumer", StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
        texts = {
            arn: policy("Allow", "kinesis:PutRecord", arn),
            consumer: policy("Allow", "kinesis:SubscribeToShard", consumer),
        }
        for resource, text in texts.items():
            wire.ok("PutResourcePolicy", ResourceARN=resource, Policy=text)
        server.kill()
        server.start()
        wire = JsonClient(server)
        for resource, text in texts.items():
            assert wire.ok("GetResourcePolicy", ResourceARN=resource) == {"Policy": text}
        wire.ok("DeleteStream", StreamName="s", EnforceConsumerDeletion=True)
        wire.ok("CreateStream", StreamName="s", ShardCount=1)
        assert wire.ok("GetResourcePolicy", ResourceARN=arn) == {"Policy": "{}"}
    finally:
        server.stop()


def test_a_policy_that_cannot_be_judged_is_refused(wire, arn):
    conditional = json.loads(policy("Allow", "kinesis:*", arn))
    conditional["Statement"][0]["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    for text in ("{", "{}", json.dumps(conditional)):
        error = wire.error("PutResourcePolicy", ResourceARN=arn, Policy=text)
        assert error["__type"] == "InvalidArgumentException"


def test_enhanced_monitoring(kinesis, stream):
    answer = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes", "OutgoingBytes"])
    assert (answer["CurrentShardLevelMetrics"], answer["DesiredShardLevelMetrics"]) == (
        [],
        ["IncomingBytes", "OutgoingBytes"],
    )
    answer = kinesis.enable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["ALL"])
    assert len(answer["DesiredShardLevelMetrics"]) == 7
    answer = kinesis.disable_enhanced_monitoring(StreamName=stream, ShardLevelMetrics=["IncomingBytes"])
    assert "IncomingBytes" not in answer["DesiredShardLevelMetrics"]
    metrics = summary(kinesis, stream)["EnhancedMonitoring"][0]["ShardLevelMetrics"]
    assert sorted(metrics) == sorted(answer["DesiredShardLevelMetrics"])


def test_larger_records_after_update_max_record_size(wire, kinesis, stream, arn):
    record = {"StreamName": stream, "PartitionKey": "k", "Data": base64.b64encode(b"x" * ((2 << 20) - 1)).decode()}
    assert wire.error("PutRecord", **record)["__type"] == "ValidationException"
    wire.ok("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=2048)
    shard = wire.ok("PutRecord", **record)["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [len(r["Data"]) for r in records] == [(2 << 20) - 1]
    record["Data"] = base64.b64encode(b"x" * (2 << 20)).decode()
    assert "less than or equal to 2097152" in wire.error("PutRecord", **record)["message"]
    assert wire.ok("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]["MaxRecordSizeInKiB"] == 2048


def test_modes(wire, kinesis, stream, arn):
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    s = summary(kinesis, stream)
    assert (s["StreamModeDetails"]["StreamMode"], s["OpenShardCount"]) == ("ON_DEMAND", 2)
    error = wire.error("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert error["__type"] == "InvalidArgumentException"
    limits = wire.ok("DescribeLimits")
    assert limits["OnDemandStreamCount"] >= 1 and limits["OpenShardCount"] >= 2
    kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
    assert summary(kinesis, stream)["StreamModeDetails"]["StreamMode"] == "PROVISIONED"
    error = wire.error("UpdateStreamWarmThroughput", StreamARN=arn, WarmThroughputMiBps=5)
    assert error["__type"] == "ValidationException"


def test_limits_of_a_fresh_account(server):
    client = JsonClient(server, access_key="333333333333")
    assert client.ok("DescribeLimits") == {
        "ShardLimit": 10000,
        "OpenShardCount": 0,
        "OnDemandStreamCount": 0,
        "OnDemandStreamCountLimit": 50,
    }


def test_account_settings(server):
    client = JsonClient(server, access_key="444444444444")
    assert client.ok("DescribeAccountSettings") == {"MinimumThroughputBillingCommitment": {"Status": "DISABLED"}}
    enabled = client.ok("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    assert enabled["MinimumThroughputBillingCommitment"]["Status"] == "ENABLED"
    assert client.ok("DescribeAccountSettings") == enabled


def test_warm_throughput(server):
    client = JsonClient(server, access_key="555555555555")
    client.ok("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    client.ok("CreateStream", StreamName="warm", StreamModeDetails={"StreamMode": "ON_DEMAND"}, WarmThroughputMiBps=6)

    def shards_and_throughput():
        s = client.ok("DescribeStreamSummary", StreamName="warm")["StreamDescriptionSummary"]
        return s["OpenShardCount"], s["WarmThroughput"]

    assert shards_and_throughput() == (6, {"TargetMiBps": 6, "CurrentMiBps": 6})
    answer = client.ok("UpdateStreamWarmThroughput", StreamName="warm", WarmThroughputMiBps=9)
    assert (answer["StreamName"], answer["WarmThroughput"]["TargetMiBps"]) == ("warm", 9)
    assert shards_and_throughput() == (9, {"TargetMiBps": 9, "CurrentMiBps": 9})
