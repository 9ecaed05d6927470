"""HTTP as AWS has it for Kinesis: which check answers first, and its bytes. Source: kinesalite's recordings."""

import gzip
import json

import cbor2
import pytest

from support.cbor_client import CborClient
from support.json_client import JsonClient

JSON, CBOR = "application/x-amz-json-1.1", "application/x-amz-cbor-1.1"
TARGET = "Kinesis_20131202.ListStreams"
QUERY = "X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-SignedHeaders=d&X-Amz-Date=e"
PAGE = "http://localhost:3000"  # pages of this machine may use the server
ACCESS_DENIED = (
    b"<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n"
    b"</AccessDeniedException>\n"
)
UNKNOWN_XML = b"<UnknownOperationException/>\n"


@pytest.fixture(params=[JsonClient, CborClient], ids=["json", "cbor"])
def client(server, request):
    return request.param(server)


def send(server, headers=None, body=b"{}", method="POST", path="/"):
    response = server.raw(method, path, {k: v for k, v in (headers or {}).items() if v is not None}, body)
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert response.headers["x-amz-id-2"]
    return response


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("content_type", [None, JSON, CBOR, "text/plain"])
def test_only_post_is_a_request(server, method, content_type):
    headers = {"Content-Type": content_type, "X-Amz-Target": TARGET}
    for body in (b"", b"{}"):
        response = send(server, headers, body, method)
        assert (response.status, response.body) == (403, ACCESS_DENIED)
        assert "Content-Type" not in response.headers


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-amz-json-1.0", "application/x-amz-cbor-1.0"])
def test_other_content_types(server, content_type):
    for target in (None, "", "Kinesis_20131202", "Kinesis_20131202.", ".ListStreams"):
        response = send(server, {"Content-Type": content_type, "X-Amz-Target": target})
        assert (response.status, response.body) == (403, ACCESS_DENIED), target
    for target in (TARGET, "Kinesis_20131202.Nothing", "Other_20131202.ListStreams"):
        response = send(server, {"Content-Type": content_type, "X-Amz-Target": target})
        assert (response.status, response.body) == (404, UNKNOWN_XML), target
        assert "Content-Type" not in response.headers


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/json", CBOR, JSON])
@pytest.mark.parametrize("target, code", [(TARGET, "SerializationException"), (None, "UnknownOperationException"),
                                          ("Kinesis_20131202.Nothing", "UnknownOperationException")])  # fmt: skip
def test_an_empty_body_is_answered_in_cbor_unless_json_was_said(server, content_type, target, code):
    response = send(server, {"Content-Type": content_type, "X-Amz-Target": target}, b"")
    assert response.status == 400
    if content_type == JSON:
        assert (response.headers["Content-Type"], json.loads(response.body)) == (JSON, {"__type": code})
    else:
        head = b"\x78\x19" if len(code) == 25 else b"\x76"
        assert (response.headers["Content-Type"], response.body) == (
            CBOR,
            b"\xbf\x66__type" + head + code.encode() + b"\xff",
        )


@pytest.mark.parametrize("target", [TARGET, None])
@pytest.mark.parametrize("body, code", [(b"{}", "Unknown"), (b"[]", "Unknown"), (b"hello", "Serialization"), (b"1", "Serialization")])
def test_the_first_json_protocol_is_answered_in_its_envelope(server, target, body, code):
    response = send(server, {"Content-Type": "application/json", "X-Amz-Target": target}, body)
    kind = "UnknownOperation" if code == "Unknown" else code
    assert (response.status, response.headers["Content-Type"]) == (404 if code == "Unknown" else 400, "application/json")
    assert json.loads(response.body) == {
        "Output": {"__type": f"com.amazon.coral.service#{kind}Exception"},
        "Version": "1.0",
    }


@pytest.mark.parametrize("content_type", [JSON, CBOR])
@pytest.mark.parametrize("parameter", ["; charset=utf-8", ";charset=utf-8", " ;x"])
def test_parameters_of_the_content_type_are_ignored(server, content_type, parameter):
    client = JsonClient(server) if content_type == JSON else CborClient(server)
    headers = {**client.headers("ListStreams"), "Content-Type": content_type + parameter}
    response = send(server, headers, client.encode({}))
    assert (response.status, response.headers["Content-Type"]) == (200, content_type)


def test_bodies_then_operations_then_signatures(server, client):
    """A request that is wrong in every way: each check speaks before the next."""

    def error(operation, body, **headers):
        wanted = {**client.headers(operation), "Authorization": None, **headers}
        response = send(server, wanted, body)
        assert (response.status, response.headers["Content-Type"]) == (400, client.content_type)
        found = client.decode(response.body)
        assert response.headers["x-amzn-ErrorType"] == found["__type"]
        return found

    for operation in ("PutRecord", "PutRecords", "GetRecords", "Nothing"):
        assert error(operation, b"\x80 no object") == {"__type": "SerializationException"}
    assert error("Nothing", client.encode({})) == {"__type": "UnknownOperationException"}
    wrong_type = client.encode({"StreamName": 1})
    missing = {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"}
    assert error("PutRecord", wrong_type) == missing
    assert error("PutRecord", wrong_type, Authorization="") == missing
    signed = client.headers("PutRecord")["Authorization"]
    assert error("PutRecord", wrong_type, Authorization=signed)["__type"] == "SerializationException"
    nothing = client.encode({"StreamName": "s"})
    assert error("PutRecord", nothing, Authorization=signed)["__type"] == "ValidationException"


CREDENTIAL = "Authorization header requires 'Credential' parameter. "
SIGNATURE = "Authorization header requires 'Signature' parameter. "
SIGNED_HEADERS = "Authorization header requires 'SignedHeaders' parameter. "
DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "


@pytest.mark.parametrize(
    "authorization, date, message",
    [
        ("X", None, CREDENTIAL + SIGNATURE + SIGNED_HEADERS + DATE),
        ("Credential=a", {"Date": "a"}, CREDENTIAL + SIGNATURE + SIGNED_HEADERS),
        ("AWS4- Signature=b Credential=a", {"Date": "a"}, SIGNED_HEADERS),
        ("AWS4- Signature=b,Credential=a", {"Date": "a"}, SIGNED_HEADERS),
        ("AWS4- Signature=b, Credential=a", {"X-Amz-Date": "a"}, SIGNED_HEADERS),
        ("AWS4- Signature=, Credential=a, SignedHeaders=c", {"Date": "a"}, SIGNATURE),
        ("AWS4- Signature=b, Credential=a, SignedHeaders=c", None, DATE),
    ],
)
def test_incomplete_authorization_headers(server, client, authorization, date, message):
    headers = {"X-Amz-Target": TARGET, "Content-Type": client.content_type, "Authorization": authorization}
    response = send(server, {**headers, **(date or {})}, client.encode({}))
    assert response.status == 400
    assert client.decode(response.body) == {
        "__type": "IncompleteSignatureException",
        "message": f"{message}Authorization={authorization}",
    }


@pytest.mark.parametrize(
    "query, missing",
    [
        ("X-Amz-Algorithm", ["Algorithm", "Credential", "Signature", "SignedHeaders", "Date"]),
        ("X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d", ["SignedHeaders"]),
        ("X-Amz-Algorithm=a&X-Amz-Date=&X-Amz-Signature=c", ["Credential", "SignedHeaders", "Date"]),
    ],
)
def test_incomplete_signatures_in_the_query(server, client, query, missing):
    headers = {"X-Amz-Target": TARGET, "Content-Type": client.content_type}
    response = send(server, headers, client.encode({}), path="/?" + query)
    texts = [f"AWS query-string parameters must include 'X-Amz-{name}'. " for name in missing]
    assert response.status == 400
    assert client.decode(response.body) == {
        "__type": "IncompleteSignatureException",
        "message": "".join(texts) + "Re-examine the query-string parameters.",
    }


def test_signatures_in_the_query(server, client):
    headers = {"X-Amz-Target": TARGET, "Content-Type": client.content_type}
    assert send(server, headers, client.encode({}), path="/?" + QUERY).status == 200
    without_algorithm = QUERY.split("&", 1)[1]
    response = send(server, headers, client.encode({}), path="/?" + without_algorithm)
    assert client.decode(response.body)["__type"] == "MissingAuthenticationTokenException"
    for query in (QUERY, "X-Amz-Algorithm"):
        response = send(server, {**headers, "Authorization": "X"}, client.encode({}), path="/?" + query)
        assert response.status == 400
        assert client.decode(response.body) == {
            "__type": "InvalidSignatureException",
            "message": "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        }
    # Beside a header, what has no algorithm is no signature.
    assert send(server, client.headers("ListStreams"), client.encode({}), path="/any/path?" + without_algorithm).status == 200


def test_a_body_may_come_in_gzip(server, client):
    """AWS's own SDK for Android sends PutRecords like this."""
    name = f"zipped-{type(client).__name__}"
    client.ok("CreateStream", StreamName=name, ShardCount=1)
    data = b"abc" if client.content_type == CBOR else "YWJj"
    entries = [{"Data": data, "PartitionKey": "k"}] * 500
    body = gzip.compress(client.encode({"StreamName": name, "Records": entries}).encode()
                         if client.content_type == JSON
                         else client.encode({"StreamName": name, "Records": entries}))  # fmt: skip
    assert len(body) < 500
    for coding in ("gzip", "GZIP"):
        headers = {**client.headers("PutRecords"), "Content-Encoding": coding}
        response = send(server, headers, body)
        assert response.status == 200, response.body
        assert len(client.decode(response.body)["Records"]) == 500
    client.ok("DeleteStream", StreamName=name)


@pytest.mark.parametrize("operation", ["PutRecords", "CreateStream"])
def test_what_is_no_gzip_is_a_serialization_exception(server, client, operation):
    headers = {**client.headers(operation), "Content-Encoding": "gzip"}
    good = gzip.compress(b"{}" if client.content_type == JSON else b"\xa0")
    for body in (b"{}", b"\xa0", good[:-1], good + b"x", good[:-8] + b"12345678", b"\x1f\x8b", gzip.compress(b"")):
        response = send(server, headers, body)
        assert response.status == 400
        assert client.decode(response.body) == {"__type": "SerializationException"}
    # Said to be plain, it is taken as it is; other codings are not undone either.
    for coding in (None, "identity", "deflate"):
        response = send(server, {**headers, "Content-Encoding": coding}, good)
        assert client.decode(response.body) == {"__type": "SerializationException"}


def test_a_small_gzip_of_a_large_body_is_too_large(server, client):
    headers = {**client.headers("PutRecords"), "Content-Encoding": "gzip"}
    body = gzip.compress(b" " * ((16 << 20) + 1))
    assert len(body) < 100_000
    response = send(server, headers, body)
    assert (response.status, response.body) == (413, b"<RequestEntityTooLargeException/>\n")


def test_every_answer_is_open_to_pages_that_may_ask(server, client):
    for body, status in ((client.encode({}), 200), (b"", 400)):
        response = send(server, {**client.headers("ListStreams"), "Origin": PAGE}, body)
        assert response.status == status
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert response.headers["Vary"] == "Origin"
        assert response.headers["Access-Control-Expose-Headers"] == (
            "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date"
        )
    assert "Access-Control-Allow-Origin" not in send(server, client.headers("ListStreams"), client.encode({})).headers


def test_a_preflight_has_a_request_id_alone(server):
    asking = {"Origin": PAGE, "Access-Control-Request-Headers": "a, b", "Access-Control-Request-Method": "POST"}
    response = server.raw("OPTIONS", "/", asking)
    assert (response.status, response.body, response.headers["Content-Length"]) == (200, b"", "0")
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert response.headers["Access-Control-Allow-Headers"] == "a, b"
    assert response.headers["Access-Control-Allow-Methods"] == "POST"
    assert response.headers["Access-Control-Max-Age"] == "172800"
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert "x-amz-id-2" not in response.headers
    # Without an origin it is one of the methods that are no request.
    response = server.raw("OPTIONS", "/", {"X-Amz-Target": TARGET})
    assert (response.status, response.body) == (403, ACCESS_DENIED)


def test_requests_too_large_are_refused_in_their_format(server):
    headers = CborClient(server).headers("PutRecords")
    response = server.raw("POST", "/", {**headers, "Content-Length": str((16 << 20) + 1), "Origin": PAGE}, b"")
    assert response.status == 413
    assert len(response.headers["x-amzn-RequestId"]) == 36
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
