"""Where iterators begin, at the edges: times, numbers, other shards, other streams, deleted streams."""

import time

from kinesis.test_records import SHARDS
from kinesis.test_streams import ACCOUNT
from support.json_client import JsonClient

BASE = {"ShardId": SHARDS[0]}


def put(raw, stream, data, shard=0):
    return raw.ok("PutRecord", StreamName=stream, Data=data, PartitionKey="k", ExplicitHashKey=str(shard << 127))


def iterator(raw, stream, kind, **arguments):
    request = {"StreamName": stream, "ShardId": SHARDS[0], "ShardIteratorType": kind, **arguments}
    return raw.ok("GetShardIterator", **request)["ShardIterator"]


def data(raw, position):
    return [r["Data"] for r in raw.ok("GetRecords", ShardIterator=position)["Records"]]


def test_a_time_between_two_records_begins_with_the_second(server, stream):
    raw = JsonClient(server)
    put(raw, stream, "YQ==")
    time.sleep(0.02)
    put(raw, stream, "Yg==")
    first, second = (
        r["ApproximateArrivalTimestamp"]
        for r in raw.ok("GetRecords", ShardIterator=iterator(raw, stream, "TRIM_HORIZON"))["Records"]
    )
    assert data(raw, iterator(raw, stream, "AT_TIMESTAMP", Timestamp=first)) == ["YQ==", "Yg=="]
    assert data(raw, iterator(raw, stream, "AT_TIMESTAMP", Timestamp=round(first + 0.001, 3))) == ["Yg=="]
    assert data(raw, iterator(raw, stream, "AT_TIMESTAMP", Timestamp=second)) == ["Yg=="]
    late = iterator(raw, stream, "AT_TIMESTAMP", Timestamp=round(second + 0.001, 3))
    assert data(raw, late) == []
    put(raw, stream, "Yw==")
    assert data(raw, late) == ["Yw=="]
    for early in (0, -5, 1.5, int(first) - 3600):
        assert data(raw, iterator(raw, stream, "AT_TIMESTAMP", Timestamp=early)) == ["YQ==", "Yg==", "Yw=="]
    future = raw.error("GetShardIterator", StreamName=stream, **BASE, ShardIteratorType="AT_TIMESTAMP", Timestamp=1e11)
    assert future["message"].startswith("The timestampInMillis parameter cannot be greater than")


def test_after_the_last_record_reads_what_comes_next(server, stream):
    raw = JsonClient(server)
    number = put(raw, stream, "YQ==")["SequenceNumber"]
    after = iterator(raw, stream, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=number)
    assert data(raw, after) == []
    put(raw, stream, "Yg==")
    assert data(raw, after) == ["Yg=="]


def test_a_number_that_was_never_given_out_is_refused(server, stream):
    raw = JsonClient(server)
    number = int(put(raw, stream, "YQ==")["SequenceNumber"])
    beyond = str(number + (5 << 80))  # five records further
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        error = raw.error("GetShardIterator", StreamName=stream, **BASE, ShardIteratorType=kind, StartingSequenceNumber=beyond)
        assert error == {
            "__type": "InvalidArgumentException",
            "message": f"StartingSequenceNumber {beyond} used in GetShardIterator on shard {SHARDS[0]} in stream "
            f"{stream} under account {ACCOUNT} is invalid.",
        }


def test_numbers_of_another_stream_are_refused(server, stream):
    raw = JsonClient(server)
    put(raw, stream, "YQ==")
    time.sleep(1.1)  # a shard is told apart by the second in which it was made
    raw.ok("CreateStream", StreamName="other-" + stream, ShardCount=2)
    foreign = put(raw, "other-" + stream, "Yg==")["SequenceNumber"]
    error = raw.error(
        "GetShardIterator", StreamName=stream, **BASE, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=foreign
    )
    assert error["message"].endswith("is invalid because it did not come from this stream.")
    raw.ok("DeleteStream", StreamName="other-" + stream)


def test_iterators_are_cut_short_or_used_with_another_arn(server, stream):
    raw = JsonClient(server)
    good = iterator(raw, stream, "TRIM_HORIZON")
    invalid = {"__type": "InvalidArgumentException", "message": "Invalid ShardIterator."}
    for length in list(range(1, len(good), 7)) + [len(good) - 1, len(good) - 4]:
        assert raw.error("GetRecords", ShardIterator=good[:length]) == invalid
    assert raw.error("GetRecords", ShardIterator=good + "AAAA") == invalid
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/another"
    assert raw.error("GetRecords", ShardIterator=good, StreamARN=arn) == invalid


def test_shards_that_are_not_there_are_named_in_full(server, stream):
    raw = JsonClient(server)
    for shard in ("9", "-9", "x-9", "x-9-4", "shardId-000000000009"):
        error = raw.error("GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType="LATEST")
        assert error["message"] == f"Shard shardId-000000000009 in stream {stream} under account {ACCOUNT} does not exist"
    for shard in ("shardId-", "shardId--5", "shardId-x", "2147483648", "2.14E4"):
        error = raw.error("GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType="LATEST")
        assert error == {
            "__type": "ResourceNotFoundException",
            "message": f"Could not find shard {shard} in stream {stream} under account {ACCOUNT}.",
        }


def test_a_shard_of_no_stream_is_not_there_either(server, stream):
    raw = JsonClient(server)
    for reference in (
        {"StreamName": "nobody"},
        {"StreamARN": f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/nobody"},
    ):
        for shard, text in (
            ("2147483647", "Shard shardId-002147483647 in stream nobody under account {} does not exist"),
            ("2147483648", "Could not find shard 2147483648 in stream nobody under account {}."),
        ):
            error = raw.error("GetShardIterator", **reference, ShardId=shard, ShardIteratorType="LATEST")
            assert error == {"__type": "ResourceNotFoundException", "message": text.format(ACCOUNT)}


def test_numbers_of_every_version_name_their_shard(server, stream):
    """kinesalite's recordings, test/getShardIterator.js."""
    raw = JsonClient(server)

    def error(number):
        request = {"StreamName": stream, **BASE, "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
        return raw.error("GetShardIterator", **request, StartingSequenceNumber=str(number))

    for number, encodes in (
        (5, "shardId-000000000005"),
        (0x20000000000000000000000000000000000000800000002, "shardId--02147483648"),
        (0x20000000000000000000000000000000000000000000071, "shardId-000000000007"),
    ):
        assert error(number) == {
            "__type": "InvalidArgumentException",
            "message": f"Invalid StartingSequenceNumber. It encodes {encodes}, while it was used in a call to a shard with "
            + SHARDS[0],
        }
    used = f"used in GetShardIterator on shard {SHARDS[0]} in stream {stream} under account {ACCOUNT} is invalid"
    for number, end in (
        (0, " because it did not come from this stream."),
        (0x20000000000000000000000000000000000000000000001, " because it did not come from this stream."),
        (0x13BB2CC3D80000000000000000000000, "."),
        (0x20000000000800000000000000000000000000000000002, "."),
        (0x30000000000000000000000000000000000000000000002, "."),
        (10**100, "."),
    ):
        assert error(number) == {
            "__type": "InvalidArgumentException",
            "message": f"StartingSequenceNumber {number} {used}{end}",
        }


def test_an_iterator_in_double_quotes_is_read(server, stream):
    raw = JsonClient(server)
    put(raw, stream, "YQ==")
    quoted = '"' + iterator(raw, stream, "TRIM_HORIZON") + '"'
    assert data(raw, quoted) == ["YQ=="]
    for wrong in (quoted[:-1], quoted[1:], '""', '"', '"' + quoted + '"'):
        assert raw.error("GetRecords", ShardIterator=wrong)["message"] == "Invalid ShardIterator."


def test_a_stream_made_again_is_empty_and_its_old_iterators_are_void(server, stream):
    raw = JsonClient(server)
    put(raw, stream, "YQ==")
    old = iterator(raw, stream, "TRIM_HORIZON")
    raw.ok("DeleteStream", StreamName=stream)
    raw.ok("CreateStream", StreamName=stream, ShardCount=2)
    assert data(raw, iterator(raw, stream, "TRIM_HORIZON")) == []
    assert raw.error("GetRecords", ShardIterator=old) == {
        "__type": "ResourceNotFoundException",
        "message": f"Shard {SHARDS[0]} in stream {stream} under account {ACCOUNT} does not exist",
    }
    put(raw, stream, "Yg==")
    assert data(raw, iterator(raw, stream, "TRIM_HORIZON")) == ["Yg=="]


def test_a_token_of_list_shards_keeps_its_filter(server):
    raw = JsonClient(server)
    raw.ok("CreateStream", StreamName="many-shards", ShardCount=9)
    after = {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000005"}
    # Behind the first page of another start: the token alone must go on where the filter lets it.
    first = raw.ok("ListShards", StreamName="many-shards", ShardFilter=after, MaxResults=1)
    assert [s["ShardId"][-1] for s in first["Shards"]] == ["6"]
    rest = raw.ok("ListShards", NextToken=first["NextToken"])
    assert [s["ShardId"][-1] for s in rest["Shards"]] == ["7", "8"]
    future = {"Type": "AT_TIMESTAMP", "Timestamp": time.time()}
    assert len(raw.ok("ListShards", StreamName="many-shards", ShardFilter=future)["Shards"]) == 9
    created = raw.ok("DescribeStreamSummary", StreamName="many-shards")["StreamDescriptionSummary"]["StreamCreationTimestamp"]
    assert len(raw.ok("ListShards", StreamName="many-shards", StreamCreationTimestamp=int(created))["Shards"]) == 9
    other = raw.error("ListShards", StreamName="many-shards", StreamCreationTimestamp=int(created) - 5)
    assert other["__type"] == "ResourceNotFoundException"
    raw.ok("DeleteStream", StreamName="many-shards")


def test_the_number_for_ordering_must_be_of_the_past(server, stream):
    raw = JsonClient(server)
    for right in (0, 7, 0x2 << 184 | 2, 0x2 << 184 | 1, 0x20000000000000000000000000000000000000800000002):
        raw.ok("PutRecord", StreamName=stream, Data="", PartitionKey="k", SequenceNumberForOrdering=str(right))
    for wrong in map(
        str,
        (
            2**187,
            0x20000000000000000000000000000000000000000000003,
            0x30000000000000000000000000000000000000000000001,
            0x1FFFFFFFFFF7FFFFFFFFFFFFFFF000000000007FFFFFFF2,
            0x20000000000800000000000000000000000000000000002,
            0x13BB2CC3D80000000000000000000000,
            0x2FFFFFFFFFF7FFFFFFFFFFFFFFF000000000007FFFFFFF2,
        ),
    ):
        error = raw.error("PutRecord", StreamName=stream, Data="", PartitionKey="k", SequenceNumberForOrdering=wrong)
        assert error["message"] == (
            f"ExclusiveMinimumSequenceNumber {wrong} used in PutRecord on stream {stream} under account {ACCOUNT} is invalid."
        )


def test_keys_count_characters_as_java_does(server, stream):
    raw = JsonClient(server)
    for key, fits in (("é" * 256, True), ("é" * 257, False), ("😀" * 128, True), ("😀" * 129, False)):
        for operation, body in (
            ("PutRecord", {"Data": "", "PartitionKey": key}),
            ("PutRecords", {"Records": [{"Data": "", "PartitionKey": key}]}),
        ):
            if fits:
                raw.ok(operation, StreamName=stream, **body)
            else:
                error = raw.error(operation, StreamName=stream, **body)
                assert error["message"].endswith("Member must have length less than or equal to 256")


def test_regions_are_names(server):
    raw = JsonClient(server)
    good = raw.authorization
    for region in ("\xff\xfe", "\"", "x" * 65, "é", ".."):
        raw.authorization = good.replace("/us-east-1/", f"/{region}/")
        error = raw.error("CreateStream", StreamName="s", ShardCount=1)
        assert error["__type"] in ("InvalidSignatureException", "IncompleteSignatureException"), (region, error)
