"""Functions that are invoked over plain HTTP."""

import base64
import json
import re
import urllib.parse

import pytest
from support.functions import create_function, error_of, python_zip
from support.millrace import Millrace

ECHO = "def handler(event, context):\n    return event\n"


def call(server, url, method="GET", behind="", headers=None, body=None):
    path = urllib.parse.urlsplit(url).path.rstrip("/") + (behind or "/")
    return server.raw(method, path, headers, body)


@pytest.fixture
def url_of(functions, make):
    def make_url(source, **settings):
        name = make(source, **settings)
        return functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]

    return make_url


def test_create_get_update_list_delete(server, functions, make):
    name = make(Publish=True)
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    made = functions.create_function_url_config(FunctionName=name, AuthType="NONE")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["FunctionUrl"].startswith(server.url + "/_lambda/url/")
    assert (made["FunctionArn"], made["AuthType"]) == (arn, "NONE")
    assert "LastModifiedTime" not in made
    of_alias = functions.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")
    assert of_alias["FunctionArn"] == f"{arn}:live"
    assert of_alias["FunctionUrl"] != made["FunctionUrl"]
    assert error_of(functions.create_function_url_config, FunctionName=name, AuthType="NONE")[0] == (
        "ResourceConflictException"
    )
    assert functions.get_function_url_config(FunctionName=name)["FunctionUrl"] == made["FunctionUrl"]
    # Debian's boto3 is older than InvokeMode: reads say what it is, changes what they were given.
    signed = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    for method, given, expected in (
        ("GET", None, "BUFFERED"),
        ("PUT", {}, None),
        ("PUT", {"InvokeMode": "BUFFERED"}, "BUFFERED"),
    ):
        body = None if given is None else json.dumps(given)
        answer = server.raw(method, f"/2021-10-31/functions/{name}/url", signed, body)
        assert json.loads(answer.body).get("InvokeMode") == expected
    updated = functions.update_function_url_config(FunctionName=name, AuthType="NONE")
    assert updated["CreationTime"] == made["CreationTime"]
    listed = functions.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert [c["FunctionUrl"] for c in listed] == [made["FunctionUrl"], of_alias["FunctionUrl"]]
    functions.delete_function_url_config(FunctionName=name)
    missing = ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert error_of(functions.get_function_url_config, FunctionName=name) == missing
    assert error_of(functions.delete_function_url_config, FunctionName=name) == missing
    assert call(server, made["FunctionUrl"]).status == 403
    assert call(server, of_alias["FunctionUrl"]).status == 200
    create = functions.create_function_url_config
    assert error_of(create, FunctionName=name)[0] == "ValidationException"
    no_function = ("ResourceNotFoundException", "Function does not exist")
    for call_it in (create, functions.update_function_url_config):
        for named in ({"FunctionName": name + "-x"}, {"FunctionName": name, "Qualifier": "none"}):
            assert error_of(call_it, AuthType="NONE", **named) == no_function
    assert error_of(functions.list_function_url_configs, FunctionName=name + "-x") == no_function
    for call_it in (functions.get_function_url_config, functions.delete_function_url_config):
        for named in ({"FunctionName": name + "-x"}, {"FunctionName": name, "Qualifier": "none"}):
            assert error_of(call_it, **named) == missing
    for qualifier in ("1", "$LATEST"):
        assert error_of(create, FunctionName=name, AuthType="NONE", Qualifier=qualifier) == (
            "ValidationException",
            f"1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)",
        )
    for unsupported in ({"AuthType": "AWS_IAM"},):
        assert error_of(create, **{"FunctionName": name, "AuthType": "NONE", **unsupported})[0] == (
            "InvalidParameterValueException"
        )
    functions.delete_function(FunctionName=name)
    assert call(server, of_alias["FunctionUrl"]).status == 403


def test_the_event_is_of_format_two(server, url_of):
    url = url_of(ECHO)
    answer = call(
        server,
        url,
        "POST",
        "/a%20b/c?x=1&x=2&y=%C3%A9",
        {"Content-Type": "Text/plain", "X-Own": "v", "Cookie": "k=1; l=2", "X-Forwarded-For": "8.8.8.8"},
        "hello é".encode(),
    )
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    event = json.loads(answer.body)
    assert event["version"] == "2.0"
    assert event["rawPath"] == "/a b/c"
    assert event["rawQueryString"] == "x=1&x=2&y=%C3%A9"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "é"}
    assert event["cookies"] == ["k=1", "l=2"]
    assert event["headers"]["x-own"] == "v"
    assert (event["body"], event["isBase64Encoded"]) == ("hello é", False)
    context = event["requestContext"]
    assert context["http"]["sourceIp"] == "127.0.0.1"
    # What AWS's front end sets, whatever the client says.
    port = str(urllib.parse.urlsplit(url).port)
    forwarded = [event["headers"][f"x-forwarded-{name}"] for name in ("for", "proto", "port")]
    assert forwarded == ["127.0.0.1", "http", port]
    assert re.fullmatch("Root=1-[0-9a-f]{8}-[0-9a-f]{24}", event["headers"]["x-amzn-trace-id"])
    assert (context["http"]["method"], context["http"]["path"]) == ("POST", "/a b/c")
    assert context["requestId"] == answer.headers["x-amzn-RequestId"]
    assert url.endswith(f"/{context['apiId']}/")
    binary = json.loads(call(server, url, "POST", "", {"Content-Type": "application/octet-stream"}, b"\xff\0").body)
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\xff\0", True)
    empty = json.loads(call(server, url).body)
    assert "body" not in empty and "queryStringParameters" not in empty


def test_what_the_function_answers_is_the_response(server, url_of):
    url = url_of("import json\ndef handler(event, context):\n    return json.loads(event['body'])\n")

    def answer(value):
        return call(server, url, "POST", "", {"Content-Type": "application/json"}, json.dumps(value).encode())

    full = answer(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "text/html", "X-Own": "v"},
            "cookies": ["a=1", "b=2"],
            "body": "<p>",
        }
    )
    assert (full.status, full.headers["Content-Type"], full.headers["X-Own"], full.body) == (
        201,
        "text/html",
        "v",
        b"<p>",
    )
    assert full.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert (
        answer({"statusCode": 200, "body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}).body == b"\xff"
    )
    assert answer({"statusCode": 204}).status == 204
    # Recorded of AWS: a string is the body itself, other values are their JSON without white space.
    assert (answer("text").status, answer("text").body) == (200, b"text")
    assert answer({"any": 1}).body == b'{"any":1}'
    assert answer(["a b", 3, True]).body == b'["a b",3,true]'
    assert answer({"statusCode": "418", "body": "a teapot"}).status == 418
    for bad in ({"statusCode": "x"}, {"statusCode": 7}, {"statusCode": 200, "body": "?", "isBase64Encoded": True}):
        assert (answer(bad).status, answer(bad).body) == (502, b"Internal Server Error")


def test_errors_and_limits(server, functions, make, url_of):
    assert call(server, url_of("def handler(event, context):\n    raise ValueError('no')\n")).status == 502
    name = make(ECHO)
    url = functions.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
    none = call(server, server.url + "/_lambda/url/none/")
    assert (none.status, none.body, none.headers["x-amzn-ErrorType"]) == (
        403,
        b'{"Message":null}',
        "AccessDeniedException",
    )
    too_large = call(server, url, "POST", "", {"Content-Type": "text/plain"}, b"x" * 7_000_000)
    assert too_large.status == 413
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert call(server, url).status == 429


def test_an_alias_decides_and_a_kill_does_not(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        functions = server.client("lambda")
        says = 'def handler(event, context):\n    return "{}"\n'
        name = create_function(functions, says.format("one"), Publish=True)
        functions.update_function_code(FunctionName=name, ZipFile=python_zip(says.format("two")), Publish=True)
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        url = functions.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")["FunctionUrl"]
        assert call(server, url).body == b"one"
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
        server.kill()
        server.start()
        assert call(server, url).body == b"two"
    finally:
        server.kill()


def test_a_url_of_an_alias_shares_its_requests_between_two_versions(server, functions, make):
    says = 'def handler(event, context):\n    return "{}"\n'
    name = make(says.format("one"), Publish=True)
    functions.update_function_code(FunctionName=name, ZipFile=python_zip(says.format("two")), Publish=True)
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    functions.create_alias(FunctionName=name, Name="both", FunctionVersion="1", RoutingConfig=routing)
    url = functions.create_function_url_config(FunctionName=name, Qualifier="both", AuthType="NONE")["FunctionUrl"]
    # All of one kind among 40: once in 10^11 runs.
    assert {call(server, url).body for _ in range(40)} == {b"one", b"two"}
