"""boto3 judges consumers and SubscribeToShard."""

import contextlib
import datetime

from boto3_streams import consumer, data_of, errors, fails, kinesis, now, put, stream, summary
from judging import check, equal, wait_until


def consumers():
    with stream(1) as name:
        arn = summary(name)["StreamARN"]
        made = [consumer(arn) for _ in range(3)]
        names = sorted(c["ConsumerName"] for c in made)
        check(made[0]["ConsumerARN"].startswith(f"{arn}/consumer/{made[0]['ConsumerName']}:"), "the consumer's ARN")
        by_name = kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName=names[0])["ConsumerDescription"]
        equal(by_name["StreamARN"], arn, "the stream's ARN")
        with fails(errors.ResourceInUseException, names[0]):
            kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=names[0])
        pages = list(
            kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=arn, PaginationConfig={"PageSize": 2})
        )
        equal(len(pages), 2, "the number of pages")
        equal(sorted(c["ConsumerName"] for p in pages for c in p["Consumers"]), names, "the listed consumers")
        equal(summary(name)["ConsumerCount"], 3, "ConsumerCount")
        kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName=names[0])

        def gone():
            try:
                kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName=names[0])
            except errors.ResourceNotFoundException:
                return True

        wait_until(gone, "the consumer is gone")


def subscribe(made, kind, shard="shardId-000000000000", **position):
    answer = kinesis.subscribe_to_shard(
        ConsumerARN=made["ConsumerARN"], ShardId=shard, StartingPosition={"Type": kind, **position}
    )
    return answer["EventStream"]


def events(event_stream):
    """The subscription's events; fails when they go on for too long. All but the last of a closed shard can be gone on from."""
    start = now()
    for event in event_stream:
        check((now() - start).total_seconds() < 60, "the subscription did not bring what it should within 60 s")
        brought = event["SubscribeToShardEvent"]
        goes_on = brought.get("ContinuationSequenceNumber", "").isdigit()
        check(goes_on != bool(brought.get("ChildShards")), f"neither a continuation nor children, or both: {brought}")
        yield brought


def take(event_stream, count):
    """`count` records of a subscription, and the event that held the last."""
    records = []
    for event in events(event_stream):
        records += event["Records"]
        if len(records) >= count:
            equal(len(records), count, "the number of records")
            return records, event
    raise AssertionError(f"the subscription ended after {len(records)} records of {count}")


def subscribe_trim_horizon():
    with stream(1) as name:
        made = consumer(summary(name)["StreamARN"])
        before = [b"before %d" % i for i in range(10)]
        after = [b"after %d" % i for i in range(10)]
        put(name, *before)
        subscription = subscribe(made, "TRIM_HORIZON")
        records, _ = take(subscription, 10)
        numbers = put(name, *after)
        more, event = take(subscription, 10)
        equal(data_of(records + more), before + after, "the data")
        equal([r["SequenceNumber"] for r in more], numbers, "the sequence numbers")
        check(abs((now() - more[0]["ApproximateArrivalTimestamp"]).total_seconds()) < 60, "the time of arrival")
        check(event["MillisBehindLatest"] < 60_000, "MillisBehindLatest")
        idle = next(e for e in events(subscription) if not e["Records"])
        equal(idle["MillisBehindLatest"], 0, "MillisBehindLatest of an event without records")
        check(int(idle["ContinuationSequenceNumber"]) >= int(numbers[-1]), "ContinuationSequenceNumber went back")
        subscription.close()


def subscribe_latest():
    with stream(1) as name:
        made = consumer(summary(name)["StreamARN"])
        put(name, b"before")
        subscription = subscribe(made, "LATEST")
        after = [b"after %d" % i for i in range(5)]
        put(name, *after)
        equal(data_of(take(subscription, 5)[0]), after, "the data")
        subscription.close()


def subscribe_at_sequence_number():
    with stream(1) as name:
        arn = summary(name)["StreamARN"]
        datas = [b"%d" % i for i in range(10)]
        numbers = put(name, *datas)
        subscription = subscribe(consumer(arn), "AT_SEQUENCE_NUMBER", SequenceNumber=numbers[4])
        records, event = take(subscription, 6)
        equal(data_of(records), datas[4:], "AT_SEQUENCE_NUMBER")
        subscription.close()
        going_on = event["ContinuationSequenceNumber"]
        put(name, b"later")
        for position, expected in (
            ({"kind": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": numbers[4]}, [*datas[5:], b"later"]),
            ({"kind": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": going_on}, [b"later"]),
            ({"kind": "AT_TIMESTAMP", "Timestamp": now() - datetime.timedelta(hours=1)}, [*datas, b"later"]),
        ):
            subscription = subscribe(consumer(arn), **position)
            equal(data_of(take(subscription, len(expected))[0]), expected, position["kind"])
            subscription.close()


def subscribe_child_shards():
    with stream(1) as name:
        subscription = subscribe(consumer(summary(name)["StreamARN"]), "LATEST")
        put(name, b"last")
        kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
        seen, children = [], []
        for event in events(subscription):
            seen += data_of(event["Records"])
            children += event.get("ChildShards", [])
        equal(seen, [b"last"], "the data")
        equal(sorted(c["ShardId"][-1] for c in children), ["1", "2"], "the children")
        equal(children[0]["ParentShards"], ["shardId-000000000000"], "the parent")


def subscribe_errors():
    with stream(1) as name:
        arn = summary(name)["StreamARN"]
        made = consumer(arn)
        with fails(errors.ResourceNotFoundException):
            subscribe({"ConsumerARN": f"{arn}/consumer/nobody:1700000000"}, "LATEST")
        with fails(errors.ResourceNotFoundException, "shardId-000000000007"):
            subscribe(made, "LATEST", shard="shardId-000000000007")
        with contextlib.closing(subscribe(made, "LATEST")):
            with fails(errors.ResourceInUseException):
                subscribe(made, "LATEST")
