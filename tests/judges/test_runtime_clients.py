"""AWS's own runtime interface clients, unmodified, as the runtime of functions: they speak to our Runtime API."""

import base64

import clients
import pytest
from support.functions import create_function, invoke, new_name, zip_of
from support.millrace import shared_directory, wait_until

SECONDS = 60


def files_of(folder, prefix=""):
    """What an archive of a folder holds, but for what nobody needs at run time."""
    unwanted = {"pip", "setuptools", "pkg_resources", "_distutils_hack", "__pycache__", "deps", "src"}
    return {
        prefix + str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not unwanted & set(path.relative_to(folder).parts)
    }


def bootstrap(command):
    return {"bootstrap": f"#!/bin/sh\nexec {command}\n"}


# Each gives the name of the runtime and the files of the function.
def python_function():
    folder = clients.RUNTIME_PYTHON.build()
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    files = files_of(packages) | {"index.py": (folder / "index.py").read_bytes()}
    return "provided.al2023", files | bootstrap("/usr/bin/python3 -m awslambdaric $_HANDLER")


def js_function():
    folder = clients.RUNTIME_JS.build()
    client = files_of(folder / "node_modules/aws-lambda-ric", "node_modules/aws-lambda-ric/")
    files = client | {"index.mjs": (folder / "index.mjs").read_bytes()}
    return "provided.al2023", files | bootstrap("node node_modules/aws-lambda-ric/index.mjs")


def java_function():
    folder = clients.RUNTIME_JAVA.build()
    return "java17", files_of(folder / "target/classes") | files_of(folder / "target/lib", "lib/")


# How the function is made, its handler, and how the client names the errors of a bad argument and handler.
RUNTIMES = {
    "python": (python_function, "index.handler", "ValueError", "Runtime.HandlerNotFound"),
    "js": (js_function, "index.handler", "RangeError", "Runtime.HandlerNotFound"),
    "java": (java_function, "Handler::handleRequest", "java.lang.IllegalArgumentException", None),
}


@pytest.fixture(params=RUNTIMES)
def runtime(request):
    return RUNTIMES[request.param]


@pytest.fixture
def functions(server):
    return server.client("lambda")


@pytest.fixture
def seen():
    """Where functions write down the records that they get."""
    return shared_directory() / "seen"


@pytest.fixture
def make(functions, runtime, seen):
    made = []

    def make_function(handler=None):
        build, good_handler, *_ = runtime
        name, files = build()
        made.append(
            create_function(
                functions,
                name=new_name("runtime"),
                Runtime=name,
                Handler=handler or good_handler,
                Timeout=SECONDS,
                MemorySize=1024,
                Code={"ZipFile": zip_of(files, {"bootstrap": 0o755})},
                Environment={"Variables": {"SEEN": str(seen)}},
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


def test_a_stream(server, functions, make, seen):
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
    try:
        wait_until(lambda: seen.exists() and len(seen.read_text().splitlines()) >= 20, "all records came", SECONDS)
    finally:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
        kinesis.delete_stream(StreamName=stream)
    assert [base64.b64decode(line) for line in seen.read_text().splitlines()] == sent
