"""Rows of the data directory that cannot be decoded: each is named, and holds up nothing else."""

import json
import pathlib
import subprocess

import pytest
from botocore.exceptions import ClientError
from support.functions import create_function
from support.millrace import ROOT, Millrace, default_binary, wait_until

ACCOUNT, REGION = "000000000000", "us-east-1"
SPOILT = '{"version": 1, "spoilt": '


def put_row(data_dir, key, value=SPOILT):
    tool = pathlib.Path(default_binary()).with_name("put_row")
    if not tool.exists():
        tool = ROOT / "build/release/bin/put_row"
    subprocess.run([tool, data_dir, key, value], check=True, timeout=60)


def findings(server):
    report = subprocess.run(
        [default_binary(), "doctor", "--data-dir", str(server.data_dir), "--format", "json"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(report.stdout)["findings"]


def unreadable_keys(server):
    return sorted(f["key"] for f in findings(server) if f["id"] == "row_unreadable")


@pytest.fixture
def server(tmp_path):
    server = Millrace(tmp_path / "data").start()
    yield server
    server.stop()


def map_stream(server, stream, function):
    arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{stream}"
    return server.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, StartingPosition="TRIM_HORIZON"
    )["UUID"]


def make_stream(kinesis, name, shards=1):
    kinesis.create_stream(StreamName=name, ShardCount=shards)
    kinesis.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})


def test_streams_mappings_and_buckets(server):
    kinesis, s3 = server.client("kinesis"), server.client("s3")
    for name in ("whole", "spoilt"):
        make_stream(kinesis, name)
        s3.create_bucket(Bucket=f"{name}-bucket")
        s3.put_object(Bucket=f"{name}-bucket", Key="k", Body=name.encode())
    function = create_function(server.client("lambda"))
    whole, spoilt = map_stream(server, "whole", function), map_stream(server, "spoilt", function)
    server.stop()
    rows = [f"k/s/{ACCOUNT}/{REGION}/spoilt", f"l/m/{spoilt}", f"o/b/{ACCOUNT}/spoilt-bucket"]
    for row in rows:
        put_row(server.data_dir, row)
    server.start()
    assert unreadable_keys(server) == rows
    log = server.log_path.read_text()
    assert all(f'key="{row}"' in log for row in rows[:2])

    assert kinesis.list_streams()["StreamNames"] == ["whole"]
    kinesis.put_record(StreamName="whole", PartitionKey="k", Data=b"x")
    mappings = server.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert [m["UUID"] for m in mappings] == [whole]
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["whole-bucket"]
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket="spoilt-bucket", Key="absent")
    assert refused.value.response["Error"]["Code"] == "InternalError"
    wait_until(lambda: f'key="{rows[2]}"' in server.log_path.read_text(), "the bucket's row is logged")

    s3.create_bucket(Bucket="spoilt-bucket")
    assert s3.get_object(Bucket="spoilt-bucket", Key="k")["Body"].read() == b"spoilt"
    assert unreadable_keys(server) == rows[:2]


def test_a_checkpoint_is_set_aside_and_its_shard_read_again(server):
    kinesis = server.client("kinesis")
    make_stream(kinesis, "s", 2)
    function = create_function(
        server.client("lambda"),
        "import base64\n"
        "def handler(event, context):\n"
        "    for r in event['Records']:\n"
        "        print('got', base64.b64decode(r['kinesis']['data']).decode(), flush=True)\n",
    )
    uuid = map_stream(server, "s", function)
    logs = server.client("logs")

    def times(text):
        groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")["logGroups"]
        if not groups:
            return 0  # it has not run yet
        streams = logs.describe_log_streams(logGroupName=f"/aws/lambda/{function}")["logStreams"]
        events = [
            e["message"]
            for s in streams
            for e in logs.get_log_events(logGroupName=f"/aws/lambda/{function}", logStreamName=s["logStreamName"])[
                "events"
            ]
        ]
        return sum(text in e for e in events)

    for shard, key in enumerate(("0", str(2**127))):
        kinesis.put_record(StreamName="s", PartitionKey="k", ExplicitHashKey=key, Data=f"first-{shard}".encode())
    for shard in (0, 1):
        wait_until(lambda s=shard: times(f"first-{s}") == 1, "both records are processed")
    server.stop()
    put_row(server.data_dir, f"l/c/{uuid}/0000000000")
    server.start()
    kinesis.put_record(StreamName="s", PartitionKey="k", ExplicitHashKey=str(2**127), Data=b"second-1")
    wait_until(lambda: times("second-1") == 1, "the other shard goes on")
    wait_until(lambda: times("first-0") == 2, "the shard is read again")
    assert times("first-1") == 1
    (finding,) = findings(server)
    assert finding["id"] == "checkpoint_set_aside"
    assert (finding["mapping"], finding["shard"]) == (uuid, "shardId-000000000000")
    assert b"millrace_lambda_checkpoints_set_aside 1" in server.raw("GET", "/metrics").body

    server.client("lambda").delete_event_source_mapping(UUID=uuid)
    wait_until(lambda: findings(server) == [], "the finding goes with the mapping")
