"""Functions invoked, by boto3: answers, errors, logs, limits, and events that outlive the server."""

import base64
import json
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from support.functions import create_function, error_of, invoke, new_name, zip_of
from support.millrace import Millrace, wait_until

ACCOUNT = "000000000000"


def test_the_answer_is_what_the_function_returned(functions, make):
    name = make()
    for event in ({"a": [1, None, "ü"]}, 5, "text", None, [], False):
        payload, answer = invoke(functions, name, event)
        assert payload == event
        assert answer["StatusCode"] == 200
        assert answer["ExecutedVersion"] == "$LATEST"
        assert "FunctionError" not in answer and "LogResult" not in answer


def test_an_empty_body_is_an_empty_object(functions, make):
    name = make()
    assert json.loads(functions.invoke(FunctionName=name)["Payload"].read()) == {}


def test_the_function_sees_who_it_is(functions, make):
    name = make(
        """
import os
def handler(event, context):
    return {"name": context.function_name, "version": context.function_version, "id": context.aws_request_id,
            "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
            "left": context.get_remaining_time_in_millis(), "env": dict(os.environ)}
""",
        MemorySize=256,
        Timeout=20,
        Environment={"Variables": {"GREETING": "hello"}},
    )
    seen, answer = invoke(functions, name)
    assert (seen["name"], seen["version"]) == (name, "$LATEST")
    assert seen["id"] == answer["ResponseMetadata"]["RequestId"]
    assert seen["arn"].startswith(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}")
    assert int(seen["memory"]) == 256
    assert 15000 < seen["left"] <= 20000
    assert seen["env"]["GREETING"] == "hello"
    assert seen["env"]["AWS_REGION"] == "us-east-1"
    assert seen["env"]["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_an_exception_is_a_function_error(functions, make):
    name = make("def handler(event, context): raise ValueError('no good')")
    payload, answer = invoke(functions, name)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (payload["errorType"], payload["errorMessage"]) == ("ValueError", "no good")
    assert payload["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert "line 1, in handler" in payload["stackTrace"][0]


def test_the_tail_of_the_log_comes_with_the_answer(functions, make):
    name = make("def handler(event, context):\n    print('said', event)\n")
    _, answer = invoke(functions, name, 7, LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert f"START RequestId: {request_id} Version: $LATEST" in log
    assert "said 7" in log
    assert f"END RequestId: {request_id}" in log
    assert re.search(rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms", log)
    make_long = make("def handler(event, context):\n    print('x' * 10000)\n")
    _, answer = invoke(functions, make_long, LogType="Tail")
    assert len(base64.b64decode(answer["LogResult"])) <= 4096


def test_the_log_is_printed_by_the_command(server, functions, make):
    name = make("def handler(event, context):\n    print('for the log of', context.function_name)\n")
    invoke(functions, name)

    def printed():
        command = [server.binary, "logs", name, "--data-dir", str(server.data_dir)]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode == 0 and f"for the log of {name}" in done.stdout and "REPORT RequestId" in done.stdout

    wait_until(printed, "millrace logs prints the function's output", 10)


def test_the_client_context_reaches_the_function(functions, make):
    name = make("def handler(event, context): return context.client_context.custom")
    given = base64.b64encode(json.dumps({"custom": {"k": "v ü"}}).encode()).decode()
    assert invoke(functions, name, ClientContext=given)[0] == {"k": "v ü"}
    refused = ("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
    for wrong in ("no base64!", base64.b64encode(b"[1]").decode(), base64.b64encode(b"{").decode()):
        assert error_of(functions.invoke, FunctionName=name, ClientContext=wrong) == refused


def test_payloads_that_are_no_json(functions, make):
    name = make()
    prefix = "Could not parse request body into json: Could not parse payload into json: "
    place = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: "
    expecting = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
    for payload, text in {
        b"badbod": f"Unrecognized token 'badbod': {expecting}{place}1, column: 1]",
        b'{"a": 1': f"Unexpected end-of-input{place}1, column: 8]",
        b'{"a":\n }': f"Unexpected character ('}}' (code 125)){place}2, column: 2]",
    }.items():
        assert error_of(functions.invoke, FunctionName=name, Payload=payload) == (
            "InvalidRequestContentException",
            prefix + text,
        )
    for payload in (b"\xff", b'"\xc3("', b"[" * 100000, b"{}{}", b"\x00"):
        assert error_of(functions.invoke, FunctionName=name, Payload=payload)[0] == "InvalidRequestContentException"
    deep = b"[" * 5000 + b"]" * 5000
    for kind in ("DryRun", "RequestResponse", "Event"):
        code, text = error_of(functions.invoke, FunctionName=name, Payload=deep, InvocationType=kind)
        assert code == "InvalidRequestContentException"
        assert "Document nesting depth (1001) exceeds the maximum allowed (1000" in text
    nested = b"[" * 1000 + b"]" * 1000
    dry = functions.invoke(FunctionName=name, Payload=nested, InvocationType="DryRun")
    assert dry["StatusCode"] == 204


def test_payloads_are_bounded(functions, make):
    name = make("def handler(event, context): return len(event)")
    largest = b'"' + b"x" * (6291456 - 2) + b'"'
    assert json.loads(functions.invoke(FunctionName=name, Payload=largest)["Payload"].read()) == 6291454
    assert error_of(functions.invoke, FunctionName=name, Payload=largest + b" ") == (
        "RequestTooLargeException",
        "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)",
    )
    assert error_of(functions.invoke, FunctionName=name, Payload=b" " * 1048577, InvocationType="Event") == (
        "RequestTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )
    long = make("def handler(event, context): return 'x' * 7000000")
    payload, answer = invoke(functions, long)
    assert answer["FunctionError"] == "Unhandled"
    assert payload["errorType"] == "Function.ResponseSizeTooLarge"


def test_invocation_types(functions, make, shared):
    mark = shared / "ran"
    name = make(f"def handler(event, context): open({str(mark)!r}, 'w').write(context.aws_request_id)")
    dry = functions.invoke(FunctionName=name, InvocationType="DryRun")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")
    assert not mark.exists()
    accepted = functions.invoke(FunctionName=name, InvocationType="Event")
    assert (accepted["StatusCode"], accepted["Payload"].read()) == (202, b"")
    wait_until(lambda: mark.exists() and mark.read_text(), "the event is run")
    assert mark.read_text() == accepted["ResponseMetadata"]["RequestId"]
    assert error_of(functions.invoke, FunctionName=name, InvocationType="Never") == (
        "ValidationException",
        "1 validation error detected: Value 'Never' at 'invocationType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
    )
    assert error_of(functions.invoke, FunctionName=name, LogType="Head")[1] == (
        "1 validation error detected: Value 'Head' at 'logType' failed to satisfy constraint: "
        "Member must satisfy enum value set: [None, Tail]"
    )
    for kind in ("RequestResponse", "Event", "DryRun"):
        assert error_of(functions.invoke, FunctionName="nobody", InvocationType=kind) == (
            "ResourceNotFoundException",
            f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:nobody:$LATEST",
        )


def test_other_qualifiers_are_not_found(functions, make):
    name = make()
    assert invoke(functions, name, 1, Qualifier="$LATEST")[0] == 1
    assert invoke(functions, f"{name}:$LATEST", 1)[0] == 1
    assert error_of(functions.invoke, FunctionName=name, Qualifier="1") == (
        "ResourceNotFoundException",
        f"Function not found: arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}:1",
    )


@pytest.mark.skipif(not shutil.which("node"), reason="no Node.js here")
def test_node_functions(functions, make):
    archive = zip_of({"index.mjs": "export const handler = async (event) => ({ doubled: event.n * 2 });"})
    name = make(Runtime="nodejs20.x", Code={"ZipFile": archive})
    assert invoke(functions, name, {"n": 21})[0] == {"doubled": 42}


def test_provided_functions(functions, make):
    bootstrap = """#!/usr/bin/env python3
import os, urllib.request
base = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(base + "next") as event:
        request_id, body = event.headers["Lambda-Runtime-Aws-Request-Id"], event.read()
    urllib.request.urlopen(base + request_id + "/response", data=b'{"got":' + body + b"}").close()
"""
    archive = zip_of({"bootstrap": bootstrap}, {"bootstrap": 0o755})
    name = make(Runtime="provided.al2023", Handler="anything", Code={"ZipFile": archive})
    assert invoke(functions, name, [1])[0] == {"got": [1]}


def test_a_function_reaches_this_server_as_its_account(server):
    client = server.client("lambda", access_key="333333333333")
    source = """
import json, os, urllib.request
def handler(event, context):
    key = os.environ["AWS_ACCESS_KEY_ID"]
    request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"] + "/2015-03-31/functions", headers={
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/lambda/aws4_request, "
                         "SignedHeaders=host, Signature=0"})
    with urllib.request.urlopen(request) as answer:
        return [f["FunctionArn"] for f in json.load(answer)["Functions"]]
"""
    name = create_function(client, source)
    assert invoke(client, name)[0] == [f"arn:aws:lambda:us-east-1:333333333333:function:{name}"]
    client.delete_function(FunctionName=name)


def counting(mark):
    """A function that appends its event and request id to a file, and fails when the event says so."""
    return f"""
def handler(event, context):
    with open({str(mark)!r}, "a") as f:
        f.write(str(event["n"]) + " " + context.aws_request_id + "\\n")
    if event.get("fail"):
        raise RuntimeError("as told")
"""


def test_accepted_events_survive_kills(tmp_path, shared):
    """Every event that was answered 202 is run, though the server is killed under load, again and again."""
    mark = shared / "ran"
    server = Millrace(tmp_path / "data").start()
    try:
        name = create_function(server.client("lambda"), counting(mark))
        accepted = 0
        for _ in range(4):
            client = server.client("lambda")
            for _ in range(25):
                payload = json.dumps({"n": accepted}).encode()
                assert client.invoke(FunctionName=name, InvocationType="Event", Payload=payload)["StatusCode"] == 202
                accepted += 1
            server.kill()
            server.start()

        def ran():
            lines = mark.read_text().splitlines() if mark.exists() else []
            return {int(line.split()[0]) for line in lines} == set(range(accepted))

        wait_until(ran, "every accepted event is run", 60)
        wait_until(
            lambda: b"millrace_lambda_events_unsettled 0" in server.raw("GET", "/metrics").body, "all are settled", 30
        )
    finally:
        assert server.stop() == 0, server.log()


def test_a_failed_event_waits_for_its_retry_and_outlives_the_server(tmp_path, shared):
    mark = shared / "ran"
    server = Millrace(tmp_path / "data").start()
    try:
        client = server.client("lambda")
        name = create_function(client, counting(mark))
        payload = json.dumps({"n": 1, "fail": True}).encode()
        answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
        wait_until(mark.exists, "the event is run")
        assert server.stop() == 0, server.log()
        server.start()
        # A restart does not wait for the rest of the minute: the event is due at once.
        wait_until(lambda: len(mark.read_text().splitlines()) >= 2, "the event is run again")
        ids = {line.split()[1] for line in mark.read_text().splitlines()}
        assert ids == {answer["ResponseMetadata"]["RequestId"]}
    finally:
        assert server.stop() == 0, server.log()


def processes_of(function):
    """The ids of the processes that the machine has of a function's."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"AWS_LAMBDA_FUNCTION_NAME={function}\0".encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            pass  # it has ended, or is another user's
    return found


def test_the_server_stops_in_time_though_a_function_runs(tmp_path, shared):
    server = Millrace(tmp_path / "data", args=["--shutdown-grace-s", "1"]).start()
    mark = shared / "runs"
    source = f"""
import time
def handler(event, context):
    open({str(mark)!r}, "w").write("x")
    time.sleep(600)
"""
    client = server.client("lambda")
    name = create_function(client, source, Timeout=900)
    client.invoke(FunctionName=name, InvocationType="Event")
    wait_until(lambda: mark.exists() and mark.read_text(), "the function runs")
    assert processes_of(name)
    began = time.monotonic()
    assert server.stop() == 0, server.log()
    assert time.monotonic() - began < 10
    assert not processes_of(name)
