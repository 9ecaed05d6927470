"""AWS's own runtime interface clients, unmodified, as the runtime of functions: they speak to our Runtime API."""

import base64

import clients
import pytest
from support.functions import create_function, invoke, new_name, zip_of
from support.millrace import wait_until

SECONDS = 60


def python_bootstrap():
    folder = clients.RUNTIME_PYTHON.build()
    return f"exec {folder}/venv/bin/python -m awslambdaric $_HANDLER", folder / "index.py"


def java_bootstrap():
    folder = clients.RUNTIME_JAVA.build()
    classpath = f"{folder}/target/classes:{(folder / 'target/classpath').read_text()}"
    main = "com.amazonaws.services.lambda.runtime.api.client.AWSLambda"
    return f"exec java -XX:TieredStopAtLevel=1 -cp {classpath} {main} $_HANDLER", None


# How the bootstrap is made, the handler, and how the client names the error of a bad argument.
RUNTIMES = {
    "python": (python_bootstrap, "index.handler", "ValueError", "Runtime.HandlerNotFound"),
    "java": (java_bootstrap, "Handler::handleRequest", "java.lang.IllegalArgumentException", None),
}


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    return RUNTIMES[request.param]


@pytest.fixture
def functions(server):
    return server.client("lambda")


@pytest.fixture
def make(functions, runtime, tmp_path):
    made = []

    def make_function(handler=None):
        bootstrap, good_handler, *_ = runtime
        script, source = bootstrap()
        files = {"bootstrap": f"#!/bin/sh\n{script}\n"}
        if source:
            files[source.name] = source.read_text()
        made.append(
            create_function(
                functions,
                name=new_name("runtime"),
                Runtime="provided.al2023",
                Handler=handler or good_handler,
                Timeout=SECONDS,
                MemorySize=1024,
                Code={"ZipFile": zip_of(files, {"bootstrap": 0o755})},
                Environment={"Variables": {"SEEN": str(tmp_path / "seen")}},
            )
        )
        return made[-1]

    yield make_function
    for name in made:
        functions.delete_function(FunctionName=name)


def test_events_errors_and_large_payloads(functions, runtime, make):
    _, _, error_type, _ = runtime
    name = make()
    answer, raw = invoke(functions, name, {"n": [1, "é\u2028"]}, LogType="Tail")
    assert raw.get("FunctionError") is None, answer
    assert answer["event"] == {"n": [1, "é\u2028"]}
    assert answer["request"] == raw["ResponseMetadata"]["RequestId"]
    assert answer["arn"].endswith(f":function:{name}")
    assert str(answer["memory"]) == "1024"
    assert 0 < answer["left"] <= SECONDS * 1000
    log = base64.b64decode(raw["LogResult"]).decode()
    assert f"seen by {name}" in log
    assert f"END RequestId: {answer['request']}" in log

    failed, raw = invoke(functions, name, {"fail": "as told"})
    assert raw["FunctionError"] == "Unhandled"
    assert (failed["errorType"], failed["errorMessage"]) == (error_type, "as told")

    large = {"text": "x" * 2_000_000}
    assert invoke(functions, name, large)[0]["event"] == large


def test_a_handler_that_is_not_there(functions, runtime, make):
    bad = "index.none" if runtime[1].startswith("index") else "None::none"
    failed, raw = invoke(functions, make(bad), {})
    assert raw["FunctionError"] == "Unhandled"
    if runtime[3]:
        assert failed["errorType"] == runtime[3]
    else:
        assert failed["errorType"] and failed["errorMessage"], failed


def test_a_stream(server, functions, make, tmp_path):
    name = make()
    kinesis = server.client("kinesis")
    stream = new_name("runtime-source")
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    sent = [f"{i}".encode() for i in range(20)]
    kinesis.put_records(StreamName=stream, Records=[{"Data": d, "PartitionKey": "k"} for d in sent])
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    mapping = functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=name, StartingPosition="TRIM_HORIZON", BatchSize=7
    )
    seen = tmp_path / "seen"
    try:
        wait_until(lambda: seen.exists() and len(seen.read_text().splitlines()) >= 20, "all records came", SECONDS)
    finally:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
        kinesis.delete_stream(StreamName=stream)
    assert [base64.b64decode(line) for line in seen.read_text().splitlines()] == sent
