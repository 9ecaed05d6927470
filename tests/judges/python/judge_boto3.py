"""boto3 judges a Kinesis server: the default client, JSON over HTTP/1.1. See ../README.md."""

import datetime
import hashlib
import os

from boto3_streams import (
    SOON,
    active,
    consumer,
    data_of,
    errors,
    fails,
    iterator,
    kinesis,
    now,
    put,
    read,
    shard_ids,
    stream,
    summary,
)
from boto3_subscriptions import (
    consumers,
    subscribe_at_sequence_number,
    subscribe_child_shards,
    subscribe_errors,
    subscribe_latest,
    subscribe_trim_horizon,
)
from judging import TOP_OF_HASH_KEYS, check, equal, new_name, run


def life_cycle():
    names = sorted(new_name("boto3-life") for _ in range(3))
    for name in names:
        kinesis.create_stream(StreamName=name, ShardCount=2)
    for name in names:
        kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig=SOON)
    described = kinesis.describe_stream(StreamName=names[0])["StreamDescription"]
    equal(described["StreamStatus"], "ACTIVE", "the status")
    equal(described["StreamARN"].rpartition("/")[2], names[0], "the name in the ARN")
    ranges = [s["HashKeyRange"] for s in described["Shards"]]
    equal(ranges[0]["StartingHashKey"], "0", "the first hash key")
    equal(int(ranges[1]["StartingHashKey"]), int(ranges[0]["EndingHashKey"]) + 1, "the second shard's first hash key")
    equal(int(ranges[1]["EndingHashKey"]), TOP_OF_HASH_KEYS, "the last hash key")
    equal(summary(names[0])["OpenShardCount"], 2, "the number of open shards")
    equal(summary(names[0])["RetentionPeriodHours"], 24, "the retention period")
    with fails(errors.ResourceInUseException, names[0]):
        kinesis.create_stream(StreamName=names[0], ShardCount=1)

    pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 1}))
    listed = [n for page in pages for n in page["StreamNames"] if n in names]
    equal(listed, names, "the listed streams")
    check(all(len(page["StreamNames"]) <= 1 for page in pages), "a page of more than one")
    check(pages[0]["HasMoreStreams"] and not pages[-1]["HasMoreStreams"], "HasMoreStreams")

    for name in names:
        kinesis.delete_stream(StreamName=name)
    for name in names:
        kinesis.get_waiter("stream_not_exists").wait(StreamName=name, WaiterConfig=SOON)


def round_trip():
    with stream(1) as name:
        shard = shard_ids(name)[0]
        every_byte = bytes(range(256))
        key = "clé-ключ-鍵-🔑"
        largest = os.urandom(2**20 - len(key.encode()))
        before = kinesis.put_record(StreamName=name, PartitionKey=key, Data=every_byte)
        equal(before["ShardId"], shard, "the shard")
        put(name, b"", largest, key=key)
        put(name, b"by hash key", key=key, ExplicitHashKey=str(TOP_OF_HASH_KEYS))
        records, answer = read(iterator(name, shard, "TRIM_HORIZON"), 4)
        equal(data_of(records), [every_byte, b"", largest, b"by hash key"], "the data")
        equal([r["PartitionKey"] for r in records], [key] * 4, "the keys")
        numbers = [int(r["SequenceNumber"]) for r in records]
        equal(numbers, sorted(set(numbers)), "the sequence numbers")
        equal(str(numbers[0]), before["SequenceNumber"], "the first sequence number")
        equal(answer["MillisBehindLatest"], 0, "MillisBehindLatest at the tip")


def put_records_500():
    with stream(2) as name:
        shards = shard_ids(name)
        entries = [{"PartitionKey": f"key-{i % 50}", "Data": b"%d" % i} for i in range(500)]
        answer = kinesis.put_records(StreamName=name, Records=entries)
        equal(answer["FailedRecordCount"], 0, "FailedRecordCount")
        expected = {shard: [] for shard in shards}
        for entry, result in zip(entries, answer["Records"], strict=True):
            high_half = hashlib.md5(entry["PartitionKey"].encode()).digest()[0] >= 128
            equal(result["ShardId"], shards[high_half], f"the shard of {entry['PartitionKey']}")
            expected[result["ShardId"]].append(entry["Data"])
        for shard, datas in expected.items():
            records, _ = read(iterator(name, shard, "TRIM_HORIZON"), len(datas))
            equal(data_of(records), datas, f"the records of {shard}")


def iterators():
    with stream(1) as name:
        shard = shard_ids(name)[0]
        latest = iterator(name, shard, "LATEST")
        datas = [b"%d" % i for i in range(5)]
        numbers = put(name, *datas)

        def found(kind, count, **request):
            return data_of(read(iterator(name, shard, kind, **request), count)[0])

        equal(data_of(read(latest, 5)[0]), datas, "LATEST")
        equal(found("TRIM_HORIZON", 5), datas, "TRIM_HORIZON")
        equal(found("AT_SEQUENCE_NUMBER", 3, StartingSequenceNumber=numbers[2]), datas[2:], "AT_SEQUENCE_NUMBER")
        equal(found("AFTER_SEQUENCE_NUMBER", 2, StartingSequenceNumber=numbers[2]), datas[3:], "AFTER_SEQUENCE_NUMBER")
        records, _ = read(iterator(name, shard, "TRIM_HORIZON"), 5)
        third = records[2]["ApproximateArrivalTimestamp"]
        since = [r["Data"] for r in records if r["ApproximateArrivalTimestamp"] >= third]
        equal(found("AT_TIMESTAMP", len(since), Timestamp=third), since, "AT_TIMESTAMP")
        limited = kinesis.get_records(ShardIterator=iterator(name, shard, "TRIM_HORIZON"), Limit=2)
        equal(data_of(limited["Records"]), datas[:2], "Limit 2")
        equal(data_of(read(limited["NextShardIterator"], 3)[0]), datas[2:], "the iterator after Limit 2")


def typed_errors():
    missing = new_name("missing")
    with fails(errors.ResourceNotFoundException, f"Stream {missing} under account "):
        kinesis.describe_stream(StreamName=missing)
    with fails(errors.InvalidArgumentException, "Invalid ShardIterator"):
        kinesis.get_records(ShardIterator="AAAA")
    with fails(errors.ValidationException, "1 validation error detected", "streamName"):
        kinesis.describe_stream(StreamName="no spaces here")
    with stream(1) as name:
        with fails(errors.InvalidArgumentException, "StartingSequenceNumber"):
            iterator(name, shard_ids(name)[0], "AT_SEQUENCE_NUMBER", StartingSequenceNumber="1")
        with fails(errors.ResourceNotFoundException, "shardId-000000000007"):
            iterator(name, "shardId-000000000007", "LATEST")


def tags():
    with stream(1, Tags={"born": "with"}) as name:
        kinesis.add_tags_to_stream(StreamName=name, Tags={"team": "données", "stage": "test"})
        first = kinesis.list_tags_for_stream(StreamName=name, Limit=1)
        check(first["HasMoreTags"], "HasMoreTags of a page of one")
        rest = kinesis.list_tags_for_stream(StreamName=name, ExclusiveStartTagKey=first["Tags"][0]["Key"])
        check(not rest["HasMoreTags"], "HasMoreTags of the last page")
        found = {t["Key"]: t["Value"] for t in first["Tags"] + rest["Tags"]}
        equal(found, {"born": "with", "team": "données", "stage": "test"}, "the tags")
        kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["stage", "born"])
        arn = summary(name)["StreamARN"]
        kinesis.tag_resource(ResourceARN=arn, Tags={"by": "arn"})
        found = {t["Key"]: t["Value"] for t in kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"]}
        equal(found, {"team": "données", "by": "arn"}, "the tags by ARN")
        kinesis.untag_resource(ResourceARN=arn, TagKeys=["by", "team"])
        equal(kinesis.list_tags_for_stream(StreamName=name)["Tags"], [], "the tags after their removal")


def retention():
    with stream(1) as name:
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=48)
        equal(active(name)["RetentionPeriodHours"], 48, "the increased retention")
        with fails(errors.InvalidArgumentException):
            kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=36)
        kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
        equal(active(name)["RetentionPeriodHours"], 24, "the decreased retention")


def resharding():
    with stream(2) as name:
        put(name, b"before", ExplicitHashKey="0")
        kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        active(name)
        kinesis.merge_shards(
            StreamName=name, ShardToMerge="shardId-000000000003", AdjacentShardToMerge="shardId-000000000001"
        )
        equal(active(name)["OpenShardCount"], 2, "the number of open shards")
        shards = kinesis.list_shards(StreamName=name)["Shards"]
        equal([s["ShardId"][-1] for s in shards], ["0", "1", "2", "3", "4"], "the shards")
        lineage = [(s.get("ParentShardId", "")[-1:], s.get("AdjacentParentShardId", "")[-1:]) for s in shards]
        equal(lineage, [("", ""), ("", ""), ("0", ""), ("0", ""), ("3", "1")], "the parents")
        closed = ["EndingSequenceNumber" in s["SequenceNumberRange"] for s in shards]
        equal(closed, [True, True, False, True, False], "which shards are closed")
        starts = [int(s["HashKeyRange"]["StartingHashKey"]) for s in shards]
        equal(starts, [0, 2**127, 0, 2**126, 2**126], "the first hash keys")

        put(name, b"after", ExplicitHashKey="0")
        records, answer = read(iterator(name, "shardId-000000000000", "TRIM_HORIZON"), 1)
        while answer.get("NextShardIterator"):
            answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"])
        equal(data_of(records), [b"before"], "the parent's records")
        children = {c["ShardId"][-1]: [p[-1] for p in c["ParentShards"]] for c in answer["ChildShards"]}
        equal(children, {"2": ["0"], "3": ["0"]}, "the children")
        records, _ = read(iterator(name, "shardId-000000000002", "TRIM_HORIZON"), 1)
        equal(data_of(records), [b"after"], "the child's records")

        with fails(errors.InvalidArgumentException, "StartingHashKey"):
            kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000002", NewStartingHashKey=str(2**127))
        with fails(errors.ResourceNotFoundException, "shardId-000000000009"):
            kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000009", NewStartingHashKey="5")


def update_shard_count():
    with stream(2) as name:
        answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        equal(answer["StreamName"], name, "the name")
        equal((answer["CurrentShardCount"], answer["TargetShardCount"]), (2, 4), "the counts")
        equal(active(name)["OpenShardCount"], 4, "the number of open shards")
        shards = kinesis.list_shards(StreamName=name, ShardFilter={"Type": "AT_LATEST"})["Shards"]
        starts = sorted(int(s["HashKeyRange"]["StartingHashKey"]) for s in shards)
        equal(starts, [0, 2**126, 2**127, 2**126 * 3], "the first hash keys")


def list_shards():
    with stream(3) as name:
        first = kinesis.list_shards(StreamName=name, MaxResults=2)
        equal(len(first["Shards"]), 2, "the first page")
        rest = kinesis.list_shards(NextToken=first["NextToken"])
        check("NextToken" not in rest, "the last page has a token")
        equal([s["ShardId"][-1] for s in first["Shards"] + rest["Shards"]], ["0", "1", "2"], "the pages' shards")
        kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000001", NewStartingHashKey=str(2**127))
        created = active(name)["StreamCreationTimestamp"]

        def filtered(kind, **more):
            return [i[-1] for i in shard_ids(name, ShardFilter={"Type": kind, **more})]

        equal(filtered("AT_LATEST"), ["0", "2", "3", "4"], "AT_LATEST")
        equal(filtered("AT_TRIM_HORIZON"), ["0", "1", "2"], "AT_TRIM_HORIZON")
        equal(filtered("FROM_TRIM_HORIZON"), ["0", "1", "2", "3", "4"], "FROM_TRIM_HORIZON")
        equal(filtered("AFTER_SHARD_ID", ShardId="shardId-000000000002"), ["3", "4"], "AFTER_SHARD_ID")
        equal(filtered("FROM_TIMESTAMP", Timestamp=created), ["0", "1", "2", "3", "4"], "FROM_TIMESTAMP")
        after = [i[-1] for i in shard_ids(name, ExclusiveStartShardId="shardId-000000000003")]
        equal(after, ["4"], "ExclusiveStartShardId")


def encryption():
    with stream(1) as name:
        equal(summary(name)["EncryptionType"], "NONE", "the encryption of a new stream")
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        described = active(name)
        equal((described["EncryptionType"], described["KeyId"]), ("KMS", "alias/aws/kinesis"), "the encryption")
        answer = kinesis.put_record(StreamName=name, PartitionKey="k", Data=b"secret")
        equal(answer["EncryptionType"], "KMS", "PutRecord's EncryptionType")
        records, _ = read(iterator(name, shard_ids(name)[0], "TRIM_HORIZON"), 1)
        equal((records[0]["Data"], records[0]["EncryptionType"]), (b"secret", "KMS"), "the record")
        kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        equal(active(name)["EncryptionType"], "NONE", "the encryption after its end")


def stream_mode():
    with stream(1) as name:
        equal(summary(name)["StreamModeDetails"]["StreamMode"], "PROVISIONED", "a new stream's mode")
        kinesis.update_stream_mode(StreamARN=summary(name)["StreamARN"], StreamModeDetails={"StreamMode": "ON_DEMAND"})
        equal(active(name)["StreamModeDetails"]["StreamMode"], "ON_DEMAND", "the mode")
        with fails(errors.ValidationException):
            kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    with stream(None, StreamModeDetails={"StreamMode": "ON_DEMAND"}) as name:
        equal(summary(name)["OpenShardCount"], 4, "the shards of an on-demand stream")


def timestamps():
    def check_now(time, what):
        check(abs((now() - time).total_seconds()) < 60, f"{what} is {time}, now is {now()}")

    with stream(1) as name:
        check_now(summary(name)["StreamCreationTimestamp"], "the stream's creation")
        check_now(consumer(summary(name)["StreamARN"])["ConsumerCreationTimestamp"], "the consumer's creation")
        put(name, b"1")
        shard = shard_ids(name)[0]
        records, _ = read(iterator(name, shard, "TRIM_HORIZON"), 1)
        check_now(records[0]["ApproximateArrivalTimestamp"], "the arrival")
        hour_ago = now() - datetime.timedelta(hours=1)
        equal(read(iterator(name, shard, "AT_TIMESTAMP", Timestamp=hour_ago), 1)[0], records, "since an hour ago")
        with fails(errors.InvalidArgumentException, "timestampInMillis"):
            iterator(name, shard, "AT_TIMESTAMP", Timestamp=now() + datetime.timedelta(hours=1))


def monitoring():
    limits = kinesis.describe_limits()
    check(limits["ShardLimit"] > 0 and limits["OnDemandStreamCountLimit"] > 0, "the limits")
    with stream(2) as name:
        check(kinesis.describe_limits()["OpenShardCount"] >= 2, "OpenShardCount")
        answer = kinesis.enable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["IncomingBytes"])
        equal(answer["DesiredShardLevelMetrics"], ["IncomingBytes"], "the desired metrics")
        equal(active(name)["EnhancedMonitoring"][0]["ShardLevelMetrics"], ["IncomingBytes"], "the metrics")
        kinesis.disable_enhanced_monitoring(StreamName=name, ShardLevelMetrics=["ALL"])
        equal(active(name)["EnhancedMonitoring"], [{"ShardLevelMetrics": []}], "the metrics after their end")


def resource_policy():
    with stream(1) as name:
        arn = summary(name)["StreamARN"]
        policy = (
            '{"Version": "2012-10-17", "Statement": [{"Sid": "reader", "Effect": "Allow", '
            '"Principal": {"AWS": "arn:aws:iam::111122223333:root"}, '
            f'"Action": ["kinesis:DescribeStreamSummary", "kinesis:GetRecords"], "Resource": "{arn}"}}]}}'
        )
        kinesis.put_resource_policy(ResourceARN=arn, Policy=policy)
        equal(kinesis.get_resource_policy(ResourceARN=arn)["Policy"], policy, "the policy")
        kinesis.delete_resource_policy(ResourceARN=arn)


def large_records():
    with stream(1) as name:
        kinesis.update_max_record_size(StreamARN=summary(name)["StreamARN"], MaxRecordSizeInKiB=10240)
        equal(active(name)["MaxRecordSizeInKiB"], 10240, "MaxRecordSizeInKiB")
        data = os.urandom(5 * 2**20)
        put(name, data)
        equal(data_of(read(iterator(name, shard_ids(name)[0], "TRIM_HORIZON"), 1)[0]), [data], "the data")


run(
    {
        case.__name__: case
        for case in (
            life_cycle,
            round_trip,
            put_records_500,
            iterators,
            typed_errors,
            tags,
            retention,
            resharding,
            update_shard_count,
            list_shards,
            consumers,
            subscribe_trim_horizon,
            subscribe_latest,
            subscribe_at_sequence_number,
            subscribe_child_shards,
            subscribe_errors,
            encryption,
            stream_mode,
            timestamps,
            monitoring,
            resource_policy,
            large_records,
        )
    }
)
