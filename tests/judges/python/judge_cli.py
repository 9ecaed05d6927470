"""The AWS CLI judges a Kinesis server; JUDGE_AWS is the program (`aws`, of any version). See ../README.md."""

import base64
import contextlib
import datetime
import json
import os
import subprocess

from judging import DEADLINE, ENDPOINT, check, equal, new_name, run, wait_until

AWS = os.environ["JUDGE_AWS"]
# Version 1 takes a blob as text and version 2 as base64, unless it is told so.
VERSION_2 = subprocess.run([AWS, "--version"], capture_output=True, text=True, check=True).stdout.startswith("aws-cli/2")


class Refused(Exception):
    """The CLI ended with an error."""


def aws(operation, *arguments, **options):
    """Runs `aws kinesis OPERATION`; stream_name="s" is --stream-name s. Returns the parsed answer."""
    command = [AWS, "kinesis", operation, *arguments, "--endpoint-url", ENDPOINT, "--output", "json"]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE)
    if done.returncode:
        raise Refused(f"exit code {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout else None


@contextlib.contextmanager
def fails(operation, error):
    try:
        yield
    except Refused as e:
        check(f"({error}) when calling the {operation} operation" in str(e), f"another error: {e}")
        return
    raise AssertionError(f"no {error}")


def summary(name):
    return aws("describe-stream-summary", stream_name=name)["StreamDescriptionSummary"]


def active(name):
    return wait_until(lambda: (s := summary(name))["StreamStatus"] == "ACTIVE" and s, f"{name} is ACTIVE")


@contextlib.contextmanager
def stream(shards):
    name = new_name("cli")
    aws("create-stream", stream_name=name, shard_count=shards)
    active(name)
    try:
        yield name
    finally:
        aws("delete-stream", "--enforce-consumer-deletion", stream_name=name)


def check_now(time, what):
    """Version 1 prints seconds since 1970, version 2 ISO 8601."""
    utc = datetime.timezone.utc
    time = datetime.datetime.fromisoformat(time) if VERSION_2 else datetime.datetime.fromtimestamp(time, utc)
    now = datetime.datetime.now(utc)
    check(abs((now - time).total_seconds()) < 60, f"{what} is {time}, now is {now}")


def blob(data):
    if VERSION_2:
        return base64.b64encode(data).decode()
    return data.decode()


def life_cycle():
    with stream(2) as name:
        aws("wait", "stream-exists", stream_name=name)
        described = aws("describe-stream", stream_name=name)["StreamDescription"]
        equal((described["StreamStatus"], len(described["Shards"])), ("ACTIVE", 2), "status and number of shards")
        check_now(described["StreamCreationTimestamp"], "the stream's creation")
        listed = aws("list-streams", "--page-size", "1")["StreamNames"]
        check(name in listed, f"{name} is not in {listed}")
        with fails("CreateStream", "ResourceInUseException"):
            aws("create-stream", stream_name=name, shard_count=1)
    aws("wait", "stream-not-exists", stream_name=name)
    with fails("DescribeStreamSummary", "ResourceNotFoundException"):
        summary(name)


def round_trip():
    with stream(1) as name:
        data = "données €\n".encode()
        put = aws("put-record", stream_name=name, partition_key="clé", data=blob(data))
        records = json.dumps([{"PartitionKey": "a", "Data": blob(b"one")}, {"PartitionKey": "b", "Data": blob(b"two")}])
        answer = aws("put-records", stream_name=name, records=records)
        equal(answer["FailedRecordCount"], 0, "FailedRecordCount")
        at = aws(
            "get-shard-iterator", stream_name=name, shard_id=put["ShardId"], shard_iterator_type="TRIM_HORIZON"
        )["ShardIterator"]
        found = aws("get-records", shard_iterator=at)["Records"]
        equal([base64.b64decode(r["Data"]) for r in found], [data, b"one", b"two"], "the data")
        equal([r["PartitionKey"] for r in found], ["clé", "a", "b"], "the keys")
        equal(found[0]["SequenceNumber"], put["SequenceNumber"], "the sequence number")
        check_now(found[0]["ApproximateArrivalTimestamp"], "the arrival")


def settings():
    with stream(1) as name:
        aws("add-tags-to-stream", stream_name=name, tags="team=data,stage=test")
        found = aws("list-tags-for-stream", stream_name=name)["Tags"]
        equal({t["Key"]: t["Value"] for t in found}, {"team": "data", "stage": "test"}, "the tags")
        aws("increase-stream-retention-period", stream_name=name, retention_period_hours=48)
        active(name)
        aws("start-stream-encryption", stream_name=name, encryption_type="KMS", key_id="alias/aws/kinesis")
        active(name)
        aws("update-stream-mode", stream_arn=summary(name)["StreamARN"], stream_mode_details="StreamMode=ON_DEMAND")
        described = active(name)
        equal(described["RetentionPeriodHours"], 48, "the retention")
        equal(described["EncryptionType"], "KMS", "the encryption")
        equal(described["StreamModeDetails"]["StreamMode"], "ON_DEMAND", "the mode")


def resharding():
    with stream(2) as name:
        aws("split-shard", stream_name=name, shard_to_split="shardId-000000000000", new_starting_hash_key=2**126)
        active(name)
        aws(
            "merge-shards",
            stream_name=name,
            shard_to_merge="shardId-000000000003",
            adjacent_shard_to_merge="shardId-000000000001",
        )
        active(name)
        shards = aws("list-shards", stream_name=name)["Shards"]
        lineage = [(s.get("ParentShardId", "")[-1:], s.get("AdjacentParentShardId", "")[-1:]) for s in shards]
        equal(lineage, [("", ""), ("", ""), ("0", ""), ("0", ""), ("3", "1")], "the parents")
        aws("update-shard-count", stream_name=name, target_shard_count=4, scaling_type="UNIFORM_SCALING")
        equal(active(name)["OpenShardCount"], 4, "the number of open shards")


def consumers():
    with stream(1) as name:
        arn = summary(name)["StreamARN"]
        made = aws("register-stream-consumer", stream_arn=arn, consumer_name="reader")["Consumer"]
        check_now(made["ConsumerCreationTimestamp"], "the consumer's creation")

        def status():
            described = aws("describe-stream-consumer", consumer_arn=made["ConsumerARN"])["ConsumerDescription"]
            return described["ConsumerStatus"]

        wait_until(lambda: status() == "ACTIVE", "the consumer is ACTIVE")
        listed = aws("list-stream-consumers", stream_arn=arn)["Consumers"]
        equal([c["ConsumerName"] for c in listed], ["reader"], "the listed consumers")
        aws("deregister-stream-consumer", consumer_arn=made["ConsumerARN"])


run({case.__name__: case for case in (life_cycle, round_trip, settings, resharding, consumers)})
