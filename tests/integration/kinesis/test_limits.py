"""AWS's limits (--limits aws). The clock is held and moved, so that seconds pass when a test says so."""

import subprocess

import pytest
from botocore.exceptions import ClientError

from kinesis.test_records import SHARDS
from kinesis.test_streams import ACCOUNT, error_of
from support.admin import advance, hold
from support.json_client import JsonClient
from support.millrace import Millrace, default_binary

MIB = 1 << 20


@pytest.fixture(scope="module")
def limited(tmp_path_factory):
    args = ["--limits", "aws", "--stream-limits", "free=off", "--test-clock", "--durability", "memory"]
    millrace = Millrace(tmp_path_factory.mktemp("limits") / "data", args=args).start()
    hold(millrace)
    yield millrace
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture
def client(limited):
    advance(limited, 100)  # what the test before has used up is no more
    return limited.client("kinesis")


def new_stream(client, name):
    client.create_stream(StreamName=name, ShardCount=2)
    return name


def shard_rate(stream, shard=0):
    return (
        "ProvisionedThroughputExceededException",
        f"Rate exceeded for shard {SHARDS[shard]} in stream {stream} under account {ACCOUNT}.",
    )


def until_refused(call, **arguments):
    """Calls until that is refused; returns how many passed, and the refusal."""
    for passed in range(100):
        try:
            call(**arguments)
        except ClientError as e:
            error = e.response["Error"]
            return passed, (error["Code"], error["Message"])
    raise AssertionError("100 calls passed and none was refused")


def iterator(client, stream, shard=0):
    return client.get_shard_iterator(StreamName=stream, ShardId=SHARDS[shard], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]


def put(client, stream, data, shard=0):
    return client.put_record(StreamName=stream, Data=data, PartitionKey="k", ExplicitHashKey=str(shard << 127))


def entries(sizes, shard=0):
    return [{"Data": b"x" * n, "PartitionKey": "k", "ExplicitHashKey": str(shard << 127)} for n in sizes]


def test_a_shard_takes_a_mebibyte_a_second(limited, client):
    stream = new_stream(client, "bytes")
    request = {"StreamName": stream, "Data": b"x" * (MIB // 4 - 1), "PartitionKey": "k", "ExplicitHashKey": "0"}
    passed, refusal = until_refused(client.put_record, **request)
    assert passed == 4 and refusal == shard_rate(stream)
    put(client, stream, b"x", shard=1)
    advance(limited, 1)
    put(client, stream, b"x")
    text = limited.raw("GET", "/metrics").body.decode()
    assert f'millrace_kinesis_writes_throttled_total{{account="{ACCOUNT}",region="us-east-1",stream="bytes"}} 1' in text


def test_a_shard_takes_a_thousand_records_a_second(limited, client):
    stream = new_stream(client, "records")
    for _ in range(2):
        assert client.put_records(StreamName=stream, Records=entries([1] * 500))["FailedRecordCount"] == 0
    answer = client.put_records(StreamName=stream, Records=entries([1] * 500))
    assert answer["FailedRecordCount"] == 500
    failed = [r for r in answer["Records"] if "ErrorCode" in r]
    assert {(r["ErrorCode"], r["ErrorMessage"]) for r in failed} == {shard_rate(stream)}


def test_put_records_takes_what_fits_and_says_what_did_not(limited, client):
    stream = new_stream(client, "partly")
    records = entries([500_000, 500_000, 500_000, 10]) + entries([500_000], shard=1)
    answer = client.put_records(StreamName=stream, Records=records)
    assert answer["FailedRecordCount"] == 1
    assert [sorted(r) for r in answer["Records"]] == [
        ["SequenceNumber", "ShardId"],
        ["SequenceNumber", "ShardId"],
        ["ErrorCode", "ErrorMessage"],
        ["SequenceNumber", "ShardId"],
        ["SequenceNumber", "ShardId"],
    ]
    assert tuple(answer["Records"][2].values()) == shard_rate(stream)
    read = client.get_records(ShardIterator=iterator(client, stream))["Records"]
    assert [len(r["Data"]) for r in read] == [500_000, 500_000, 10]
    assert [r["SequenceNumber"] for r in read] == [answer["Records"][i]["SequenceNumber"] for i in (0, 1, 3)]


def test_put_records_of_which_none_fits_is_answered_all_the_same(limited, client):
    stream = new_stream(client, "none")
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"
    JsonClient(limited).ok("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=10240)
    put(client, stream, b"x" * 9 * MIB)  # is paid for in nine seconds
    answer = client.put_records(StreamName=stream, Records=entries([1, 1]))
    assert answer["FailedRecordCount"] == 2
    assert [tuple(r.values()) for r in answer["Records"]] == [shard_rate(stream)] * 2


def test_a_shard_is_read_five_times_a_second(limited, client):
    stream = new_stream(client, "read")
    request = {"ShardIterator": iterator(client, stream)}
    passed, refusal = until_refused(client.get_records, **request)
    assert passed == 5 and refusal == shard_rate(stream)
    client.get_records(ShardIterator=iterator(client, stream, shard=1))
    advance(limited, 1)
    for _ in range(5):
        client.get_records(**request)


def test_ten_mebibytes_read_end_reading_for_five_seconds(limited, client):
    stream = new_stream(client, "large")
    for _ in range(10):
        put(client, stream, b"x" * (MIB - 1))
        advance(limited, 1)
    position = iterator(client, stream)
    read = lambda: len(client.get_records(ShardIterator=position)["Records"])
    passed, refusal = until_refused(read)
    assert passed == 1 and refusal == shard_rate(stream)
    advance(limited, 5)
    assert read() == 10


def test_a_shard_gives_five_iterators_a_second(limited, client):
    stream = new_stream(client, "iterators")
    request = {"StreamName": stream, "ShardId": SHARDS[0], "ShardIteratorType": "LATEST"}
    passed, refusal = until_refused(client.get_shard_iterator, **request)
    assert passed == 5 and refusal == shard_rate(stream)
    advance(limited, 1)
    client.get_shard_iterator(**request)


@pytest.mark.parametrize("operation, rate", [("describe_stream", 10), ("describe_stream_summary", 20)])
def test_operations_on_a_stream_have_rates(limited, client, operation, rate):
    stream = new_stream(client, operation)
    passed, refusal = until_refused(getattr(client, operation), StreamName=stream)
    assert passed == rate
    assert refusal == ("LimitExceededException", f"Rate exceeded for stream {stream} under account {ACCOUNT}.")
    getattr(limited.client("kinesis", access_key="111122223333"), "list_streams")()
    advance(limited, 1)
    for _ in range(rate):
        getattr(client, operation)(StreamName=stream)


def test_a_stream_has_one_dry_run_a_second_beside_its_rates(limited, client):
    new_stream(client, "dry")
    raw = JsonClient(limited)
    record = {"StreamName": "dry", "Data": "YQ==", "PartitionKey": "k", "DryRun": True}
    at = {"StreamName": "dry", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"}
    assert raw.error("PutRecord", **record)["__type"] == "DryRunOperationException"
    for operation, request in (("PutRecord", record), ("GetShardIterator", {**at, "DryRun": True})):
        assert raw.error(operation, **request) == {
            "__type": "ThrottlingException",
            "message": f"Rate of dry runs exceeded for stream dry under account {ACCOUNT}.",
        }
    for _ in range(5):  # a second's iterators: none was used up
        raw.ok("GetShardIterator", **at)
    advance(limited, 1)
    assert raw.error("GetShardIterator", **at, DryRun=True)["__type"] == "DryRunOperationException"


def test_operations_on_no_stream_have_rates(limited, client):
    passed, refusal = until_refused(client.list_streams)
    assert passed == 5 and refusal == ("LimitExceededException", f"Rate exceeded for account {ACCOUNT}.")
    limited.client("kinesis", access_key="111122223333").list_streams()
    limited.client("kinesis", region="eu-west-1").list_streams()
    advance(limited, 1)
    client.list_streams()


def test_streams_are_made_at_five_a_second(limited, client):
    made = iter(range(1000))
    passed, refusal = until_refused(lambda: client.create_stream(StreamName=f"made-{next(made)}", ShardCount=1))
    assert passed == 5
    assert refusal == ("LimitExceededException", f"Rate exceeded for stream made-{passed} under account {ACCOUNT}.")
    assert error_of(client.delete_stream, StreamName=f"made-{passed}")[0] == "ResourceNotFoundException"


def test_a_stream_may_be_free_of_limits(client):
    stream = new_stream(client, "free")
    for _ in range(30):
        client.describe_stream_summary(StreamName=stream)
        client.get_records(ShardIterator=iterator(client, stream))
        put(client, stream, b"x" * 100_000)
    assert client.put_records(StreamName=stream, Records=entries([1] * 500))["FailedRecordCount"] == 0


def test_nothing_is_limited_unless_it_is_asked_for(kinesis, stream):
    for _ in range(3):
        assert kinesis.put_records(StreamName=stream, Records=entries([1000] * 500))["FailedRecordCount"] == 0
    for _ in range(30):
        kinesis.describe_stream(StreamName=stream)
        kinesis.get_records(ShardIterator=iterator(kinesis, stream), Limit=1)


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["--limits", "on"], "--limits: on not in {off,aws}"),
        (["--stream-limits", "orders"], '--stream-limits: "orders" is not of the form NAME=off or NAME=aws'),
        (["--stream-limits", "=aws"], "--stream-limits:"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path, arguments, complaint):
    command = [default_binary(), "serve", "--data-dir", str(tmp_path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and complaint in done.stderr + done.stdout
