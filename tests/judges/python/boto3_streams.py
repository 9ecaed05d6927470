"""What boto3's cases share: the client, streams that go with their case, putting and reading."""

import contextlib
import datetime

import boto3
from judging import ENDPOINT, check, equal, new_name, wait_until

SOON = {"Delay": 1, "MaxAttempts": 60}
kinesis = boto3.client("kinesis", endpoint_url=ENDPOINT)
errors = kinesis.exceptions


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def summary(name):
    return kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]


def active(name):
    """Waits until the stream is ACTIVE and returns its summary."""
    return wait_until(lambda: (s := summary(name))["StreamStatus"] == "ACTIVE" and s, f"{name} is ACTIVE")


@contextlib.contextmanager
def stream(shards=1, **settings):
    name = new_name("boto3")
    if shards:
        settings["ShardCount"] = shards
    kinesis.create_stream(StreamName=name, **settings)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig=SOON)
    try:
        yield name
    finally:
        kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


@contextlib.contextmanager
def fails(error, *texts):
    try:
        yield
    except error as e:
        check(e.response["ResponseMetadata"]["RequestId"], "the error has no request id")
        for text in texts:
            check(text in str(e), f"no {text!r} in {e}")
        return
    raise AssertionError(f"no {error.__name__}")


def shard_ids(name, **request):
    return [s["ShardId"] for s in kinesis.list_shards(StreamName=name, **request)["Shards"]]


def put(name, *datas, key="key", **request):
    """Puts each of `datas` and returns the sequence numbers."""
    return [
        kinesis.put_record(StreamName=name, PartitionKey=key, Data=data, **request)["SequenceNumber"] for data in datas
    ]


def iterator(name, shard, kind, **request):
    answer = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType=kind, **request)
    return answer["ShardIterator"]


def read(at, count):
    """`count` records from an iterator on, and the answer that held the last."""
    records = []

    def more():
        nonlocal at
        answer = kinesis.get_records(ShardIterator=at)
        records.extend(answer["Records"])
        at = answer.get("NextShardIterator")
        return (len(records) >= count or at is None) and answer

    answer = wait_until(more, f"{count} records")
    equal(len(records), count, "the number of records")
    return records, answer


def data_of(records):
    return [r["Data"] for r in records]


def consumer(arn):
    """A new consumer of a stream, ACTIVE; deleted with the stream."""
    made = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=new_name("consumer"))["Consumer"]

    def status():
        described = kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]
        return described["ConsumerStatus"]

    wait_until(lambda: status() == "ACTIVE", "the consumer is ACTIVE")
    return made
