"""Faults that tests order: by flag and by endpoint, met by boto3."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kinesis.test_records import SHARDS
from kinesis.test_streams import ACCOUNT, error_of
from support.admin import admin, set_faults
from support.json_client import JsonClient
from support.millrace import Millrace, default_binary, wait_until


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    flag = "operation=PutRecord,stream=flagged,error=ProvisionedThroughputExceededException,limit=3"
    args = ["--fault-injection", "--fault", flag, "--fault", "delay_ms=1,stream=none", "--fault-seed", "7"]
    millrace = Millrace(tmp_path_factory.mktemp("faults") / "data", args=args).start()
    yield millrace
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture
def client(faulty):
    return faulty.client("kinesis")


@pytest.fixture
def orders(faulty, client):
    """A stream without faults at the beginning and at the end."""
    admin(faulty, "DELETE", "faults")
    client.create_stream(StreamName="orders", ShardCount=1)
    yield "orders"
    admin(faulty, "DELETE", "faults")
    client.delete_stream(StreamName="orders")


def injected(code):
    return code, f"Injected fault: the server is configured to return {code}."


def put(client, stream):
    return client.put_record(StreamName=stream, Data=b"x", PartitionKey="k")


def test_a_fault_of_the_command_line_happens_as_often_as_it_may(faulty, client):
    faults = admin(faulty, "GET", "faults")[1]["faults"]
    assert faults == [
        {
            "stream": "flagged",
            "operation": "PutRecord",
            "share": 1.0,
            "error": "ProvisionedThroughputExceededException",
            "status": 400,
            "message": injected("ProvisionedThroughputExceededException")[1],
            "limit": 3,
            "injected": 0,
        },
        {"stream": "none", "operation": "*", "share": 1.0, "delay_ms": 1, "injected": 0},
    ]
    for name in ("flagged", "other"):
        client.create_stream(StreamName=name, ShardCount=1)
    for _ in range(3):
        assert error_of(put, client=client, stream="flagged") == injected("ProvisionedThroughputExceededException")
        put(client, "other")
    put(client, "flagged")
    assert admin(faulty, "GET", "faults")[1]["faults"][0]["injected"] == 3


def test_an_sdk_that_tries_again_gets_through(faulty, orders):
    set_faults(faulty, {"stream": orders, "operation": "PutRecord", "error": "InternalFailure", "limit": 2})
    patient = faulty.client("kinesis", retries={"max_attempts": 5, "mode": "standard"})
    assert put(patient, orders)["ResponseMetadata"]["RetryAttempts"] == 2
    read = patient.get_records(
        ShardIterator=patient.get_shard_iterator(
            StreamName=orders, ShardId=SHARDS[0], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
    )
    assert len(read["Records"]) == 1, "what was refused is not in the stream"


def test_a_request_may_be_late(faulty, client, orders):
    set_faults(faulty, {"operation": "DescribeStreamSummary", "delay_ms": 400})
    begin = time.monotonic()
    client.describe_stream_summary(StreamName=orders)
    assert time.monotonic() - begin >= 0.4
    set_faults(faulty, {"operation": "DescribeStreamSummary", "delay_ms": 200, "error": "ServiceUnavailable"})
    begin = time.monotonic()
    assert error_of(client.describe_stream_summary, StreamName=orders) == injected("ServiceUnavailable")
    assert time.monotonic() - begin >= 0.2


def test_a_server_that_stops_does_not_wait_for_a_delay(tmp_path):
    args = ["--fault-injection", "--fault", "operation=ListStreams,delay_ms=300000"]
    millrace = Millrace(tmp_path / "data", args=args).start()
    with ThreadPoolExecutor() as pool:
        late = pool.submit(millrace.client("kinesis").list_streams)
        wait_until(lambda: admin(millrace, "GET", "faults")[1]["faults"][0]["injected"] == 1, "the request came")
        begin = time.monotonic()
        assert millrace.stop() == 0, millrace.log()
        assert time.monotonic() - begin < 20, "less than the grace of requests in flight"
        assert late.result(60)["StreamNames"] == []


def test_a_stream_is_told_by_name_arn_and_iterator(faulty, client, orders):
    position = client.get_shard_iterator(StreamName=orders, ShardId=SHARDS[0], ShardIteratorType="LATEST")
    set_faults(faulty, {"stream": orders, "error": "ServiceUnavailable", "message": "so sorry"})
    wanted = ("ServiceUnavailable", "so sorry")
    assert error_of(client.describe_stream, StreamName=orders) == wanted
    arn = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{orders}"
    by_arn = JsonClient(faulty).call("DescribeStream", json.dumps({"StreamARN": arn}))
    assert (by_arn.status, json.loads(by_arn.body)) == (503, {"__type": wanted[0], "message": wanted[1]})
    assert error_of(client.get_records, ShardIterator=position["ShardIterator"]) == wanted
    client.list_streams()
    set_faults(faulty, {"error": "InternalFailure", "operation": "ListStreams"})
    assert error_of(client.list_streams) == injected("InternalFailure")


@pytest.mark.parametrize(
    "code, ordered, status",
    [
        ("InternalFailure", None, 500),
        ("ServiceUnavailable", None, 503),
        ("LimitExceededException", None, 400),
        ("KMSThrottlingException", None, 400),
        ("SomethingNew", 429, 429),
    ],
)
def test_an_error_has_its_status(faulty, client, orders, code, ordered, status):
    set_faults(faulty, {"error": code, "stream": orders} | ({"status": ordered} if ordered else {}))
    with pytest.raises(client.exceptions.ClientError) as raised:
        client.describe_stream(StreamName=orders)
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert raised.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]


def test_a_share_is_the_same_share_for_the_same_seed(faulty, client, orders):
    def pattern():
        set_faults(faulty, {"operation": "ListStreams", "error": "InternalFailure", "share": 0.5})
        out = []
        for _ in range(100):
            try:
                client.list_streams()
                out.append(True)
            except client.exceptions.ClientError:
                out.append(False)
        return out

    first = pattern()
    assert 25 < sum(first) < 75
    assert pattern() == first


def test_single_records_may_fail(faulty, client, orders):
    error = {"error": "InternalFailure", "message": "Internal service failure."}
    set_faults(faulty, {"stream": orders, "operation": "PutRecords", "records": True, "share": 0.3, **error})
    records = [{"Data": str(n).encode(), "PartitionKey": "k"} for n in range(200)]
    answer = client.put_records(StreamName=orders, Records=records)
    failed = [r for r in answer["Records"] if "ErrorCode" in r]
    assert answer["FailedRecordCount"] == len(failed) and 20 < len(failed) < 100
    assert all(r == {"ErrorCode": error["error"], "ErrorMessage": error["message"]} for r in failed)
    at = client.get_shard_iterator(StreamName=orders, ShardId=SHARDS[0], ShardIteratorType="TRIM_HORIZON")
    read = client.get_records(ShardIterator=at["ShardIterator"])["Records"]
    taken = [n for n, r in enumerate(answer["Records"]) if "ErrorCode" not in r]
    assert [int(r["Data"]) for r in read] == taken
    put(client, orders)


def test_faults_are_listed_replaced_and_cleared(faulty):
    set_faults(faulty, {"error": "X"}, {"delay_ms": 5, "operation": "GetRecords"})
    status, listed = admin(faulty, "GET", "faults")
    assert status == 200 and [f["operation"] for f in listed["faults"]] == ["*", "GetRecords"]
    assert admin(faulty, "PUT", "faults", listed) == (200, listed), "what GET answers may be put back"
    assert admin(faulty, "PUT", "faults", []) == (200, {"faults": []})
    set_faults(faulty, {"error": "X"})
    assert admin(faulty, "DELETE", "faults") == (200, {"faults": []})


@pytest.mark.parametrize(
    "body, complaint",
    [
        ("", "The body is not JSON."),
        ({"error": "X"}, 'The body must be {"faults": [...]} or only the list.'),
        ([1], "Fault 1: a fault must be an object."),
        ([{"error": "X"}, {"error": "X", "share": 1.5}], "Fault 2: share must be a number from 0 to 1."),
        (
            [{"error": "X", "operation": "PutRecrod"}],
            'Fault 1: operation "PutRecrod" must be a supported operation or *.',
        ),
        ([{"stream": "orders"}], "Fault 1: a fault must have an error, a delay_ms, or both."),
    ],
)
def test_a_wrong_fault_changes_nothing(faulty, body, complaint):
    set_faults(faulty, {"error": "X", "stream": "nowhere"})
    assert admin(faulty, "PUT", "faults", body) == (400, {"error": complaint})
    assert len(admin(faulty, "GET", "faults")[1]["faults"]) == 1
    admin(faulty, "DELETE", "faults")


def test_the_endpoint_is_not_there_without_its_flag(server):
    refused = (404, {"error": "Faults require --fault-injection."})
    for method in ("GET", "PUT", "DELETE"):
        assert admin(server, method, "faults", []) == refused


def test_faults_of_the_environment_and_of_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("MILLRACE_FAULT_INJECTION", "true")
    monkeypatch.setenv("MILLRACE_FAULT", "error=A,operation=PutRecord|delay_ms=1,stream=s")
    millrace = Millrace(tmp_path / "by-environment").start()
    assert [f.get("error") for f in admin(millrace, "GET", "faults")[1]["faults"]] == ["A", None]
    millrace.stop()
    monkeypatch.delenv("MILLRACE_FAULT_INJECTION")
    monkeypatch.delenv("MILLRACE_FAULT")
    file = tmp_path / "millrace.conf"
    file.write_text('fault-injection = true\nfault = "error=B,operation=PutRecord|delay_ms=2"\n')
    millrace = Millrace(tmp_path / "by-file", args=["--config", str(file)]).start()
    assert [f.get("error") for f in admin(millrace, "GET", "faults")[1]["faults"]] == ["B", None]
    millrace.stop()


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["--fault", "error=X"], "--fault requires --fault-injection"),
        (["--fault-injection", "--fault", "error=X,share=7"], '"error=X,share=7": share must be a number from 0 to 1'),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path, arguments, complaint):
    command = [default_binary(), "serve", "--data-dir", str(tmp_path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and complaint in done.stderr + done.stdout
