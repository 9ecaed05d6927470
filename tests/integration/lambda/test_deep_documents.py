"""Documents of strangers, nested without end or of no form at all: each is an error of its own, and the server serves on."""

import base64
import io
import json
import zipfile

import pytest
from support.functions import ROLE, create_function, error_of, new_name, zip_of
from support.millrace import Millrace, wait_until

# A runtime in itself: answers the Runtime API with what `answer(event)` says, (call, headers, bytes).
RUNTIME = """#!/usr/bin/env python3
import base64, http.client, json, os

def deep(n, inside=""):
    return "[" * n + inside + "]" * n

{}

while True:
    c = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    c.request("GET", "/2018-06-01/runtime/invocation/next")
    r = c.getresponse()
    event, request = json.loads(r.read()), r.headers["Lambda-Runtime-Aws-Request-Id"]
    call, headers, body = answer(event)
    c.request("POST", "/2018-06-01/runtime/invocation/%s/%s" % (request, call), body, headers)
    c.getresponse().read()
    c.close()
"""


def runtime(client, answer, **settings):
    name = new_name("runtime")
    client.create_function(FunctionName=name, Runtime="provided.al2023", Handler="x", Role=ROLE, Timeout=60,
                           Code={"ZipFile": zip_of({"bootstrap": RUNTIME.replace("{}", answer)}, {"bootstrap": 0o755})},
                           **settings)
    return name


def nested(depth):
    return b"[" * depth + b"]" * depth


def records_of(kinesis, stream):
    start = kinesis.get_shard_iterator(StreamName=stream, ShardId="0", ShardIteratorType="TRIM_HORIZON")
    return [json.loads(r["Data"]) for r in kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]]


@pytest.fixture
def own(tmp_path):
    """A server of its own, which must not end."""
    server = Millrace(tmp_path / "data").start()
    yield server
    assert server.process.poll() is None, server.log()
    assert server.stop() == 0


def test_a_deep_event_is_refused_and_one_within_bounds_is_told(own):
    functions, kinesis = own.client("lambda"), own.client("kinesis")
    name = create_function(functions, "def handler(event, context):\n    raise ValueError('no')\n")
    kinesis.create_stream(StreamName="failed", ShardCount=1)
    stream = "arn:aws:kinesis:us-east-1:000000000000:stream/failed"
    functions.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": stream}})
    for depth in (1001, 120_000, 500_000):
        for kind in ("Event", "RequestResponse"):
            code, message = error_of(functions.invoke, FunctionName=name, InvocationType=kind, Payload=nested(depth))
            assert code == "InvalidRequestContentException"
            assert "nesting depth (1001) exceeds the maximum allowed (1000" in message
    assert functions.invoke(FunctionName=name, InvocationType="Event", Payload=nested(900))["StatusCode"] == 202
    wait_until(lambda: records_of(kinesis, "failed"), "the notice of the failed event")
    assert json.dumps(records_of(kinesis, "failed")[0]["requestPayload"]) == nested(900).decode()


def test_a_deep_answer_of_a_function_url(own):
    functions = own.client("lambda")
    name = runtime(functions, """
def answer(event):
    n = int(event["rawQueryString"])
    return "response", {}, ('{"statusCode":200,"body":' + deep(n) + '}').encode()
""")
    path = functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    path = path.removeprefix(own.url)
    for depth, status in ((1000, 200), (9000, 200), (20_000, 502), (2_900_000, 502)):
        assert own.raw("GET", f"{path}?{depth}").status == status
    assert own.raw("GET", f"{path}?900").body == nested(900)


def test_a_deep_state_of_a_window_is_a_failed_attempt(own):
    functions, kinesis = own.client("lambda"), own.client("kinesis")
    name = runtime(functions, """
def answer(event):
    return "response", {}, ('{"state":{"a":' + deep(2000000) + '}}').encode()
""")
    kinesis.create_stream(StreamName="windows", ShardCount=1)
    kinesis.put_record(StreamName="windows", Data=b"a", PartitionKey="k")
    functions.create_event_source_mapping(
        EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/windows", FunctionName=name,
        StartingPosition="TRIM_HORIZON", TumblingWindowInSeconds=1, MaximumRetryAttempts=0)
    wait_until(lambda: "records_dropped" in own.log(), "the record is given up", 60)
    own.kill()
    own.start()
    assert own.raw("GET", "/health/ready").status == 200


ERRORS = """
def answer(event):
    which = base64.b64decode(event["Records"][0]["kinesis"]["data"]).decode()
    message = {"number": b'{"errorMessage":42,"errorType":"E"}', "null": b'{"errorMessage":null}',
               "list": b'{"errorMessage":["a"],"errorType":{},"stackTrace":7}', "text": b'"text"', "array": b'[1]',
               "none": b"", "no JSON": b"{", "binary": bytes(range(256)), "zero": b"\\0",
               "deep": ('{"errorMessage":' + deep(500000) + '}').encode(),
               "header": b'{"errorMessage":"boom"}'}[which]
    headers = {"Lambda-Runtime-Function-Error-Type": "\\xff\\xfe", "Lambda-Runtime-Function-XRay-Error-Cause": "{"}
    return "error", headers if which == "header" else {}, message
"""
KINDS = ["number", "null", "list", "text", "array", "none", "no JSON", "binary", "zero", "deep", "header"]


def test_whatever_a_runtime_calls_an_error_is_one_failed_attempt(own):
    functions, kinesis = own.client("lambda"), own.client("kinesis")
    name = runtime(functions, ERRORS)
    kinesis.create_stream(StreamName="errors", ShardCount=1)
    kinesis.put_records(StreamName="errors", Records=[{"Data": k.encode(), "PartitionKey": "k"} for k in KINDS])
    functions.create_event_source_mapping(
        EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/errors", FunctionName=name,
        StartingPosition="TRIM_HORIZON", BatchSize=1, MaximumRetryAttempts=0)

    def count(metric):
        lines = own.raw("GET", "/metrics").body.decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(metric))

    wait_until(lambda: count("millrace_lambda_event_source_dropped_records_total") == len(KINDS), "all are given up", 60)
    assert count("millrace_lambda_invocations_total") == len(KINDS)
    assert "shard_lane_failed" not in own.log()


FAILURES = """
def answer(event):
    which = base64.b64decode(event["Records"][0]["kinesis"]["data"]).decode()
    return "response", {}, which.encode() if which != "deep" else deep(500000).encode()
"""


def test_batch_item_failures_of_a_wrong_form_fail_the_whole_batch(own):
    functions, kinesis = own.client("lambda"), own.client("kinesis")
    name = runtime(functions, FAILURES)
    kinds = ['{"batchItemFailures":7}', '{"batchItemFailures":"x"}', '{"batchItemFailures":{}}',
             '{"batchItemFailures":[7]}', '{"batchItemFailures":[{"itemIdentifier":null}]}',
             '{"batchItemFailures":[{"itemIdentifier":""}]}', '{"batchItemFailures":[{"other":"1"}]}', "{", "7", "deep"]
    kinesis.create_stream(StreamName="items", ShardCount=1)
    kinesis.put_records(StreamName="items", Records=[{"Data": k.encode(), "PartitionKey": "k"} for k in kinds])
    functions.create_event_source_mapping(
        EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/items", FunctionName=name, BatchSize=1,
        StartingPosition="TRIM_HORIZON", FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=0)
    wait_until(lambda: own.log().count(" records_dropped ") == len(kinds), "all are given up", 60)


def test_a_deep_client_context_and_pattern_are_refused(own):
    functions = own.client("lambda")
    name = create_function(functions)
    context = base64.b64encode(b'{"a":' + nested(1200) + b"}").decode()
    assert error_of(functions.invoke, FunctionName=name, ClientContext=context)[0] == (
        "InvalidRequestContentException"
    )
    own.client("kinesis").create_stream(StreamName="filtered", ShardCount=1)
    code, _ = error_of(
        functions.create_event_source_mapping, FunctionName=name, StartingPosition="LATEST",
        EventSourceArn="arn:aws:kinesis:us-east-1:000000000000:stream/filtered",
        FilterCriteria={"Filters": [{"Pattern": '{"a":' * 500 + "[1]" + "}" * 500}]})
    assert code == "InvalidParameterValueException"


def archive_with(*infos):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.py", "def handler(event, context):\n    return 1\n")
        for info, content in infos:
            archive.writestr(info, content)
    return out.getvalue()


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info, target


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_cannot_be_unpacked_are_refused_at_once(functions, make):
    name = make()
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(100_001):
            archive.writestr(zipfile.ZipInfo(f"{i:x}"), b"")
    zeros = zipfile.ZipInfo("zeros")
    zeros.compress_type = zipfile.ZIP_DEFLATED
    for archive, why in (
        (archive_with(link("link", "/etc/passwd")), 'entry "link" is a symbolic link'),
        (archive_with(link("link", "index.py")), 'entry "link" is a symbolic link'),
        (archive_with(("../up", b"")), 'entry "../up" has a path that leads out of the archive'),
        (archive_with(("/absolute", b"")), 'entry "/absolute" has a path that leads out of the archive'),
        (archive_with(("a", b"1"), ("a", b"2")), 'entry "a" occurs twice'),
        (archive_with(("a", b"1"), ("a/b", b"2")), 'entry "a/b" occurs twice'),
        (many.getvalue(), "more than 100000 entries"),
    ):
        for call, arguments in (
            (functions.create_function, {"FunctionName": new_name(), "Runtime": "python3.11", "Role": ROLE,
                                         "Handler": "index.handler", "Code": {"ZipFile": archive}}),
            (functions.update_function_code, {"FunctionName": name, "ZipFile": archive}),
            (functions.publish_layer_version, {"LayerName": new_name(), "Content": {"ZipFile": archive}}),
        ):
            code, message = error_of(call, **arguments)
            assert (code, why in message) == ("InvalidParameterValueException", True), (why, message)
            assert message.startswith("Could not unzip uploaded file. Please check your file, then try to upload again.")
    bomb = archive_with((zeros, bytes(262144000)))
    assert error_of(functions.update_function_code, FunctionName=name, ZipFile=bomb) == (
        "InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")
    assert json.loads(functions.invoke(FunctionName=name, Payload=b"1")["Payload"].read()) == 1
