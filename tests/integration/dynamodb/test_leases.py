"""`millrace leases`: what it shows of lease tables, as the Kinesis Client Library's versions write them."""

import json
import os
import re
import subprocess

import pytest
from support.admin import advance
from support.millrace import Millrace, default_binary

SHARD = "shardId-{:012}".format


@pytest.fixture
def leases(server):
    environment = {**os.environ, "AWS_ENDPOINT_URL": server.url}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        environment.pop(name, None)

    def run(*arguments, start=subprocess.run, **options):
        command = [default_binary(), "leases", *map(str, arguments)]
        if start is subprocess.run:
            options |= {"capture_output": True}
        return start(command, env=environment, text=True, **options)

    return run


def looks_of(ran):
    assert (ran.returncode, ran.stderr) == (0, "")
    return [json.loads(line) for line in ran.stdout.splitlines()]


class Table:
    """A lease table that the test writes as the library does."""

    def __init__(self, dynamodb, name):
        self.dynamodb = dynamodb
        self.name = name

    def put(self, key, owner=None, checkpoint="TRIM_HORIZON", counter=1, **more):
        item = {
            "leaseKey": {"S": key},
            "leaseCounter": {"N": str(counter)},
            "checkpoint": {"S": checkpoint},
            "checkpointSubSequenceNumber": {"N": "0"},
            "ownerSwitchesSinceCheckpoint": {"N": "0"},
            **more,
        }
        if owner:
            item["leaseOwner"] = {"S": owner}
        self.dynamodb.put_item(TableName=self.name, Item=item)

    def renew(self, key):
        self.dynamodb.update_item(
            TableName=self.name,
            Key={"leaseKey": {"S": key}},
            AttributeUpdates={"leaseCounter": {"Value": {"N": "1"}, "Action": "ADD"}},
        )


@pytest.fixture
def table(dynamodb, new_table):
    return Table(dynamodb, new_table("leaseKey"))


def put(kinesis, stream, *data, shard=0):
    """Into a shard of the two; returns the sequence numbers."""
    key = str(shard * 2**127)
    return [
        kinesis.put_record(StreamName=stream, Data=d, PartitionKey="k", ExplicitHashKey=key)["SequenceNumber"] for d in data
    ]


def test_leases_have_their_owners_checkpoints_and_lags(leases, table, kinesis, stream):
    first, second, last = put(kinesis, stream, b"a", b"b", b"c")
    table.put(SHARD(0), "worker-1", first, counter=7)
    table.put(SHARD(1), None, "TRIM_HORIZON")
    (look,) = looks_of(leases(table.name, "--stream", stream, "--json"))
    assert (look["application"], look["stream"]) == (table.name, stream)
    behind, at_end = look["leases"]
    assert behind.pop("behind") | {"ms": 0} == {"state": "behind", "ms": 0, "at_least": False, "reason": None}
    assert behind == {
        "stream": stream, "shard": SHARD(0), "owner": "worker-1", "checkpoint": first, "sub_sequence_number": 0,
        "counter": 7, "owner_switches": 0, "parents": [], "silent": None,
    }  # fmt: skip
    assert (at_end["shard"], at_end["owner"], at_end["behind"]["state"]) == (SHARD(1), None, "at_end")

    table.put(SHARD(0), "worker-1", last)
    table.put(SHARD(1), "worker-2", "SHARD_END")
    text = leases(table.name, "--stream", stream).stdout.splitlines()
    assert re.fullmatch(rf"Application {table.name}, stream {stream}: 2 leases, .* UTC", text[0])
    assert text[1].split() == ["SHARD", "OWNER", "BEHIND", "CHECKPOINT"]
    assert text[2].split() == [SHARD(0), "worker-1", "at", "the", "end", last]
    assert text[3].split() == [SHARD(1), "worker-2", "finished", "SHARD_END"]


def test_a_lag_is_the_age_of_the_record_after_the_checkpoint(tmp_path):
    server = Millrace(tmp_path / "data", args=["--test-clock"]).start()
    try:
        kinesis, dynamodb = server.client("kinesis"), server.client("dynamodb")
        kinesis.create_stream(StreamName="orders", ShardCount=1)
        (first,) = put(kinesis, "orders", b"a")
        advance(server, 3600)
        put(kinesis, "orders", b"b")
        advance(server, 600)
        put(kinesis, "orders", b"c")
        dynamodb.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "leaseKey", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "leaseKey", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        leases = Table(dynamodb, "orders")
        command = [default_binary(), "leases", "orders", "--url", server.url]

        def lag(checkpoint):
            leases.put(SHARD(0), "worker-1", checkpoint)
            return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[2].split("  ")[2]

        assert re.fullmatch("10 min( \\d s)?", lag(first)), "the stream has the application's name"
        assert re.fullmatch("> 10 min( \\d s)?", lag("TRIM_HORIZON")), "the record before it is an hour older"
        before = dynamodb.get_item(TableName="orders", Key={"leaseKey": {"S": SHARD(0)}})["Item"]
        advance(server, 24 * 3600 - 300)
        assert lag(first) == "1 record", "two records are gone by retention, also that of the checkpoint"
        leases.put(SHARD(0), "worker-1", "TRIM_HORIZON")
        after = dynamodb.get_item(TableName="orders", Key={"leaseKey": {"S": SHARD(0)}})["Item"]
        assert after == before, "the clock does not change leases"
    finally:
        server.kill()


def test_watching_shows_for_how_long_counters_are_silent(leases, table, stream):
    table.put(SHARD(0), "worker-1")
    table.put(SHARD(1), "worker-2")
    table.put(SHARD(2))
    watching = leases(
        table.name, "--stream", stream, "--watch", 1, "--looks", 4, "--json", start=subprocess.Popen, stdout=subprocess.PIPE
    )
    try:
        silences = []
        for _ in range(4):
            look = json.loads(watching.stdout.readline())
            silences.append([lease["silent"] for lease in look["leases"]])
            if len(silences) == 1:
                table.renew(SHARD(0))
        assert watching.wait(30) == 0
    finally:
        watching.kill()
        watching.wait()
    assert silences[0] == [None, None, None], "one look shows nothing"
    assert silences[1][0] == {"ms": 0, "at_least": False}
    assert silences[3][0]["ms"] >= 1900 and not silences[3][0]["at_least"]
    assert silences[3][1]["ms"] >= 2900 and silences[3][1]["at_least"]
    assert silences[3][2] is None, "nobody renews it"
    text = leases(table.name, "--stream", stream, "--watch", 1, "--looks", 2).stdout
    assert text.count("SILENT") == 2 and re.search(r"worker-1 .* > (1 s|9\d\d ms) ", text), text


def test_watching_goes_on_after_a_failure(leases, table, dynamodb, stream):
    watching = leases(
        table.name, "--stream", stream, "--watch", 1, start=subprocess.Popen, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert watching.stdout.readline().startswith("Application ")
        dynamodb.delete_table(TableName=table.name)
        assert "there is no table" in watching.stderr.readline()
        assert watching.poll() is None
    finally:
        watching.terminate()
        watching.wait()


def test_rows_of_other_kinds_are_left_out(leases, table, stream):
    table.put(SHARD(0), "worker-1", entityType={"S": "LEASE"}, throughputKBps={"N": "1.5"})
    for kind in ("STREAM", "LEADER", "CLIENT_VERSION_MIGRATION", "TABLE_MIGRATION", "WORKER_METRIC_STATS"):
        table.put(kind, entityType={"S": kind})
    table.dynamodb.put_item(TableName=table.name, Item={"leaseKey": {"S": "other"}})
    (look,) = looks_of(leases(table.name, "--stream", stream, "--json"))
    assert [lease["shard"] for lease in look["leases"]] == [SHARD(0)]


def test_leases_of_several_streams_name_theirs(leases, table, kinesis, stream):
    (number,) = put(kinesis, stream, b"a", shard=1)
    identifier = f"000000000000:{stream}:1680616058"
    for shard, checkpoint in ((0, "LATEST"), (1, number)):
        key = f"{identifier}:{SHARD(shard)}"
        table.put(key, "worker-1", checkpoint, streamName={"S": identifier}, shardId={"S": SHARD(shard)})
    text = leases(table.name).stdout.splitlines()
    assert text[1].split() == ["STREAM", "SHARD", "OWNER", "BEHIND", "CHECKPOINT"]
    assert text[2].split() == [stream, SHARD(0), "worker-1", "not", "begun", "LATEST"]
    assert text[3].split() == [stream, SHARD(1), "worker-1", "at", "the", "end", number]


def test_many_leases_are_read_in_pages(leases, table, stream):
    for first in range(0, 1500, 25):
        table.dynamodb.batch_write_item(
            RequestItems={
                table.name: [
                    {
                        "PutRequest": {
                            "Item": {
                                "leaseKey": {"S": SHARD(shard)},
                                "leaseCounter": {"N": "1"},
                                "checkpoint": {"S": "SHARD_END"},
                            }
                        }
                    }
                    for shard in range(first, first + 25)
                ]
            }
        )
    (look,) = looks_of(leases(table.name, "--stream", stream, "--json"))
    assert [lease["shard"] for lease in look["leases"]] == [SHARD(shard) for shard in range(1500)]


def test_a_lag_that_is_unknown_has_its_reason(leases, table, kinesis, stream):
    table.put(SHARD(0), "worker-1", "TRIM_HORIZON")
    text = leases(table.name).stdout
    assert f"BEHIND is unknown for {SHARD(0)}: the lease table does not name the stream; specify it with --stream" in text
    table.put(SHARD(0), "worker-1", "here")
    table.put(SHARD(7), "worker-1", "TRIM_HORIZON")
    (look,) = looks_of(leases(table.name, "--stream", stream, "--json"))
    behind = [lease["behind"] for lease in look["leases"]]
    assert behind[0]["reason"] == "the checkpoint is not a position in a shard"
    assert behind[1]["state"] == "unknown" and SHARD(7) in behind[1]["reason"]
    (other,) = put(kinesis, stream, b"a", shard=1)
    table.put(SHARD(0), "worker-1", other)
    assert "Invalid StartingSequenceNumber" in leases(table.name, "--stream", stream).stdout


def test_what_fails_says_why(leases, table, new_table):
    failed = leases("nothing")
    assert failed.returncode == 1
    assert failed.stderr.startswith("millrace: there is no table nothing at http://127.0.0.1:"), failed.stderr
    assert "has the application's name" in failed.stderr and table.name in failed.stderr
    assert "There are no tables" in leases("nothing", "--region", "eu-west-3").stderr
    other = new_table("metadataKey")
    assert f"the table {other} is not a lease table" in leases(other).stderr
    assert "its key is metadataKey, not leaseKey" in leases(other).stderr
    failed = leases(table.name, "--stream", "no-such-stream")
    assert failed.returncode == 1 and "--stream no-such-stream: Stream no-such-stream" in failed.stderr, failed.stderr
    assert "no response from http://127.0.0.1:1" in leases("a", "--url", "http://127.0.0.1:1").stderr
    assert leases("a", "--looks", 2).returncode != 0, "--looks requires --watch"
    assert leases().returncode != 0


def test_an_empty_table_has_no_leases(leases, table):
    ran = leases(table.name)
    assert ran.returncode == 0 and ": 0 leases, " in ran.stdout


def test_help_names_the_flags(leases):
    text = leases("--help").stdout
    for word in ("--stream", "--watch", "--looks", "--json", "--url", "--access-key", "BEHIND"):
        assert word in text
