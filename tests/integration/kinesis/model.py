"""botocore's service model of Kinesis, as far as this server answers it."""

import base64
import gzip
import json
import pathlib
import re

import botocore

from support.millrace import ROOT

# Where Debian's model is older than AWS's: shape -> what is different today.
TODAY = {
    "StreamARN": {"pattern": r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+"},
    "Data": {"max": 10485760},
    # The order in which AWS prints them.
    "ShardIteratorType": {
        "enum": ["AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"]
    },
}
# Values of shapes whose pattern or rules "1" does not keep.
EXAMPLES = {
    "StreamARN": "arn:aws:kinesis:us-east-1:000011112222:stream/constrained",
    "ConsumerARN": "arn:aws:kinesis:us-east-1:000011112222:stream/constrained/consumer/one:1700000000",
}


def load_model():
    base = pathlib.Path(botocore.__file__).parent / "data/kinesis/2013-12-02"
    if (base / "service-2.json").exists():
        return json.loads((base / "service-2.json").read_text())
    return json.loads(gzip.decompress((base / "service-2.json.gz").read_bytes()))


MODEL = load_model()
SHAPES = MODEL["shapes"]
for name, changes in TODAY.items():
    SHAPES.get(name, {}).update(changes)
# Streams that distribute their records take them without a key.
for shape in ("PutRecordInput", "PutRecordsRequestEntry"):
    SHAPES[shape]["required"] = ["Data"]

# What the server's own table lists and the model knows.
TABLE = re.findall(r"^ +&k(\w+),$", (ROOT / "api/kinesis/service.cpp").read_text(), re.M)
OPERATIONS = sorted(set(TABLE) & set(MODEL["operations"]))
assert "PutRecord" in OPERATIONS, TABLE


def input_shape(operation):
    described = MODEL["operations"][operation].get("input")
    return SHAPES[described["shape"]] if described else {"type": "structure", "members": {}}


def example(name):
    """A value, as JSON has it, that keeps every constraint of the shape `name`."""
    shape = SHAPES[name]
    if name in EXAMPLES:
        return EXAMPLES[name]
    if "enum" in shape:
        return shape["enum"][0]
    kind = shape["type"]
    if kind == "structure":
        return {member: example(shape["members"][member]["shape"]) for member in shape.get("required", [])}
    if kind == "list":
        return [example(shape["member"]["shape"])]
    if kind == "map":
        return {example(shape["key"]["shape"]): example(shape["value"]["shape"])}
    if kind == "string":
        assert re.fullmatch(shape.get("pattern", ".*"), "1"), f"EXAMPLES needs a value for {name}"
    number = max(shape.get("min", 1), 1)
    return {"string": "1", "boolean": True, "timestamp": 1, "blob": "YQ=="}.get(kind, number)


def valid_input(operation):
    """What the operation requires, and its stream's name."""
    shape = input_shape(operation)
    members = set(shape.get("required", [])) | ({"StreamName"} & set(shape["members"]))
    return {member: example(shape["members"][member]["shape"]) for member in shape["members"] if member in members}


def in_cbor(shape, value):
    """The value as CBOR has it: bytes for blobs, milliseconds for timestamps; of other types, as it is."""
    kind = shape["type"]
    if kind == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    if kind == "timestamp" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return round(value * 1000)
    if kind == "structure" and isinstance(value, dict):
        known = shape["members"]
        return {k: in_cbor(SHAPES[known[k]["shape"]], v) if k in known else v for k, v in value.items()}
    if kind == "list" and isinstance(value, list):
        return [in_cbor(SHAPES[shape["member"]["shape"]], v) for v in value]
    if kind == "map" and isinstance(value, dict):
        return {k: in_cbor(SHAPES[shape["value"]["shape"]], v) for k, v in value.items()}
    return value
