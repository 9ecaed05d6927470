"""On-failure destinations of event source mappings: a bucket, a stream, an endpoint."""

import base64
import http.server
import json
import re
import socket
import threading
import time

import pytest
from botocore.exceptions import ClientError
from support.admin import advance
from support.functions import new_name
from support.millrace import Millrace, wait_until

from .recorder import RECORDER, OwnPipeline, put

FAIL = RECORDER + """
def decide(records, seen):
    if any(s.startswith("bad") for s in seen):
        raise ValueError("bad")
"""


def failing(function, mapped, arn, destination, **settings):
    function.deploy(FAIL)
    settings = {"BatchSize": 2, "MaximumRetryAttempts": 1, **settings}
    return mapped(function, arn, DestinationConfig={"OnFailure": {"Destination": destination}}, **settings)


def check_notice(notice, function, arn, numbers, count=2):
    context = notice.pop("requestContext")
    assert context.pop("requestId") in [i["request"] for i in function.invocations()]
    assert context == {
        "functionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": count,
    }
    assert notice.pop("responseContext") == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert notice.pop("version") == "1.0"
    time_form = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ"
    assert re.fullmatch(time_form, notice.pop("timestamp"))
    info = notice.pop("KinesisBatchInfo")
    assert re.fullmatch(time_form, info.pop("approximateArrivalOfFirstRecord"))
    assert re.fullmatch(time_form, info.pop("approximateArrivalOfLastRecord"))
    assert info == {
        "shardId": "shardId-000000000000",
        "startSequenceNumber": numbers[0],
        "endSequenceNumber": numbers[-1],
        "batchSize": len(numbers),
        "streamArn": arn,
    }


def objects(s3, bucket):
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.fixture
def bucket(server):
    s3 = server.client("s3")
    name = new_name("failures").lower().replace("_", "-")
    s3.create_bucket(Bucket=name)
    return name


def test_a_bucket_gets_the_notice_with_the_event(server, kinesis, source, function, mapped, bucket):
    name, arn = source
    s3 = server.client("s3")
    numbers = put(kinesis, name, "bad", "x")
    mapping = failing(function, mapped, arn, f"arn:aws:s3:::{bucket}")
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}}
    wait_until(lambda: objects(s3, bucket), "the notice came")
    put(kinesis, name, "good")
    wait_until(lambda: ["good"] in function.batches(), "the shard went on")
    (key,) = objects(s3, bucket)
    assert re.fullmatch(
        rf"aws/lambda/{mapping['UUID']}/shardId-000000000000/20\d\d/\d\d/\d\d/"
        r"20\d\d-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}",
        key,
    )
    answer = s3.get_object(Bucket=bucket, Key=key)
    assert answer["ContentType"] == "application/json"
    notice = json.loads(answer["Body"].read())
    payload = notice.pop("payload")
    check_notice(notice, function, arn, numbers)
    assert notice == {}
    assert payload == {"Records": function.invocations()[0]["events"]}
    assert [base64.b64decode(r["kinesis"]["data"]) for r in payload["Records"]] == [b"bad", b"x"]


def test_s3_elsewhere_gets_it_where_objects_are_elsewhere(tmp_path):
    elsewhere = Millrace(tmp_path / "elsewhere").start()
    server = Millrace(
        tmp_path / "data",
        args=["--s3-endpoint", elsewhere.url, "--s3-access-key", "123456789012", "--s3-secret-key", "secret"],
    ).start()
    try:
        s3 = elsewhere.client("s3", access_key="123456789012")
        s3.create_bucket(Bucket="failures")
        destination = {"OnFailure": {"Destination": "arn:aws:s3:::failures"}}
        OwnPipeline(server, FAIL, "bad", MaximumRetryAttempts=0, DestinationConfig=destination)
        wait_until(lambda: objects(s3, "failures"), "the notice came")
        (key,) = objects(s3, "failures")
        notice = json.loads(s3.get_object(Bucket="failures", Key=key)["Body"].read())
        assert notice["KinesisBatchInfo"]["batchSize"] == 1
    finally:
        server.kill()
        elsewhere.kill()


def test_a_stream_gets_the_notice(kinesis, source, stream, function, mapped):
    name, arn = source
    numbers = put(kinesis, name, "bad", "x")
    failing(function, mapped, arn, f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}")

    def notices():
        found = []
        for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            found += kinesis.get_records(ShardIterator=iterator)["Records"]
        return found

    wait_until(notices, "the notice came")
    (record,) = notices()
    notice = json.loads(record["Data"])
    check_notice(notice, function, arn, numbers)
    assert notice == {}


@pytest.fixture
def endpoint():
    """An HTTP server that refuses as often as `refusals` says, and keeps what it took."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            refused = self.server.refusals > 0
            if refused:
                self.server.refusals -= 1
            else:
                self.server.taken.append((self.path, self.headers["Content-Type"], body))
            self.send_response(503 if refused else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.refusals, server.taken = 0, []
    server.url = f"http://127.0.0.1:{server.server_port}/failures"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


def test_an_endpoint_gets_the_notice(kinesis, source, function, mapped, endpoint):
    name, arn = source
    numbers = put(kinesis, name, "bad", "x")
    failing(function, mapped, arn, endpoint.url)
    wait_until(lambda: endpoint.taken, "the notice came")
    ((path, content_type, body),) = endpoint.taken
    assert (path, content_type) == ("/failures", "application/json")
    check_notice(json.loads(body), function, arn, numbers)


def test_the_shard_waits_for_a_destination_that_cannot_take_it(kinesis, source, function, mapped, endpoint, lambdas):
    name, arn = source
    endpoint.refusals = 2
    put(kinesis, name, "bad", "x")
    uuid = failing(function, mapped, arn, endpoint.url, MaximumRetryAttempts=0)["UUID"]
    problem = "PROBLEM: The on-failure destination cannot be reached"
    wait_until(
        lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == problem,
        "the mapping reports the problem",
    )
    put(kinesis, name, "good")
    wait_until(lambda: ["good"] in function.batches(), "the shard went on")
    assert len(endpoint.taken) == 1
    assert function.batches() == [["bad", "x"], ["good"]]


def test_records_that_expire_are_told_of(tmp_path, endpoint):
    server = Millrace(tmp_path / "data", args=["--test-clock", "--allow-destinations", "127.0.0.1"]).start()
    try:
        destination = {"OnFailure": {"Destination": endpoint.url}}
        own = OwnPipeline(server, FAIL, "bad", MaximumRecordAgeInSeconds=60, DestinationConfig=destination)
        wait_until(own.function.invocations, "the function was invoked")
        advance(server, 61)
        wait_until(lambda: endpoint.taken, "the notice came")
        notice = json.loads(endpoint.taken[0][2])
        assert notice["requestContext"]["condition"] == "RecordAgeExceeded"
        assert notice["requestContext"]["approximateInvokeCount"] == len(own.function.invocations())
        assert "responseContext" not in notice
    finally:
        server.kill()


def test_a_destination_that_never_answers_does_not_hold_up_a_stop(tmp_path, endpoint):
    silent = socket.create_server(("127.0.0.1", 0))  # connections are made, and nobody answers
    server = Millrace(tmp_path / "data", args=["--shutdown-grace-s", "2", "--allow-destinations", "127.0.0.1"]).start()
    destination = {"OnFailure": {"Destination": f"http://127.0.0.1:{silent.getsockname()[1]}/"}}
    own = OwnPipeline(server, FAIL, "bad", MaximumRetryAttempts=0, DestinationConfig=destination)
    silent.settimeout(30)
    connection, _ = silent.accept()
    begin = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begin < 20
    connection.close()
    silent.close()
    server.start()
    try:
        # What was not told of yet is not lost.
        own.lambdas.update_event_source_mapping(
            UUID=own.uuid, DestinationConfig={"OnFailure": {"Destination": endpoint.url}}
        )
        wait_until(lambda: endpoint.taken, "the notice came")
        assert json.loads(endpoint.taken[0][2])["KinesisBatchInfo"]["batchSize"] == 1
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "hooks.localhost", "printer.local", "metadata.internal", "127.1"])
def test_hosts_that_are_private_by_their_spelling_are_refused_at_creation(tmp_path, endpoint, host):
    url = endpoint.url.replace("127.0.0.1", host)
    server = Millrace(tmp_path / "data").start()
    try:
        with pytest.raises(ClientError) as raised:
            OwnPipeline(server, FAIL, "bad", DestinationConfig={"OnFailure": {"Destination": url}})
        assert "The endpoint's address is not public" in raised.value.response["Error"]["Message"]
    finally:
        server.kill()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"])
def test_addresses_that_are_not_public_are_not_reached_unless_they_are_allowed(tmp_path, endpoint, host):
    """However the address is written; a name is judged by what it resolves to when the connection is made."""
    url = endpoint.url.replace("127.0.0.1", host)
    server = Millrace(tmp_path / "data").start()
    try:
        destination = {"OnFailure": {"Destination": url}}
        try:
            OwnPipeline(server, FAIL, "bad", MaximumRetryAttempts=0, DestinationConfig=destination)
        except ClientError as e:
            assert "The endpoint's address is not public" in e.response["Error"]["Message"]
        else:
            wait_until(lambda: "is not a public address; --allow-destinations can allow it" in server.log(), "it is logged")
        assert endpoint.taken == []
    finally:
        server.kill()


def test_reported_failures_have_no_function_error(kinesis, source, function, mapped, endpoint):
    name, arn = source
    function.deploy(RECORDER + """
def decide(records, seen):
    return {"batchItemFailures": [{"itemIdentifier": r["kinesis"]["sequenceNumber"]}
                                  for r, s in zip(records, seen) if s == "c"]}
""")
    numbers = put(kinesis, name, "a", "b", "c")
    mapped(
        function,
        arn,
        BatchSize=3,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": endpoint.url}},
    )
    wait_until(lambda: endpoint.taken, "the notice came")
    notice = json.loads(endpoint.taken[0][2])
    assert notice["responseContext"]["functionError"] is None
    assert notice["requestContext"]["approximateInvokeCount"] == 2
    assert notice["KinesisBatchInfo"]["startSequenceNumber"] == numbers[2]
    assert function.batches() == [["a", "b", "c"], ["c"], ["c"]]


def test_what_is_no_destination_is_refused(source, function, mapped, lambdas, bucket):
    _, arn = source
    function.deploy()
    for destination, why in (
        ("arn:aws:sqs:us-east-1:000000000000:queue", "Give an S3 bucket's ARN, the ARN of a stream"),
        ("arn:aws:s3:::no-such-bucket", "The bucket does not exist"),
        ("arn:aws:kinesis:us-east-1:000000000000:stream/none", "The stream does not exist"),
        (arn, "It is the mapping's own source."),
        ("http://169.254.169.254/latest/meta-data/", "The endpoint's address is not public"),
        ("http://10.0.0.1/", "The endpoint's address is not public"),
        ("http://[::1]:80/", "The endpoint's address is not public"),
        ("http://[::ffff:192.168.0.1]/", "The endpoint's address is not public"),
        ("http://user:password@example.org/", "Give an S3 bucket's ARN, the ARN of a stream"),
        ("http://example.org/\r\nX-Other: 1", "Give an S3 bucket's ARN, the ARN of a stream"),
    ):
        with pytest.raises(ClientError) as refused:
            mapped(function, arn, DestinationConfig={"OnFailure": {"Destination": destination}})
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidParameterValueException"
        assert f"The destination {destination} cannot be used. {why}" in error["Message"]
    mapping = mapped(function, arn, DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}})
    cleared = lambdas.update_event_source_mapping(
        UUID=mapping["UUID"], DestinationConfig={"OnFailure": {"Destination": ""}}
    )
    assert cleared["DestinationConfig"] == {"OnFailure": {}}
