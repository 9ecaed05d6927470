"""Records put and read, by boto3 and by the bytes."""

import base64
import datetime
import hashlib
import json
import time

import pytest

from kinesis.test_streams import ACCOUNT, error_of, violation
from support.json_client import JsonClient

SHARDS = ["shardId-000000000000", "shardId-000000000001"]


def read_all(kinesis, stream, shard, limit=10000):
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    position, records = iterator["ShardIterator"], []
    while True:
        answer = kinesis.get_records(ShardIterator=position, Limit=limit)
        if not answer["Records"]:
            assert answer["MillisBehindLatest"] == 0
            return records
        records += answer["Records"]
        position = answer["NextShardIterator"]


def shard_of(key):
    return SHARDS[int(hashlib.md5(key.encode()).hexdigest(), 16) >> 127]


def position(kinesis, stream, kind, shard=SHARDS[0], **arguments):
    answer = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType=kind, **arguments)
    return answer["ShardIterator"]


def test_a_record_goes_to_the_shard_of_its_key_and_comes_back(kinesis, stream):
    for key in ("a", "b", "c", "dé", "e" * 256):
        put = kinesis.put_record(StreamName=stream, Data=key.encode(), PartitionKey=key)
        assert put["ShardId"] == shard_of(key)
        record = read_all(kinesis, stream, put["ShardId"])[-1]
        assert (record["Data"], record["PartitionKey"]) == (key.encode(), key)
        assert record["SequenceNumber"] == put["SequenceNumber"]


def test_an_explicit_hash_key_overrides_the_partition_key(kinesis, stream):
    for number, shard in ((0, SHARDS[0]), (2**127 - 1, SHARDS[0]), (2**127, SHARDS[1]), (2**128 - 1, SHARDS[1])):
        put = kinesis.put_record(StreamName=stream, Data=b"", PartitionKey="k", ExplicitHashKey=str(number))
        assert put["ShardId"] == shard
    assert error_of(kinesis.put_record, StreamName=stream, Data=b"", PartitionKey="k", ExplicitHashKey=str(2**128)) == (
        "InvalidArgumentException",
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was "
        + str(2**128),
    )


def test_put_records_keeps_order_and_answers_in_the_order_of_the_request(kinesis, stream):
    entries = [{"Data": b"%d" % n, "PartitionKey": f"key-{n % 50}"} for n in range(500)]
    answer = kinesis.put_records(StreamName=stream, Records=entries)
    assert answer["FailedRecordCount"] == 0
    by_number = {}
    for shard in SHARDS:
        records = read_all(kinesis, stream, shard, limit=7)
        numbers = [int(r["SequenceNumber"]) for r in records]
        assert numbers == sorted(set(numbers))
        by_number.update({r["SequenceNumber"]: (shard, r["Data"]) for r in records})
    assert len(by_number) == 500
    for entry, result in zip(entries, answer["Records"]):
        assert by_number[result["SequenceNumber"]] == (result["ShardId"], entry["Data"])


def test_a_record_holds_a_mebibyte_and_no_more(kinesis, stream):
    """The partition key counts."""
    data = (bytes(range(256)) * 4096)[:-3]
    put = kinesis.put_record(StreamName=stream, Data=data, PartitionKey="k\u00e9")
    assert read_all(kinesis, stream, put["ShardId"])[-1]["Data"] == data
    for more, key, n in ((b"x", "k\u00e9", 1048577), (b"xxxx", "k", 1048577), (b"xxx", "k" * 256, 1048832)):
        text = violation(
            f"'java.nio.HeapByteBuffer[pos=0 lim={n} cap={n}]'", "{}data", "Member must have length less than or equal to 1048576"
        )
        entry = {"Data": data + more, "PartitionKey": key}
        assert error_of(kinesis.put_record, StreamName=stream, **entry) == (text[0], text[1].format(""))
        assert error_of(kinesis.put_records, StreamName=stream, Records=[entry]) == (
            text[0],
            text[1].format("records.1.member."),
        )


def test_put_records_holds_ten_mebibytes_and_no_more(kinesis, stream):
    entries = [{"Data": bytes((1 << 20) - 1), "PartitionKey": "k"} for _ in range(10)]
    assert error_of(kinesis.put_records, StreamName=stream, Records=[*entries, {"Data": b"", "PartitionKey": "k"}]) == (
        "InvalidArgumentException",
        "Records size exceeds 10 MB limit",
    )
    assert kinesis.put_records(StreamName=stream, Records=entries)["FailedRecordCount"] == 0
    first = kinesis.get_records(ShardIterator=position(kinesis, stream, "TRIM_HORIZON", shard_of("k")))
    assert len(first["Records"]) >= 9


def test_put_constraints(kinesis, stream):
    put = kinesis.put_record
    assert error_of(put, StreamName=stream, Data=b"", PartitionKey="k" * 257) == violation(
        f"'{'k' * 257}'", "partitionKey", "Member must have length less than or equal to 256"
    )
    assert error_of(put, StreamName=stream, Data=b"", PartitionKey="") == violation(
        "''", "partitionKey", "Member must have length greater than or equal to 1"
    )
    assert error_of(put, StreamName=stream, PartitionKey="k") == violation("null", "data", "Member must not be null")
    assert error_of(put, StreamName=stream, Data=b"", PartitionKey="k", ExplicitHashKey="-1")[0] == "ValidationException"
    assert error_of(kinesis.put_records, StreamName=stream, Records=[]) == violation(
        "'[]'", "records", "Member must have length greater than or equal to 1"
    )
    entries = [{"Data": b"", "PartitionKey": "k"}] * 501
    code, message = error_of(kinesis.put_records, StreamName=stream, Records=entries)
    assert code == "ValidationException" and message.endswith("Member must have length less than or equal to 500")
    assert error_of(kinesis.put_records, StreamName=stream, Records=[{"Data": b"x"}]) == violation(
        "null", "records.1.member.partitionKey", "Member must not be null"
    )


def test_keys_of_256_characters_may_have_more_bytes(kinesis, stream):
    key = "é" * 256
    put = kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey=key)
    assert read_all(kinesis, stream, put["ShardId"])[-1]["PartitionKey"] == key


def test_the_five_iterators(server, kinesis, stream):
    for n in range(5):
        time.sleep(0.01)
        kinesis.put_record(StreamName=stream, Data=b"%d" % n, PartitionKey="k", ExplicitHashKey="0")
    records = read_all(kinesis, stream, SHARDS[0])

    def data(kind, **arguments):
        answer = kinesis.get_records(ShardIterator=position(kinesis, stream, kind, **arguments))
        return b"".join(r["Data"] for r in answer["Records"])

    assert data("TRIM_HORIZON") == b"01234"
    assert data("AT_SEQUENCE_NUMBER", StartingSequenceNumber=records[2]["SequenceNumber"]) == b"234"
    assert data("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=records[2]["SequenceNumber"]) == b"34"
    start = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["Shards"][0]["SequenceNumberRange"]
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert data(kind, StartingSequenceNumber=start["StartingSequenceNumber"]) == b"01234"
    # boto3 cuts times to seconds, so the milliseconds are sent by hand.
    raw = JsonClient(server)
    arrival = records[3]["ApproximateArrivalTimestamp"].timestamp()
    base = {"StreamName": stream, "ShardId": SHARDS[0], "ShardIteratorType": "AT_TIMESTAMP"}
    at_arrival = raw.ok("GetShardIterator", **base, Timestamp=arrival)["ShardIterator"]
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=at_arrival)["Records"]] == [b"3", b"4"]
    assert data("AT_TIMESTAMP", Timestamp=0) == b"01234"
    latest = position(kinesis, stream, "LATEST")
    assert kinesis.get_records(ShardIterator=latest)["Records"] == []
    kinesis.put_record(StreamName=stream, Data=b"5", PartitionKey="k", ExplicitHashKey="0")
    assert [r["Data"] for r in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"5"]


def test_arrival_has_milliseconds_and_lag_counts_from_the_next_record(kinesis, stream):
    before = time.time()
    for _ in range(2):
        kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k", ExplicitHashKey="0")
    time.sleep(0.05)
    answer = kinesis.get_records(ShardIterator=position(kinesis, stream, "TRIM_HORIZON"), Limit=1)
    arrival = answer["Records"][0]["ApproximateArrivalTimestamp"].timestamp()
    assert before - 0.01 <= arrival <= time.time()
    assert 50 <= answer["MillisBehindLatest"] < 60000


def test_iterator_errors(kinesis, stream):
    other = "other-" + stream
    kinesis.create_stream(StreamName=other, ShardCount=1)
    number = kinesis.put_record(StreamName=stream, Data=b"", PartitionKey="k", ExplicitHashKey="0")["SequenceNumber"]
    get = kinesis.get_shard_iterator
    base = {"StreamName": stream, "ShardId": SHARDS[0]}
    at = {"ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    either = (
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) "
        "TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
    )
    assert error_of(get, **base, **at) == ("InvalidArgumentException", either + "AT_SEQUENCE_NUMBER and no StartingSequenceNumber.")
    assert error_of(get, **base, ShardIteratorType="LATEST", StartingSequenceNumber=number) == (
        "InvalidArgumentException",
        either + "LATEST and also a StartingSequenceNumber.",
    )
    assert error_of(get, StreamName=stream, ShardId=SHARDS[1], **at, StartingSequenceNumber=number) == (
        "InvalidArgumentException",
        f"Invalid StartingSequenceNumber. It encodes {SHARDS[0]}, while it was used in a call to a shard with {SHARDS[1]}",
    )
    assert error_of(get, **base, **at, StartingSequenceNumber="12345") == (
        "InvalidArgumentException",
        f"Invalid StartingSequenceNumber. It encodes shardId-000000012345, while it was used in a call to a shard with {SHARDS[0]}",
    )
    assert error_of(get, **base, ShardIteratorType="AT_TIMESTAMP")[1].startswith("Must specify timestampInMillis")
    future = datetime.datetime.now() + datetime.timedelta(days=1)
    assert error_of(get, **base, ShardIteratorType="AT_TIMESTAMP", Timestamp=future)[1].startswith(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis."
    )
    assert error_of(get, StreamName=stream, ShardId="shardId-000000000009", ShardIteratorType="LATEST") == (
        "ResourceNotFoundException",
        f"Shard shardId-000000000009 in stream {stream} under account {ACCOUNT} does not exist",
    )
    assert error_of(get, **base, ShardIteratorType="SIDEWAYS")[0] == "ValidationException"
    kinesis.delete_stream(StreamName=other)


def test_forged_and_foreign_iterators_are_refused(server, kinesis, stream):
    good = position(kinesis, stream, "TRIM_HORIZON")
    raw = bytearray(base64.b64decode(good))
    invalid = ("InvalidArgumentException", "Invalid ShardIterator.")
    for at in range(0, len(raw), 5):
        forged = bytearray(raw)
        forged[at] ^= 1
        assert error_of(kinesis.get_records, ShardIterator=base64.b64encode(forged).decode()) == invalid
    for text in ("x", "AAAAAAAAAAE=", "not base64 at all"):
        assert error_of(kinesis.get_records, ShardIterator=text) == invalid
    stranger = server.client("kinesis", access_key="999999999999")
    assert error_of(stranger.get_records, ShardIterator=good) == invalid
    assert error_of(kinesis.get_records, ShardIterator="a" * 513)[0] == "ValidationException"
    assert error_of(kinesis.get_records, ShardIterator=good, Limit=10001) == violation(
        "'10001'", "limit", "Member must have value less than or equal to 10000"
    )
    kinesis.delete_stream(StreamName=stream)
    assert error_of(kinesis.get_records, ShardIterator=good) == (
        "ResourceNotFoundException",
        f"Shard {SHARDS[0]} in stream {stream} under account {ACCOUNT} does not exist",
    )
    assert error_of(stranger.get_records, ShardIterator=good) == invalid


def test_put_record_takes_a_number_for_ordering(kinesis, stream):
    first = kinesis.put_record(StreamName=stream, Data=b"1", PartitionKey="k")["SequenceNumber"]
    second = kinesis.put_record(StreamName=stream, Data=b"2", PartitionKey="k", SequenceNumberForOrdering=first)
    assert int(second["SequenceNumber"]) > int(first)
    never = str(2**187)
    code, _ = error_of(kinesis.put_record, StreamName=stream, Data=b"", PartitionKey="k", SequenceNumberForOrdering=never)
    assert code == "InvalidArgumentException"


@pytest.mark.parametrize("text", ["YQ=", "Y*==", "YR==", "=YQ=", "YQ==YQ=="])
def test_wrong_base64_is_refused_and_nothing_is_kept(server, kinesis, stream, text):
    raw = JsonClient(server)
    entries = [{"Data": "YQ==", "PartitionKey": "k"}, {"Data": text, "PartitionKey": "k"}]
    for error in (
        raw.error("PutRecord", StreamName=stream, Data=text, PartitionKey="k"),
        raw.error("PutRecord", StreamName=stream, Data=text),
        raw.error("PutRecords", StreamName=stream, Records=[{"Data": "YQ=="}, {"Data": text, "PartitionKey": "k"}]),
        raw.error("PutRecords", StreamName=stream, Records=entries),
        raw.error("PutRecord", StreamName="nobody", Data=text, PartitionKey="k"),
    ):
        assert error["__type"] == "SerializationException"
        assert error["Message"].startswith(f"'{text}' can not be converted to a Blob: ")
    assert read_all(kinesis, stream, shard_of("k")) == []


def test_escapes_and_odd_orders_decode_as_any_json(server, kinesis, stream):
    raw = JsonClient(server)
    body = '{ "PartitionKey" : "k\\u00e9\\n" , "Unknown": {"a":[1,2]}, "Data":"YW\\u0042j", "StreamName":"%s" }' % stream
    answer = json.loads(raw.call("PutRecord", body).body)
    record = read_all(kinesis, stream, answer["ShardId"])[-1]
    assert (record["PartitionKey"], record["Data"]) == ("ké\n", b"a`c")


@pytest.mark.parametrize("data", [b"\xff" * 3, b"\xff" * 6, b"\xff" * 9 + b"a"])
def test_slashes_of_base64_may_be_escaped(server, kinesis, stream, data):
    """As PHP's encoder does, whose text may have a length that base64 could have, too."""
    raw = JsonClient(server)
    text = base64.b64encode(data).decode().replace("/", "\\/")
    one = f'{{"StreamName":"{stream}","PartitionKey":"k","Data":"{text}"}}'
    many = f'{{"StreamName":"{stream}","Records":[{{"PartitionKey":"k","Data":"{text}"}}]}}'
    for operation, body in (("PutRecord", one), ("PutRecords", many)):
        answer = raw.call(operation, body)
        assert answer.status == 200, answer.body
    assert [r["Data"] for r in read_all(kinesis, stream, shard_of("k"))] == [data, data]
