"""A server whose clock tests move: what takes AWS minutes and days takes milliseconds."""

import datetime
import re
import time

import pytest

from kinesis.test_records import SHARDS
from kinesis.test_streams import error_of
from support.admin import admin, advance
from support.millrace import Millrace, wait_until


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    millrace = Millrace(tmp_path_factory.mktemp("clock") / "data", args=["--test-clock"]).start()
    yield millrace
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture
def client(moved):
    return moved.client("kinesis")


def new_stream(client, name):
    client.create_stream(StreamName=name, ShardCount=1)
    return name


def iterator(client, stream, kind="TRIM_HORIZON", **arguments):
    return client.get_shard_iterator(StreamName=stream, ShardId=SHARDS[0], ShardIteratorType=kind, **arguments)[
        "ShardIterator"
    ]


def test_the_clock_is_the_machines_until_it_is_moved_and_goes_on_from_there(moved):
    status, before = admin(moved, "GET", "clock")
    assert status == 200
    assert abs(before["now_ms"] - before["offset_ms"] - time.time() * 1000) < 60_000
    shown = advance(moved, 100)
    assert shown - before["now_ms"] / 1000 >= 100
    after = admin(moved, "GET", "clock")[1]
    assert after["offset_ms"] - before["offset_ms"] == 100_000
    assert after["now_ms"] / 1000 >= shown


def test_the_clock_may_be_held(moved):
    held = admin(moved, "POST", "clock", {"held": True})[1]
    assert held["held"] is True
    assert admin(moved, "POST", "clock", {"held": True})[1] == held
    assert admin(moved, "GET", "clock")[1] == held
    assert advance(moved, 7) == held["now_ms"] / 1000 + 7
    after = admin(moved, "POST", "clock", {"held": False, "advance_ms": 1000})[1]
    assert after["held"] is False and after["now_ms"] >= held["now_ms"] + 8000
    wait_until(lambda: admin(moved, "GET", "clock")[1]["now_ms"] > after["now_ms"], "the clock goes on")


def test_iterators_expire_after_five_minutes(moved, client):
    position = iterator(client, new_stream(client, "expiring"))
    client.get_records(ShardIterator=position)
    advance(moved, 301)
    code, message = error_of(client.get_records, ShardIterator=position)
    assert code == "ExpiredIteratorException"
    times = re.fullmatch(
        r"Iterator expired\. The iterator was created at time (.*) while right now it is (.*) which is further in "
        r"the future than the tolerated delay of 300000 milliseconds\.",
        message,
    )
    created, now = (datetime.datetime.strptime(t, "%a %b %d %H:%M:%S UTC %Y") for t in times.groups())
    assert 301 <= (now - created).total_seconds() < 361
    client.get_records(ShardIterator=iterator(client, "expiring"))


def test_records_are_trimmed_when_the_clock_passes_their_retention(moved, client):
    stream = new_stream(client, "retained")
    first = client.put_record(StreamName=stream, Data=b"first", PartitionKey="k")
    advance(moved, 23 * 3600)
    client.put_record(StreamName=stream, Data=b"second", PartitionKey="k")
    data = lambda: [r["Data"] for r in client.get_records(ShardIterator=iterator(client, stream))["Records"]]
    assert data() == [b"first", b"second"]
    advance(moved, 2 * 3600)
    assert data() == [b"second"], "when the clock's move was answered, the trim was done"
    old = iterator(client, stream, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=first["SequenceNumber"])
    assert [r["Data"] for r in client.get_records(ShardIterator=old)["Records"]] == [b"second"]
    client.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    advance(moved, 25 * 3600)
    assert data() == [b"second"]
    advance(moved, 24 * 3600)
    assert data() == []


def test_records_streams_and_lag_have_the_moved_time(moved, client):
    stream = new_stream(client, "dated")
    now = advance(moved, 0)
    made = client.describe_stream(StreamName=stream)["StreamDescription"]["StreamCreationTimestamp"].timestamp()
    assert abs(now - made) < 60
    client.put_record(StreamName=stream, Data=b"a", PartitionKey="k")
    client.put_record(StreamName=stream, Data=b"b", PartitionKey="k")
    advance(moved, 1000)
    read = client.get_records(ShardIterator=iterator(client, stream), Limit=1)
    assert abs(read["Records"][0]["ApproximateArrivalTimestamp"].timestamp() - now) < 60
    assert read["MillisBehindLatest"] >= 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        "",
        "x",
        "[]",
        "{}",
        '{"advance_ms": -1}',
        '{"advance_ms": 1.5}',
        '{"advance_ms": "1"}',
        '{"advance_ms": 1, "x": 1}',
        '{"advance_ms": 1, "held": 1}',
        '{"held": null}',
    ],
)
def test_a_move_that_is_none_is_refused(moved, body):
    before = admin(moved, "GET", "clock")[1]["offset_ms"]
    status, answer = admin(moved, "POST", "clock", body)
    assert status == 400 and answer["error"]
    assert admin(moved, "GET", "clock")[1]["offset_ms"] == before


def test_the_clock_moves_by_a_century_at_most(moved):
    for by in (10**13, 2**63, 2**64 - 1):
        status, answer = admin(moved, "POST", "clock", {"advance_ms": by})
        assert (status, answer) == (400, {"error": "The clock can advance by at most 3153600000000 ms (100 years) in total."})


def test_what_the_endpoint_does_not_take_is_refused(moved):
    wrong = "DELETE is not supported by /_millrace/clock; use GET and POST."
    assert admin(moved, "DELETE", "clock") == (405, {"error": wrong})
    assert admin(moved, "GET", "other") == (404, {"error": "The endpoints are /_millrace/clock and /_millrace/faults."})
    assert admin(moved, "GET", "faults") == (404, {"error": "Faults require --fault-injection."})
    status, answer = admin(moved, "POST", "clock", {"advance_ms": 1}, {"Origin": "http://elsewhere.example"})
    assert (status, "rigin" in answer["error"]) == (403, True), answer
    assert admin(moved, "OPTIONS", "clock", None, {"Origin": "http://elsewhere.example"})[0] == 403
    assert admin(moved, "POST", "clock", " " * 70_000) == (413, {"error": "The body is larger than 64 KiB."})


def test_the_endpoint_is_not_there_without_its_flag(server, kinesis):
    refused = (404, {"error": "The clock requires --test-clock."})
    assert admin(server, "GET", "clock") == refused
    assert admin(server, "POST", "clock", {"advance_ms": 1}) == refused


def test_a_signed_request_to_such_a_path_is_s3s(moved):
    s3 = moved.client("s3")
    with pytest.raises(s3.exceptions.ClientError) as raised:
        s3.put_object(Bucket="_millrace", Key="clock", Body=b"{}")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 404)
