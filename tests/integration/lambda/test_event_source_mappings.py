"""Event source mappings through boto3: functions that write down what they were given."""

import base64
import json
import time

import pytest
from botocore.exceptions import ClientError
from support.functions import ROLE
from support.json_client import JsonClient
from support.millrace import Millrace, wait_until

from .recorder import RECORDER, SUCCEED, Function, put, wait_for_state

# ---- What the function sees ----


def test_the_event_is_the_one_of_aws(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    before = time.time()
    numbers = put(kinesis, name, "one")
    mapped(function, arn)
    wait_until(function.invocations, "the function was invoked")
    (event,) = function.invocations()[0]["events"]
    arrival = event["kinesis"].pop("approximateArrivalTimestamp")
    assert before - 1 < arrival < time.time() + 1
    assert event == {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "one",
            "sequenceNumber": numbers[0],
            "data": base64.b64encode(b"one").decode(),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{numbers[0]}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE,
        "awsRegion": "us-east-1",
        "eventSourceARN": arn,
    }


def test_records_of_an_encrypted_stream_come_in_the_clear(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    put(kinesis, name, "before")
    for key in ("alias/a", "alias/b"):
        kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId=key)
        put(kinesis, name, f"{key} 1", f"{key} 2")
    kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/b")
    put(kinesis, name, "after")
    mapped(function, arn)
    expected = ["before", "alias/a 1", "alias/a 2", "alias/b 1", "alias/b 2", "after"]
    wait_until(lambda: len(function.data()) >= len(expected), "all records came")
    assert function.data() == expected
    keys = {frozenset(e["kinesis"]) for i in function.invocations() for e in i["events"]}
    assert len(keys) == 1  # an event says nothing of its encryption


def test_every_record_in_order_in_batches_of_the_size(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    texts = [f"{i:04}" for i in range(95)]
    put(kinesis, name, *texts)
    mapped(function, arn, BatchSize=10)
    wait_until(lambda: len(function.data()) >= 95, "all records came")
    assert function.data() == texts
    assert [len(b) for b in function.batches()] == [10] * 9 + [5]


def test_all_shards_are_read(kinesis, stream, function, mapped):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    function.deploy()
    mapped(function, arn)
    texts = [f"{i}" for i in range(50)]
    put(kinesis, stream, *texts)
    wait_until(lambda: len(function.data()) >= 50, "all records came")
    assert sorted(function.data()) == sorted(texts)
    shards = {e["eventID"].split(":")[0] for i in function.invocations() for e in i["events"]}
    assert shards == {"shardId-000000000000", "shardId-000000000001"}


def test_an_event_stays_below_six_megabytes(kinesis, source, function, mapped):
    name, arn = source
    function.deploy(SUCCEED.replace('"data": seen', '"data": [s[:4] for s in seen]').replace('"events": records', '"events": len(json.dumps(event))'), MemorySize=512)
    for i in range(8):
        put(kinesis, name, *[f"{i * 2 + j:04}".ljust(900_000, "x") for j in range(2)])
    mapped(function, arn, BatchSize=100)
    wait_until(lambda: len(function.data()) >= 16, "all records came")
    assert function.data() == [f"{i:04}" for i in range(16)]
    assert max(i["events"] for i in function.invocations()) <= 6 * 1024 * 1024
    assert len(function.batches()) >= 3


def test_a_record_larger_than_a_payload_goes_alone_and_does_not_stop_its_shard(kinesis, source, function, mapped, server):
    name, arn = source
    JsonClient(server).ok("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=10240)
    function.deploy(SUCCEED.replace('"data": seen', '"data": [s[:6] for s in seen]'), MemorySize=512)
    put(kinesis, name, "before")
    put(kinesis, name, "larger".ljust(7 << 20, "x"))
    put(kinesis, name, "after")
    mapped(function, arn, BatchSize=10, MaximumRetryAttempts=0)
    wait_until(lambda: "after" in function.data(), "what comes behind the large record came", seconds=90)
    assert function.data() == ["before", "larger", "after"]
    assert ["larger"] in function.batches()


def test_the_batching_window_collects(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    mapping = mapped(function, arn, BatchSize=100, MaximumBatchingWindowInSeconds=2)
    wait_for_state(lambdas, mapping["UUID"], "Enabled")
    first = time.time()
    for text in ("a", "b", "c"):
        put(kinesis, name, text)
    wait_until(function.invocations, "the function was invoked")
    assert function.batches() == [["a", "b", "c"]]
    assert function.invocations()[0]["time"] - first > 1.8


def test_a_full_batch_does_not_wait_for_the_window(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    mapped(function, arn, BatchSize=3, MaximumBatchingWindowInSeconds=300)
    put(kinesis, name, "a", "b", "c")
    wait_until(function.invocations, "the function was invoked", 20)
    assert function.batches() == [["a", "b", "c"]]


# ---- Where it begins ----


def test_latest_begins_when_the_mapping_is_answered(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    put(kinesis, name, "before")
    mapped(function, arn, StartingPosition="LATEST")
    put(kinesis, name, "after")
    wait_until(function.invocations, "the function was invoked")
    assert function.data() == ["after"]


def test_at_timestamp_begins_there(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    put(kinesis, name, "before")
    second = int(time.time()) + 1  # boto3 sends whole seconds
    wait_until(lambda: time.time() > second, "the next second begins")
    put(kinesis, name, "then")
    mapped(function, arn, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=second)
    wait_until(function.invocations, "the function was invoked")
    assert function.data() == ["then"]


# ---- On and off ----


def test_disabled_and_enabled_again_goes_on_where_it_was(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    uuid = mapped(function, arn)["UUID"]
    put(kinesis, name, "a")
    wait_until(lambda: function.data() == ["a"], "the first record came")
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=False)
    wait_for_state(lambdas, uuid, "Disabled")
    put(kinesis, name, "b")
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=True)
    wait_until(lambda: len(function.data()) >= 2, "the second record came")
    assert function.data() == ["a", "b"]
    wait_for_state(lambdas, uuid, "Enabled")


def test_a_mapping_made_disabled_reads_nothing(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    put(kinesis, name, "a")
    uuid = mapped(function, arn, Enabled=False)["UUID"]
    wait_for_state(lambdas, uuid, "Disabled")
    assert function.invocations() == []
    lambdas.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=7)
    wait_until(lambda: function.data() == ["a"], "the record came")
    assert lambdas.get_event_source_mapping(UUID=uuid)["BatchSize"] == 7


def test_a_deleted_mapping_is_gone_with_its_checkpoints(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    uuid = mapped(function, arn)["UUID"]
    put(kinesis, name, "a")
    wait_until(lambda: function.data() == ["a"], "the record came")
    assert lambdas.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"

    def gone():
        try:
            lambdas.get_event_source_mapping(UUID=uuid)
        except lambdas.exceptions.ResourceNotFoundException:
            return True

    wait_until(gone, "the mapping is gone")
    mapped(function, arn)
    wait_until(lambda: len(function.data()) >= 2, "the new mapping starts anew")
    assert function.data() == ["a", "a"]


# ---- Failure ----

FAIL_ON_BAD = RECORDER + """
def decide(records, seen):
    if any(s.startswith("bad") for s in seen):
        raise ValueError("bad record")
"""


def test_a_failed_batch_is_tried_again_and_blocks_its_shard(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy(RECORDER + """
def decide(records, seen):
    with open(os.environ["SEEN"]) as f:
        if len(f.readlines()) < 3:
            raise ValueError("not yet")
""")
    put(kinesis, name, "a", "b")
    uuid = mapped(function, arn, BatchSize=2)["UUID"]
    wait_until(function.invocations, "the function was invoked")
    put(kinesis, name, "c")
    wait_until(lambda: function.batches()[-1:] == [["c"]], "the shard went on")
    assert function.batches() == [["a", "b"]] * 3 + [["c"]]
    assert len({i["request"] for i in function.invocations()}) == 4
    wait_until(lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK", "the result is OK")


def test_the_retry_attempts_end(kinesis, source, function, mapped, lambdas, server):
    name, arn = source
    function.deploy(FAIL_ON_BAD)
    numbers = put(kinesis, name, "bad", "x")
    uuid = mapped(function, arn, BatchSize=2, MaximumRetryAttempts=1)["UUID"]
    wait_until(lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]
               == "PROBLEM: Function call failed", "the mapping reports the problem")
    put(kinesis, name, "good")
    wait_until(lambda: ["good"] in function.batches(), "the shard went on")
    assert function.batches() == [["bad", "x"]] * 2 + [["good"]]
    failed = [line for line in server.log().splitlines() if "batch_failed" in line and uuid in line]
    assert len(failed) == 2
    assert all(part in failed[0] for part in (f'first="{numbers[0]}"', f'last="{numbers[1]}"', 'reason="bad record"'))


def test_no_retries_means_one_try(kinesis, source, function, mapped):
    name, arn = source
    function.deploy(FAIL_ON_BAD)
    put(kinesis, name, "bad", "x")
    mapped(function, arn, BatchSize=2, MaximumRetryAttempts=0)
    wait_until(function.invocations, "the function was invoked")
    put(kinesis, name, "good")
    wait_until(lambda: ["good"] in function.batches(), "the shard went on")
    assert function.batches() == [["bad", "x"], ["good"]]


def test_bisecting_isolates_the_bad_record(kinesis, source, function, mapped):
    name, arn = source
    function.deploy(FAIL_ON_BAD)
    put(kinesis, name, "a", "b", "bad", "c", "d", "e", "f", "g")
    mapped(function, arn, BatchSize=8, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True)
    wait_until(lambda: any("g" in b for b in function.batches()[1:]), "the shard went on")
    assert function.batches() == [
        ["a", "b", "bad", "c", "d", "e", "f", "g"],
        ["a", "b", "bad", "c"],
        ["a", "b"],
        ["bad", "c"],
        ["bad"],
        ["c"],
        ["d", "e", "f", "g"],
    ]


def test_reported_failures_are_tried_again_from_the_lowest_on(kinesis, source, function, mapped):
    name, arn = source
    function.deploy(RECORDER + """
def decide(records, seen):
    bad = [r["kinesis"]["sequenceNumber"] for r, s in zip(records, seen) if s == "c"]
    with open(os.environ["SEEN"]) as f:
        if len(f.readlines()) >= 3:
            bad = []
    return {"batchItemFailures": [{"itemIdentifier": n} for n in bad]}
""")
    put(kinesis, name, "a", "b", "c", "d")
    mapped(function, arn, BatchSize=4, FunctionResponseTypes=["ReportBatchItemFailures"])
    wait_until(lambda: len(function.batches()) >= 3, "the rest was tried again")
    assert function.batches() == [["a", "b", "c", "d"], ["c", "d"], ["c", "d"]]


def test_such_an_answer_is_ignored_when_it_was_not_asked_for(kinesis, source, function, mapped):
    name, arn = source
    function.deploy(RECORDER + """
def decide(records, seen):
    return {"batchItemFailures": [{"itemIdentifier": records[0]["kinesis"]["sequenceNumber"]}]}
""")
    put(kinesis, name, "a")
    mapped(function, arn)
    wait_until(function.invocations, "the function was invoked")
    put(kinesis, name, "b")
    wait_until(lambda: len(function.batches()) >= 2, "the shard went on")
    assert function.batches() == [["a"], ["b"]]


def test_the_function_may_be_missing_for_a_while(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    uuid = mapped(function, arn)["UUID"]
    lambdas.delete_function(FunctionName=function.name)
    put(kinesis, name, "a")
    wait_until(lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"].startswith("PROBLEM"),
               "the mapping reports the problem")
    function.deploy()
    wait_until(lambda: function.data() == ["a"], "the record was kept for it")


# ---- Restarts ----


def test_a_killed_server_goes_on_from_the_checkpoint(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        kinesis, lambdas = server.client("kinesis"), server.client("lambda")
        kinesis.create_stream(StreamName="s", ShardCount=1)
        function = Function(server).deploy()
        arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
        put(kinesis, "s", "a", "b")
        uuid = lambdas.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=function.name, StartingPosition="TRIM_HORIZON")["UUID"]
        wait_until(lambda: function.data() == ["a", "b"], "the first records came")
        wait_until(lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK", "they are settled")
        put(kinesis, "s", "c")
        wait_until(lambda: function.data()[-1] == "c", "the third record came")
        # Its checkpoint follows its success; what is killed before comes again.
        server.kill()
        server.start()
        put(kinesis, "s", "d")
        wait_until(lambda: "d" in function.data(), "the mapping goes on")
        assert function.data() in (["a", "b", "c", "d"], ["a", "b", "c", "c", "d"])
        assert lambdas.get_event_source_mapping(UUID=uuid)["State"] == "Enabled"
        server.stop()
        server.start()
        put(kinesis, "s", "e")
        wait_until(lambda: function.data()[-1] == "e", "the mapping goes on")
        assert function.data().count("d") == 1
    finally:
        server.kill()


def test_an_invocation_in_flight_ends_before_the_server(tmp_path):
    server = Millrace(tmp_path / "data").start()
    kinesis, lambdas = server.client("kinesis"), server.client("lambda")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    function = Function(server).deploy(RECORDER + "def decide(records, seen): time.sleep(1)\n", Timeout=10)
    put(kinesis, "s", "a")
    lambdas.create_event_source_mapping(
        EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/s", FunctionName=function.name,
        StartingPosition="TRIM_HORIZON")
    wait_until(function.invocations, "the function was invoked")
    assert server.stop() == 0
    server.start()
    try:
        put(kinesis, "s", "b")
        wait_until(lambda: function.data()[-1] == "b", "the mapping goes on")
        assert function.data() == ["a", "b"]
    finally:
        assert server.stop() == 0


def test_a_stream_made_anew_is_read_from_its_begin(kinesis, function, mapped, lambdas):
    kinesis.create_stream(StreamName="again", ShardCount=1)
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/again"
    function.deploy()
    uuid = mapped(function, arn, StartingPosition="LATEST")["UUID"]
    put(kinesis, "again", "a")
    wait_until(lambda: function.data() == ["a"], "the record came")
    kinesis.delete_stream(StreamName="again")
    wait_until(lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"].startswith("PROBLEM"),
               "the mapping reports the problem")
    kinesis.create_stream(StreamName="again", ShardCount=1)
    put(kinesis, "again", "b")
    wait_until(lambda: function.data() == ["a", "b"], "the new stream is read")
    kinesis.delete_stream(StreamName="again")


# ---- Answers ----


def test_the_answers_have_the_members_of_aws(source, function, mapped, lambdas):
    _, arn = source
    function.deploy()
    made = mapped(function, arn, StartingPosition="LATEST")
    uuid = made["UUID"]
    metadata = made.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 202
    made.pop("LastModified")
    made.pop("EventSourceMappingArn", None)  # newer than Debian's boto3
    assert made == {
        "UUID": uuid, "StartingPosition": "LATEST", "BatchSize": 100, "MaximumBatchingWindowInSeconds": 0,
        "ParallelizationFactor": 1, "EventSourceArn": arn,
        "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}",
        "LastProcessingResult": "No records processed", "State": "Creating", "StateTransitionReason": "User action",
        "DestinationConfig": {"OnFailure": {}}, "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": False,
        "MaximumRetryAttempts": -1, "TumblingWindowInSeconds": 0, "FunctionResponseTypes": [],
    }
    wait_for_state(lambdas, uuid, "Enabled")
    updated = lambdas.update_event_source_mapping(
        UUID=uuid, BatchSize=5, MaximumBatchingWindowInSeconds=1, MaximumRetryAttempts=3,
        MaximumRecordAgeInSeconds=60, BisectBatchOnFunctionError=True,
        FunctionResponseTypes=["ReportBatchItemFailures"], FunctionName=function.name)
    assert updated["State"] == "Updating"
    assert (updated["BatchSize"], updated["MaximumRetryAttempts"], updated["MaximumRecordAgeInSeconds"]) == (5, 3, 60)
    assert updated["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    wait_for_state(lambdas, uuid, "Enabled")


def test_list_by_function_and_stream_in_pages(kinesis, server, lambdas, mapped, source):
    _, arn = source
    functions = [Function(server).deploy() for _ in range(3)]
    uuids = [mapped(f, arn)["UUID"] for f in functions]
    pages = list(lambdas.get_paginator("list_event_source_mappings").paginate(
        EventSourceArn=arn, PaginationConfig={"PageSize": 2}))
    assert [len(p["EventSourceMappings"]) for p in pages] == [2, 1]
    assert sorted(m["UUID"] for p in pages for m in p["EventSourceMappings"]) == sorted(uuids)
    (one,) = lambdas.list_event_source_mappings(FunctionName=functions[1].name)["EventSourceMappings"]
    assert one["UUID"] == uuids[1]
    other = server.client("lambda", access_key="123456789012")
    assert other.list_event_source_mappings()["EventSourceMappings"] == []


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]


def test_the_errors_of_aws(source, function, mapped, lambdas, server):
    _, arn = source
    function.deploy()
    create = lambdas.create_event_source_mapping
    good = {"EventSourceArn": arn, "FunctionName": function.name, "StartingPosition": "LATEST"}
    unknown = "00000000-0000-0000-0000-000000000000"
    missing = (404, "ResourceNotFoundException", "The resource you requested does not exist.")
    assert refused(lambdas.get_event_source_mapping, UUID=unknown) == missing
    assert refused(lambdas.update_event_source_mapping, UUID=unknown, BatchSize=1) == missing
    assert refused(lambdas.delete_event_source_mapping, UUID=unknown) == missing
    assert refused(create, **{**good, "FunctionName": "none"}) == (
        400, "InvalidParameterValueException", "Function does not exist")
    absent = "arn:aws:kinesis:us-east-1:000000000000:stream/none"
    assert refused(create, **{**good, "EventSourceArn": absent}) == (
        400, "InvalidParameterValueException", f"Stream not found: {absent}")
    for foreign in (
        arn.replace("us-east-1", "eu-west-1"), arn.replace("000000000000", "111122223333"),
        arn.replace(":stream/", ":table/"), arn.replace(":stream/", ":stream/x/"), arn.replace("arn:aws:", "arn:aws-cn:"),
        arn + "/", arn + "/anything", arn + "/consumer", arn + "/consumer/", arn + "/consumer/none:1",
    ):
        assert refused(create, **{**good, "EventSourceArn": foreign}) == (
            400, "InvalidParameterValueException", f"Stream not found: {foreign}")
    assert refused(create, FunctionName=function.name, StartingPosition="LATEST") == (
        400, "InvalidParameterValueException", "Unrecognized event source.")
    assert refused(create, EventSourceArn=arn, FunctionName=function.name) == (
        400, "InvalidParameterValueException",
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
        "Member must not be null.")
    assert refused(create, **{**good, "StartingPosition": "invalid"}) == (
        400, "ValidationException",
        "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: "
        "Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")
    for name, low, high in (("BatchSize", 0, 10001), ("MaximumBatchingWindowInSeconds", -1, 301),
                            ("MaximumRetryAttempts", -2, 10001), ("MaximumRecordAgeInSeconds", -2, 604801),
                            ("ParallelizationFactor", 0, 11), ("TumblingWindowInSeconds", -1, 901)):
        for value in (low, high):
            status, code, message = refused(create, **{**good, name: value})
            assert (status, code) == (400, "ValidationException"), (name, value)
            assert f"Value '{value}' at '{name[0].lower() + name[1:]}' failed to satisfy constraint" in message
    assert refused(create, **good, MaximumRecordAgeInSeconds=59)[:2] == (400, "InvalidParameterValueException")
    assert refused(create, **{**good, "StartingPosition": "AT_TIMESTAMP"})[:2] == (
        400, "InvalidParameterValueException")
    assert refused(create, **{**good, "StartingPosition": "AT_TIMESTAMP"},
                   StartingPositionTimestamp=time.time() + 3600)[:2] == (400, "InvalidParameterValueException")
    assert refused(create, **good, DestinationConfig={"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:0:q"}}) == (
        400, "InvalidParameterValueException",
        "Unsupported DestinationConfig parameter for given event source mapping type.")
    for member, value in (
        ("Topics", ["t"]), ("Queues", ["q"]),
        ("SelfManagedEventSource", {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["h:1"]}}),
        ("SourceAccessConfigurations", [{"Type": "BASIC_AUTH", "URI": "u"}]),
    ):
        assert refused(create, **good, **{member: value}) == (
            400, "InvalidParameterValueException",
            f"Unsupported {member} parameter for given event source mapping type."), member
    neutral = mapped(function, arn, StartingPosition="LATEST", Topics=[], FilterCriteria={"Filters": []}, ParallelizationFactor=1)
    status, code, message = refused(create, **good)
    assert (status, code) == (409, "ResourceConflictException")
    assert message == (
        f'The event source arn (" {arn} ") and function (" {function.name} ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {neutral['UUID']}")
    stranger = server.client("lambda", access_key="123456789012")
    assert refused(stranger.get_event_source_mapping, UUID=neutral["UUID"]) == missing


def test_tags(source, function, lambdas, server):
    _, arn = source
    function.deploy()
    # Debian's boto3 is older than this member.
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/lambda/aws4_request, "
              "SignedHeaders=host, Signature=0", "X-Amz-Date": "20260101T000000Z"}
    made = server.raw("POST", "/2015-03-31/event-source-mappings/", signed, json.dumps(
        {"EventSourceArn": arn, "FunctionName": function.name, "StartingPosition": "LATEST", "Tags": {"team": "retail"}}))
    assert made.status == 202, made.body
    tagged = json.loads(made.body)["EventSourceMappingArn"]
    try:
        assert lambdas.list_tags(Resource=tagged)["Tags"] == {"team": "retail"}
        lambdas.tag_resource(Resource=tagged, Tags={"team": "web", "cost": "1"})
        lambdas.untag_resource(Resource=tagged, TagKeys=["cost", "none"])
        assert lambdas.list_tags(Resource=tagged)["Tags"] == {"team": "web"}
        unknown = tagged[:-12] + "000000000000"
        assert refused(lambdas.list_tags, Resource=unknown)[1] == "ResourceNotFoundException"
    finally:
        lambdas.delete_event_source_mapping(UUID=tagged.split(":")[-1])
