"""Every constraint of botocore's service model, violated one at a time in every operation, in JSON and CBOR."""

import re

import pytest

from kinesis.model import OPERATIONS, SHAPES, example, in_cbor, input_shape, valid_input
from support.cbor_client import CborClient
from support.json_client import JsonClient

# Constraints of the model that do not hold today, each with its reason.
NOT_TODAY = {
    # The stream may be named by its ARN instead, which older models do not know; none of both is another error.
    "required StreamName": lambda operation: operation != "CreateStream",
}


def length_texts(shape):
    least, most = shape.get("min"), shape.get("max")
    texts = [f"Member must have length less than or equal to {most}"] if most else []
    return texts + ([f"Member must have length greater than or equal to {least}"] if least is not None else [])


def element_text(shape):
    """All constraints of what a list or map holds, as AWS prints them when one is violated; None without any."""
    texts = length_texts(shape)
    if "pattern" in shape:
        texts.append(f"Member must satisfy regular expression pattern: {shape['pattern']}")
    if "enum" in shape:
        texts.append(f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]")
    return f"[{', '.join(texts)}]" if texts else None


def violations(name):
    """(value, the text of what it violates); a value may violate more, and then the text is among the others."""
    shape = SHAPES[name]
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
        element = shape["member"]["shape"]
        if least:
            yield [example(element)] * (least - 1), f"Member must have length greater than or equal to {least}"
        if most:
            yield [example(element)] * (most + 1), f"Member must have length less than or equal to {most}"
        if SHAPES[element]["type"] != "structure" and (text := element_text(SHAPES[element])):
            for wrong, _ in violations(element):
                yield [wrong], f"Member must satisfy constraint: {text}"
    elif kind == "map":
        key, value = shape["key"]["shape"], shape["value"]["shape"]
        if least:
            yield {}, f"Member must have length greater than or equal to {least}"
        if most:
            many = {str(i): example(value) for i in range(most + 1)}
            yield many, f"Member must have length less than or equal to {most}"
        for wrong, _ in violations(key):
            yield {wrong: example(value)}, f"Map keys must satisfy constraint: {element_text(SHAPES[key])}"
        for wrong, _ in violations(value):
            yield {example(key): wrong}, f"Map value must satisfy constraint: {element_text(SHAPES[value])}"


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
        for wrong, text in violations(reference["shape"]):
            yield place({**value, name: wrong}), here, text
        nested = None
        if member["type"] == "structure":
            nested, wrap, below = reference["shape"], lambda v: v, here + "."
        elif member["type"] == "list" and SHAPES[member["member"]["shape"]]["type"] == "structure":
            nested, wrap, below = member["member"]["shape"], lambda v: [v], here + ".1.member."
        if nested:
            put = lambda v, n=name, w=wrap: place({**value, n: w(v)})  # noqa: E731
            yield from cases(operation, SHAPES[nested], example(nested), put, below)


def all_cases():
    for operation in OPERATIONS:
        found = cases(operation, input_shape(operation), valid_input(operation), lambda v: v, "")
        for number, (request, path, text) in enumerate(found):
            yield pytest.param(operation, request, path, text, id=f"{operation}-{number}-{path}")


class CborOfJson(CborClient):
    """Takes what JSON would have."""

    def error(self, operation, **body):
        return super().error(operation, **in_cbor(input_shape(operation), body))


@pytest.fixture(scope="module", params=[JsonClient, CborOfJson], ids=["json", "cbor"])
def raw(server, request):
    return request.param(server, access_key="000011112222")


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


NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
BOOLEAN, STRING = "class java.lang.Boolean", "class java.lang.String"
LIST = (["x"], "Start of list found where not expected")
STRUCTURE = ({"x": 1}, "Start of structure or map found where not expected.")
JAVA = {"string": "an String", "integer": "an Integer", "boolean": "an Boolean", "blob": "a Blob"}


def wrong_values(kind):
    """(value, the words for it) for each JSON type that is not `kind`."""
    if kind == "structure":
        return [(1, "Expected null"), ("x", "Expected null"), (True, "Expected null"), LIST]
    if kind == "map":
        return [(1, "Expected map or null"), ("x", "Expected map or null"), (True, "Expected map or null"), LIST]
    if kind == "list":
        return [(v, "Expected list or null") for v in (1, "x", True)] + [STRUCTURE]
    to = " can not be converted to " + JAVA.get(kind, "milliseconds since epoch")
    wrong = [LIST, STRUCTURE]
    if kind in ("string", "boolean", "blob"):
        wrong.append((1, NUMBER + to))
    if kind != "boolean":
        wrong.append((True, BOOLEAN + to))
    if kind in ("integer", "timestamp"):
        wrong.append(("1", STRING + to))
    if kind == "boolean":
        wrong.append(("x", "'X'" + to))
    return wrong


def wrong_type_cases(shape, value, place):
    """(request, words): the whole request with one member, at any depth, of another type."""
    for name, reference in shape["members"].items():
        member = SHAPES[reference["shape"]]
        for wrong, words in wrong_values(member["type"]):
            yield place({**value, name: wrong}), words
        if member["type"] == "structure":
            put = lambda v, n=name: place({**value, n: v})  # noqa: E731
            yield from wrong_type_cases(member, example(reference["shape"]), put)
        if member["type"] in ("list", "map"):
            element = member["member" if member["type"] == "list" else "value"]["shape"]
            wrap = (lambda v: [v]) if member["type"] == "list" else (lambda v: {"1": v})
            put = lambda v, n=name, w=wrap: place({**value, n: w(v)})  # noqa: E731
            for wrong, words in wrong_values(SHAPES[element]["type"]):
                yield put(wrong), words
            if SHAPES[element]["type"] == "structure":
                yield from wrong_type_cases(SHAPES[element], example(element), put)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_wrong_type_is_a_serialization_exception(raw, operation):
    for request, words in wrong_type_cases(input_shape(operation), valid_input(operation), lambda v: v):
        error = raw.error(operation, **request)
        assert error == {"__type": "SerializationException", "Message": words}, (request, error)


ENTRY = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@"


@pytest.mark.parametrize(
    "entry,number",
    [
        ({"PartitionKey": "", "Data": ""}, "c965e310"),  # kinesalite's recording
        # As java.util.Arrays.hashCode computes it.
        ({"PartitionKey": "key", "Data": "aGVsbG8="}, "df89191f"),
        ({"PartitionKey": "k\u00e9y", "Data": "/w==", "ExplicitHashKey": "7"}, "c96804f1"),
    ],
)
def test_records_are_printed_as_java_prints_them(raw, entry, number):
    error = raw.error("PutRecords", StreamName="stream", Records=[entry] * 501)
    printed = "[" + ", ".join([ENTRY + number] * 501) + "]"
    wanted = f"Value '{printed}' at 'records' failed to satisfy constraint: Member must have length less than or equal "
    assert error["__type"] == "ValidationException" and wanted + "to 500" in error["message"], error["message"][:900]
