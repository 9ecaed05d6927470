"""Every constraint of botocore's service model, violated one at a time in every operation."""

import gzip
import json
import pathlib
import re

import botocore
import pytest

from support.json_client import JsonClient

OPERATIONS = [
    "CreateStream",
    "DeleteStream",
    "DescribeStream",
    "DescribeStreamSummary",
    "ListStreams",
    "ListShards",
    "PutRecord",
    "PutRecords",
    "GetShardIterator",
    "GetRecords",
    "IncreaseStreamRetentionPeriod",
    "DecreaseStreamRetentionPeriod",
]
# Constraints of the model that do not hold today, each with its reason.
NOT_TODAY = {
    # The stream may be named by its ARN instead, which older models do not know; none of both is another error.
    "required StreamName": lambda operation: operation != "CreateStream",
    # The stream's identifier: an alternative name that this server does not give out.
    "StreamId": lambda operation: True,
}
VALID = {
    "StreamName": "constrained",
    "ShardCount": 1,
    "Data": "YQ==",
    "PartitionKey": "k",
    "Records": [{"Data": "YQ==", "PartitionKey": "k"}],
    "ShardId": "shardId-000000000000",
    "ShardIteratorType": "LATEST",
    "ShardIterator": "AAAA",
    "RetentionPeriodHours": 24,
}
BASE = {
    "CreateStream": ["StreamName", "ShardCount"],
    "ListStreams": [],
    "PutRecord": ["StreamName", "Data", "PartitionKey"],
    "PutRecords": ["StreamName", "Records"],
    "GetShardIterator": ["StreamName", "ShardId", "ShardIteratorType"],
    "GetRecords": ["ShardIterator"],
    "IncreaseStreamRetentionPeriod": ["StreamName", "RetentionPeriodHours"],
    "DecreaseStreamRetentionPeriod": ["StreamName", "RetentionPeriodHours"],
}


def load_model():
    base = pathlib.Path(botocore.__file__).parent / "data/kinesis/2013-12-02"
    if (base / "service-2.json").exists():
        return json.loads((base / "service-2.json").read_text())
    return json.loads(gzip.decompress((base / "service-2.json.gz").read_bytes()))


MODEL = load_model()
SHAPES = MODEL["shapes"]


def example(shape):
    """A value that keeps every constraint of the shape."""
    if "enum" in shape:
        return shape["enum"][0]
    kind = shape["type"]
    if kind == "structure":
        return {name: example(SHAPES[shape["members"][name]["shape"]]) for name in shape.get("required", [])}
    if kind == "list":
        return [example(SHAPES[shape["member"]["shape"]])]
    return {"string": "1", "integer": shape.get("min", 1), "boolean": True, "timestamp": 1, "blob": "YQ=="}[kind]


def violations(shape):
    """(value, the text of what it violates); a value may violate more, and then the text is among the others."""
    kind, least, most = shape["type"], shape.get("min"), shape.get("max")
    if kind == "string":
        pattern = shape.get("pattern")
        if "enum" in shape:
            yield "NO_SUCH_VALUE", f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"
        if pattern:
            yield "!" * max(least or 1, 1), f"Member must satisfy regular expression pattern: {pattern}"
        if least:
            yield "a" * (least - 1), f"Member must have length greater than or equal to {least}"
        if most:
            yield "a" * (most + 1), f"Member must have length less than or equal to {most}"
    elif kind == "integer":
        if least is not None:
            yield least - 1, f"Member must have value greater than or equal to {least}"
        if most is not None:
            yield most + 1, f"Member must have value less than or equal to {most}"
    elif kind == "blob" and most:
        yield "AAAA" * (most // 3 + 1), f"Member must have length less than or equal to {most}"
    elif kind == "list":
        element = example(SHAPES[shape["member"]["shape"]])
        if least:
            yield [element] * (least - 1), f"Member must have length greater than or equal to {least}"
        if most:
            yield [element] * (most + 1), f"Member must have length less than or equal to {most}"


def lower_first(name):
    return name[0].lower() + name[1:]


def cases(operation, shape, value, place, path):
    """(request, path, text): the whole request with one member at `place` violating something."""
    for name, reference in shape["members"].items():
        if name in NOT_TODAY and NOT_TODAY[name](operation):
            continue
        member, here = SHAPES[reference["shape"]], path + lower_first(name)
        if name in shape.get("required", []):
            exempt = NOT_TODAY.get(f"required {name}")
            if not (exempt and exempt(operation)):
                rest = {k: v for k, v in value.items() if k != name}
                yield place(rest), here, "Member must not be null"
        for wrong, text in violations(member):
            yield place({**value, name: wrong}), here, text
        if member["type"] == "structure":
            yield from cases(operation, member, example(member), lambda v, n=name: place({**value, n: v}), here + ".")
        if member["type"] == "list" and SHAPES[member["member"]["shape"]]["type"] == "structure":
            element = SHAPES[member["member"]["shape"]]
            yield from cases(
                operation, element, example(element), lambda v, n=name: place({**value, n: [v]}), here + ".1.member."
            )


def all_cases():
    for operation in OPERATIONS:
        shape = SHAPES[MODEL["operations"][operation]["input"]["shape"]]
        base = {name: VALID[name] for name in BASE.get(operation, ["StreamName"])}
        for number, (request, path, text) in enumerate(cases(operation, shape, base, lambda v: v, "")):
            yield pytest.param(operation, request, path, text, id=f"{operation}-{number}-{path}")


@pytest.fixture(scope="module")
def raw(server):
    client = JsonClient(server, access_key="000011112222")
    client.ok("CreateStream", StreamName="constrained", ShardCount=1)
    yield client
    client.ok("DeleteStream", StreamName="constrained")


@pytest.mark.parametrize("operation, request_body, path, text", all_cases())
def test_a_violated_constraint_has_its_text(raw, operation, request_body, path, text):
    error = raw.error(operation, **request_body)
    assert error["__type"] == "ValidationException", error
    message = error["message"]
    found = re.match(r"(\d+) validation errors? detected: ", message)
    assert found, message[:300]
    items = re.split(r"; (?=Value (?:null|'))", message[found.end() :])
    assert len(items) == int(found[1])
    assert ("errors" in found[0]) == (len(items) > 1)
    value = "null" if text == "Member must not be null" else "'.*'"
    wanted = re.compile(rf"Value {value} at '{re.escape(path)}' failed to satisfy constraint: {re.escape(text)}", re.S)
    assert any(wanted.fullmatch(item) for item in items), message[:600]
    # Nothing else is said to be wrong but what the same value violates too.
    assert all(f" at '{path}' failed" in item for item in items), message[:600]


def test_the_walk_covers_what_the_model_constrains():
    texts = [case.values[3] for case in all_cases()]
    for kind in ("not be null", "pattern", "enum", "length greater", "length less", "value greater", "value less"):
        assert any(kind in text for text in texts), kind
    assert len(texts) > 60


def test_every_wrong_type_is_a_serialization_exception(raw):
    for operation in OPERATIONS:
        shape = SHAPES[MODEL["operations"][operation]["input"]["shape"]]
        base = {name: VALID[name] for name in BASE.get(operation, ["StreamName"])}
        for name, reference in shape["members"].items():
            if name in NOT_TODAY and NOT_TODAY[name](operation):
                continue
            kind = SHAPES[reference["shape"]]["type"]
            wrong = {"string": [1, True, [], {}], "integer": ["1", True, [], {}], "boolean": [1, "x", [], {}]}
            wrong.update(blob=[1, True, [], {}], timestamp=["now", True, [], {}], list=[1, "x", {}], structure=[1, "x", []])
            for value in wrong.get(kind, []):
                error = raw.error(operation, **{**base, name: value})
                assert error["__type"] == "SerializationException" and error["Message"], (operation, name, value, error)
