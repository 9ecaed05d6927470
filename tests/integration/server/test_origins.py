"""Which pages in browsers may use the server, and by which names it may be asked."""

import socket

import pytest
from support.functions import create_function, error_of
from support.millrace import Millrace

EVIL = "http://evil.example"
SIGNATURE = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/{}/aws4_request" \
            "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
SIGNED = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Date": "20260101T000000Z",
          "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/kinesis/aws4_request, "
                           "SignedHeaders=host, Signature=00"}
CORS = "Access-Control-Allow-Origin"
FOREIGN = (
    {"Origin": EVIL},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Referer": EVIL + "/page"},
)


@pytest.mark.parametrize("page", FOREIGN, ids=lambda page: next(iter(page)))
def test_foreign_pages_are_refused_everywhere(server, page):
    list_streams = {**SIGNED, **page, "X-Amz-Target": "Kinesis_20131202.ListStreams"}
    for method, path, headers, body in (
        ("POST", "/", list_streams, b"{}"),
        ("GET", "/", page, None),
        ("GET", "/2015-03-31/functions/?" + SIGNATURE.format("lambda"), page, None),
        ("POST", "/2015-03-31/functions/f/invocations?" + SIGNATURE.format("lambda"),
         {**page, "Content-Type": "text/plain"}, b"{}"),
        ("POST", "/bucket?delete", page, b"<Delete/>"),
        ("PUT", "/bucket", page, b""),
        ("GET", "/metrics", page, None),
        ("GET", "/health/live", page, None),
        ("GET", "/_millrace/clock", page, None),
        ("GET", "/_lambda/code/x", page, None),
    ):
        answer = server.raw(method, path, headers, body)
        assert answer.status == 403, (method, path, answer.body)
        assert b"--allow-origins" in answer.body, (method, path)
        assert CORS not in answer.headers


def test_preflights_of_foreign_pages_are_not_granted(server):
    asking = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for path in ("/", "/bucket/key", "/2015-03-31/functions", "/_lambda/url/none/"):
        answer = server.raw("OPTIONS", path, asking)
        assert answer.status == 403
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_a_body_of_a_foreign_page_is_not_read(server):
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(f"POST /b/k HTTP/1.1\r\nHost: x\r\nOrigin: {EVIL}\r\nContent-Length: 100000\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 403 ")


def test_a_foreign_host_is_refused_with_the_remedy(server):
    for path in ("/", "/bucket/key", "/metrics", "/health", "/_millrace/clock", "/2015-03-31/functions/"):
        answer = server.raw("GET", path, {"Host": f"evil.example:{server.port}"})
        assert (answer.status, b"--allow-hosts evil.example" in answer.body) == (403, True)
    for host in ("millrace:4567", "localhost", "bucket.localhost", "x.local", "host.docker.internal", "[::1]:80"):
        assert server.raw("GET", "/health/live", {"Host": host}).status == 200, host


def test_the_lists_let_more_in(tmp_path):
    args = ["--allow-hosts", "one.example,*.corp.example", "--allow-origins", "https://app.example,http://*.corp.example",
            "--public-url", "http://millrace.example"]
    server = Millrace(tmp_path / "data", args=args).start()
    try:
        for host in ("one.example", "a.corp.example:1", "millrace.example"):
            assert server.raw("GET", "/health/live", {"Host": host}).status == 200, host
        assert server.raw("GET", "/health/live", {"Host": "two.example"}).status == 403
        for origin in ("https://app.example", "http://a.corp.example", "http://millrace.example", server.url):
            answer = server.raw("GET", "/", {"Origin": origin})
            assert (answer.status, answer.headers[CORS], answer.headers["Vary"]) == (200, origin, "Origin")
        assert server.raw("GET", "/", {"Origin": "https://b.app.example"}).status == 403
    finally:
        server.kill()


@pytest.mark.parametrize("flag, value", [("--allow-hosts", "a.example:80"), ("--allow-hosts", "a.*.example"),
                                         ("--allow-origins", "app.example"), ("--allow-origins", "http://a/b")])
def test_what_is_no_host_or_origin_ends_the_start(tmp_path, flag, value):
    server = Millrace(tmp_path / "data", args=[flag, value])
    with pytest.raises(AssertionError, match="ended at once"):
        server.start()
    assert value in server.log()


# ---- Function URLs ----

HELLO = "def handler(event, context):\n    return {'statusCode': 200, 'headers': {'X-Own': 'v'}, 'body': 'ran'}\n"
SETTINGS = {"AllowOrigins": ["https://app.example"], "AllowMethods": ["GET", "PUT"], "AllowHeaders": ["x-token"],
            "ExposeHeaders": ["x-own"], "MaxAge": 60, "AllowCredentials": True}


@pytest.fixture
def url(server):
    """Makes a function's URL; the path and what the server says of it."""
    functions = server.client("lambda")
    names = []

    def make(**cors):
        names.append(create_function(functions, HELLO))
        config = {"Cors": cors} if cors else {}
        made = functions.create_function_url_config(FunctionName=names[-1], AuthType="NONE", **config)
        return names[-1], made["FunctionUrl"].removeprefix(server.url), made

    yield make
    for name in names:
        functions.delete_function(FunctionName=name)


def test_a_url_without_cors_is_closed_to_foreign_pages(server, url):
    _, path, made = url()
    assert "Cors" not in made
    assert server.raw("GET", path).body == b"ran"
    for page in FOREIGN:
        answer = server.raw("GET", path, page)
        assert (answer.status, b"Cors" in answer.body) == (403, True)
    answer = server.raw("GET", path, {"Origin": "http://localhost:3000"})
    assert (answer.body, answer.headers[CORS]) == (b"ran", "http://localhost:3000")


def test_the_cors_of_a_url_says_which_pages_may_call(server, url):
    _, path, made = url(**SETTINGS)
    assert made["Cors"] == SETTINGS
    page = {"Origin": "https://app.example"}
    answer = server.raw("GET", path, page)
    assert (answer.status, answer.body, answer.headers["X-Own"]) == (200, b"ran", "v")
    assert answer.headers[CORS] == "https://app.example"
    assert answer.headers["Access-Control-Expose-Headers"] == "x-own"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert answer.headers["Vary"] == "Origin"
    assert CORS not in server.raw("GET", path).headers
    preflight = server.raw("OPTIONS", path, {**page, "Access-Control-Request-Method": "PUT"})
    assert (preflight.status, preflight.body) == (200, b"")
    assert {name: preflight.headers[name] for name in preflight.headers if name.startswith("Access-Control-")} == {
        CORS: "https://app.example",
        "Access-Control-Allow-Methods": "GET,PUT",
        "Access-Control-Allow-Headers": "x-token",
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Max-Age": "60",
    }
    for method, headers in (("GET", {"Origin": EVIL}), ("OPTIONS", {"Origin": EVIL}), ("POST", page),
                            ("GET", {"Origin": "http://localhost:3000"}), ("GET", {"Sec-Fetch-Site": "cross-site"})):
        answer = server.raw(method, path, headers)
        assert (answer.status, CORS in answer.headers) == (403, False), (method, headers)


def test_cors_for_all_names_the_page_and_gives_no_credentials(server, url):
    _, path, _ = url(AllowOrigins=["*"], AllowMethods=["*"], AllowHeaders=["*"], AllowCredentials=True)
    answer = server.raw("GET", path, {"Origin": EVIL})
    assert (answer.body, answer.headers[CORS]) == (b"ran", EVIL)
    assert "Access-Control-Allow-Credentials" not in answer.headers
    preflight = server.raw("OPTIONS", path, {"Origin": EVIL, "Access-Control-Request-Method": "PATCH",
                                             "Access-Control-Request-Headers": "x-a,x-b"})
    assert preflight.headers["Access-Control-Allow-Methods"] == "PATCH"
    assert preflight.headers["Access-Control-Allow-Headers"] == "x-a,x-b"
    assert server.raw("GET", path, {"Sec-Fetch-Site": "cross-site"}).body == b"ran"


def test_cors_is_changed_listed_and_checked(server, url):
    functions = server.client("lambda")
    name, path, _ = url(**SETTINGS)
    assert functions.update_function_url_config(FunctionName=name)["Cors"] == SETTINGS
    changed = functions.update_function_url_config(FunctionName=name, Cors={"AllowOrigins": [EVIL]})
    assert changed["Cors"] == {"AllowOrigins": [EVIL]}
    assert functions.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"][0]["Cors"] == changed["Cors"]
    assert functions.get_function_url_config(FunctionName=name)["Cors"] == changed["Cors"]
    assert server.raw("GET", path, {"Origin": EVIL}).body == b"ran"
    for bad in ({"MaxAge": 86401}, {"AllowOrigins": [""]}, {"AllowMethods": ["GET"] * 7}):
        assert error_of(functions.update_function_url_config, FunctionName=name, Cors=bad)[0] == "ValidationException"


def test_cors_outlives_a_kill(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        functions = server.client("lambda")
        name = create_function(functions, HELLO)
        functions.create_function_url_config(FunctionName=name, AuthType="NONE", Cors=SETTINGS)
        server.kill()
        server.start()
        assert functions.get_function_url_config(FunctionName=name)["Cors"] == SETTINGS
    finally:
        server.kill()
