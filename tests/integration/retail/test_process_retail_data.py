"""ProcessRetailData alone: what it accepts, what it writes, and how it signs."""

import base64
import datetime
import http.server
import json
import os
import pathlib
import sys
import threading
import types

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tools/retail"))

import process_retail_data as retail  # noqa: E402
import s3_object  # noqa: E402

GOOD = {"id": "t-1", "customer": "00001", "date": "1997-01-01", "units": 2, "dollars": "11.77"}


class Store(http.server.ThreadingHTTPServer):
    """Keeps what is put, and answers with the statuses that it is told first."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Request)
        self.requests, self.objects, self.statuses = [], {}, []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def environment(self):
        return {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",  # the more special one wins
            "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{self.server_port}",
            "AWS_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        }


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.requests.append((self.path, dict(self.headers)))
        if status == 200:
            self.server.objects[self.path] = body
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


@pytest.fixture
def store(monkeypatch):
    server = Store()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(retail, "_buckets", {})
    monkeypatch.setattr(s3_object.time, "sleep", lambda seconds: None)
    yield server
    server.shutdown()
    server.server_close()


def event(*purchases, first=1):
    return {"Records": [{
        "eventID": f"shardId-000000000000:{first + n}",
        "kinesis": {"data": base64.b64encode(p if isinstance(p, bytes) else json.dumps(p).encode()).decode()},
    } for n, p in enumerate(purchases)]}


def lines(body):
    return [json.loads(line) for line in body.splitlines()]


def test_sales_a_day_and_customer_in_the_partition_of_their_month(store):
    summary = retail.handler(event(
        GOOD, {**GOOD, "id": "t-2", "dollars": 0.10, "units": 1}, {**GOOD, "id": "t-3", "date": "1997-02-28"}), None)
    assert (summary["purchases"], summary["invalid"], summary["objects"]) == (3, 0, 2)
    january, february = sorted(store.objects)
    assert january.startswith("/retail-processed-data/year%3D1997/month%3D01/shardId-000000000000-1-")
    assert february.startswith("/retail-processed-data/year%3D1997/month%3D02/shardId-000000000000-1-")
    assert lines(store.objects[january]) == [{
        "day": "1997-01-01", "customer": "00001", "purchases": 2, "units": 3, "dollars": "11.87",
        "sales": [{"id": "t-1", "units": 2, "dollars": "11.77"}, {"id": "t-2", "units": 1, "dollars": "0.10"}],
    }]
    assert [line["sales"][0]["id"] for line in lines(store.objects[february])] == ["t-3"]


@pytest.mark.parametrize("change, reason", [
    ({"id": None}, "id"), ({"id": ""}, "id"), ({"id": "x" * 65}, "id"), ({"id": 7}, "id"), ({"id": "a\n"}, "id"),
    ({"customer": None}, "customer"), ({"customer": "a/b"}, "customer"), ({"customer": []}, "customer"),
    ({"date": None}, "date"), ({"date": "1997-02-30"}, "date"), ({"date": "19970101"}, "date"),
    ({"date": "0000-01-01"}, "date"), ({"date": "1997-01-01T00:00"}, "date"), ({"date": 19970101}, "date"),
    ({"units": None}, "units"), ({"units": 0}, "units"), ({"units": -1}, "units"), ({"units": 1.0}, "units"),
    ({"units": "1"}, "units"), ({"units": True}, "units"), ({"units": 1_000_001}, "units"),
    ({"dollars": None}, "dollars"), ({"dollars": "-0.01"}, "dollars"), ({"dollars": -1}, "dollars"),
    ({"dollars": "1.234"}, "dollars"), ({"dollars": "1e3"}, "dollars"), ({"dollars": True}, "dollars"),
    ({"dollars": 1.001}, "dollars"), ({"dollars": 10**9}, "dollars"), ({"dollars": "１"}, "dollars"),
])
def test_a_purchase_that_breaks_a_rule_is_refused(change, reason):
    with pytest.raises(retail.Invalid, match=f"^{reason}$"):
        retail.decode(json.dumps({**GOOD, **change}).encode())


@pytest.mark.parametrize("data, reason", [
    (b"", "not JSON"), (b"\xff\xfe\xff", "not JSON"), (b"{", "not JSON"), (b"[" * 100_000, "not JSON"),
    (b'{"units": NaN}', "not JSON"), (b'{"units": ' + b"9" * 5000 + b"}", "not JSON"),
    (b"[]", "not an object"), (b"1", "not an object"), (b'"text"', "not an object"),
])
def test_what_is_no_purchase_is_refused(data, reason):
    with pytest.raises(retail.Invalid, match=f"^{reason}$"):
        retail.decode(data)


@pytest.mark.parametrize("text", ["1e999999999", "1e-999999999", "-1e-999999999"])
def test_numbers_that_would_fill_the_memory_are_refused(text):
    with pytest.raises(retail.Invalid, match="^dollars$"):
        retail.decode(json.dumps({**GOOD, "dollars": 0}).replace('"dollars": 0', f'"dollars": {text}').encode())


@pytest.mark.parametrize("dollars, cents", [
    ("0", 0), (0, 0), ("0.00", 0), ("11.7", 1170), ("11.77", 1177), (11.77, 1177), (19.99, 1999), (5, 500),
    ("999999999.99", 99_999_999_999),
])
def test_dollars_become_exact_cents(dollars, cents):
    assert retail.decode(json.dumps({**GOOD, "dollars": dollars}).encode()).cents == cents


def test_invalid_records_are_dropped_counted_and_kept(store, capsys):
    summary = retail.handler(event(b"junk", GOOD, {**GOOD, "units": 0}, {**GOOD, "units": -1}), None)
    assert summary["purchases"] == 1 and summary["invalid"] == 3
    assert json.loads(capsys.readouterr().out)["reasons"] == {"not JSON": 1, "units": 2}
    key, = [k for k in store.objects if "/invalid/" in k]
    assert [(line["record"], line["reason"]) for line in lines(store.objects[key])] == [
        ("shardId-000000000000:1", "not JSON"), ("shardId-000000000000:3", "units"),
        ("shardId-000000000000:4", "units")]
    assert base64.b64decode(lines(store.objects[key])[0]["data"]) == b"junk"


def test_a_repeated_purchase_counts_once_and_another_under_its_id_is_invalid(store):
    summary = retail.handler(event(GOOD, GOOD, {**GOOD, "units": 9}), None)
    assert (summary["purchases"], summary["repeated"], summary["reasons"]) == (1, 1, {"id of another purchase": 1})


def test_the_same_batch_writes_the_same_objects_and_other_borders_never_replace_one(store):
    batch = [{**GOOD, "id": f"t-{n}", "date": f"1997-0{n % 3 + 1}-01"} for n in range(30)]
    retail.handler(event(*batch), None)
    first = dict(store.objects)
    retail.handler(event(*batch), None)
    assert store.objects == first
    retail.handler(event(*batch[:17]), None)
    retail.handler(event(*batch[17:], first=18), None)
    assert {k: store.objects[k] for k in first} == first and len(store.objects) > len(first)


def authorization_by_botocore(store, path, time, body, monkeypatch):
    now = datetime.datetime.strptime(time, "%Y%m%dT%H%M%SZ")
    clock = types.SimpleNamespace(datetime=types.SimpleNamespace(utcnow=lambda: now))
    monkeypatch.setattr(botocore.auth, "datetime", clock)
    request = botocore.awsrequest.AWSRequest("PUT", store.environment["AWS_ENDPOINT_URL_S3"] + path, data=body)
    request.context["payload_signing_enabled"] = True
    credentials = botocore.credentials.Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN"))
    botocore.auth.S3SigV4Auth(credentials, "s3", os.environ["AWS_REGION"]).add_auth(request)
    return request.headers["Authorization"]


@pytest.mark.parametrize("token", [None, "a/session+token=="])
def test_requests_are_signed_as_botocore_signs_them(store, monkeypatch, token):
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    s3_object.Bucket("b-1").put("year=1997/month=01/a b~c.ndjson", b"line\n")
    (path, headers), = store.requests
    assert path == "/b-1/year%3D1997/month%3D01/a%20b~c.ndjson"
    headers = {name.lower(): value for name, value in headers.items()}
    expected = authorization_by_botocore(store, path, headers["x-amz-date"], b"line\n", monkeypatch)
    assert headers["authorization"] == expected
    assert ("x-amz-security-token" in headers["authorization"]) == bool(token)


@pytest.mark.parametrize("statuses", [[503, 500], [None, 429]])
def test_what_may_pass_is_tried_again(store, statuses):
    store.statuses = list(statuses)
    s3_object.Bucket("b").put("k", b"v")
    assert store.objects == {"/b/k": b"v"} and len(store.requests) == 3


def test_a_refusal_or_an_outage_fails_the_batch(store):
    store.statuses = [403]
    with pytest.raises(s3_object.PutFailed, match="403"):
        retail.handler(event(GOOD), None)
    assert len(store.requests) == 1
    store.statuses = [503] * s3_object.ATTEMPTS
    with pytest.raises(s3_object.PutFailed, match="503"):
        retail.handler(event(GOOD), None)
    assert store.objects == {}
