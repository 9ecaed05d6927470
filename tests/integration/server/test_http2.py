"""HTTP/2: requests and answers, many at a time, large and small, by several clients."""

import json
import os
import subprocess

import h2.errors
import h2.exceptions
import h2.settings
import pytest

from support.h2_client import DATA, H2Client, frame
from support.json_client import JsonClient
from support.millrace import Millrace, wait_until
from support.records import iterators, put_records

Codes = h2.errors.ErrorCodes
Settings = h2.settings.SettingCodes


def test_requests_are_answered_one_after_the_other(server, stream):
    with H2Client(server) as client:
        for _ in range(5):
            answer = client.call("DescribeStreamSummary", json.dumps({"StreamName": stream}).encode())
            assert answer.status == 200 and stream.encode() in answer.body
            assert int(answer.headers["content-length"]) == len(answer.body)
            assert answer.headers["content-type"] == "application/x-amz-json-1.1"
            assert answer.headers["x-amzn-requestid"] and answer.headers["date"]
            assert "connection" not in answer.headers


def test_errors_are_those_of_http_1_1(server):
    with H2Client(server) as client:
        answer = client.call("DescribeStreamSummary", b'{"StreamName":"none"}')
        assert answer.status == 400
        assert json.loads(answer.body) == JsonClient(server).error("DescribeStreamSummary", StreamName="none")


def test_many_requests_at_a_time_on_one_connection(server, stream):
    with H2Client(server) as client:
        body = json.dumps({"StreamName": stream, "Data": "ZGF0YQ==", "PartitionKey": "k"}).encode()
        streams = []
        for _ in range(100):
            target = "Kinesis_20131202.PutRecord"
            streams.append(client.start(flush=False, Content_Length=len(body), X_Amz_Target=target))
            client.h2.send_data(streams[-1], body, end_stream=True)
        client.flush()
        answers = [json.loads(client.answer(s).body) for s in streams]
    assert len({(a["ShardId"], a["SequenceNumber"]) for a in answers}) == 100


def test_head_has_the_length_and_no_body(server):
    with H2Client(server) as client:
        answer = client.request("HEAD", "/health/live", authorization="")
        # hyper-h2 would take the missing body for an error if it were one.
        assert answer.ended and answer.body == b""


def test_authority_becomes_host_and_cookies_are_joined(server):
    with H2Client(server) as client:
        stream = client.h2.get_next_available_stream_id()
        fields = client.head("GET", "/health/live", authority="some.localhost")
        fields = [f for f in fields if f[0] not in ("authorization",)] + [("cookie", "a=b"), ("cookie", "c=d")]
        client.h2.send_headers(stream, fields, end_stream=True)
        client.flush()
        assert client.answer(stream).body == b"alive\n"


@pytest.mark.parametrize("authority, host", [("a.localhost", "b.localhost"), ("user@host", None)])
def test_a_request_for_two_hosts_or_for_none_is_refused(server, authority, host):
    with H2Client(server) as client:
        stream = client.h2.get_next_available_stream_id()
        fields = client.head("GET", "/health/live", authority=authority)
        fields += [("host", host)] if host else []
        client.h2.config.validate_outbound_headers = client.h2.config.normalize_outbound_headers = False
        client.h2.send_headers(stream, fields, end_stream=True)
        client.flush()
        assert client.answer(stream).status == 400


def test_a_large_body_and_a_large_answer(server, stream):
    with H2Client(server) as client:
        for _ in range(3):
            body = put_records(stream, 20, 170 << 10)  # 4.6 MB of JSON
            assert json.loads(client.call("PutRecords", body, Content_Length=len(body)).body)["FailedRecordCount"] == 0
        body = put_records(stream, 20, 170 << 10)
        assert json.loads(client.call("PutRecords", body).body)["FailedRecordCount"] == 0  # of unknown length
        records = 0
        for at in iterators(server, stream):
            while True:
                answer = json.loads(client.call("GetRecords", json.dumps({"ShardIterator": at}).encode()).body)
                records += len(answer["Records"])
                at = answer["NextShardIterator"]
                if answer["MillisBehindLatest"] == 0:
                    break
        assert records == 80


def test_a_large_answer_through_small_windows(server, stream):
    JsonClient(server).ok("PutRecords", **json.loads(put_records(stream, 20, 100 << 10)))
    with H2Client(server, settings={Settings.INITIAL_WINDOW_SIZE: 1000}) as client:
        count = 0
        for at in iterators(server, stream):
            answer = client.call("GetRecords", json.dumps({"ShardIterator": at}).encode())
            count += len(json.loads(answer.body)["Records"])
        assert count == 20


def test_files_are_sent_whole_side_by_side(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="h2-files")
    data = {f"key-{i}": os.urandom(3 << 20) for i in range(4)}
    for key, value in data.items():
        s3.put_object(Bucket="h2-files", Key=key, Body=value)
    scope = JsonClient(None).authorization.replace("/kinesis/", "/s3/")
    signed = {"authorization": scope, "X_Amz_Target": ""}
    with H2Client(server) as client:
        streams = {client.start("GET", f"/h2-files/{key}", end=True, **signed): key for key in data}
        part = client.start("GET", "/h2-files/key-0", end=True, Range="bytes=5-1000004", **signed)
        for stream, key in streams.items():
            assert client.answer(stream).body == data[key]
        assert client.answer(part).body == data["key-0"][5:1000005]


def test_expect_100_continue(server):
    with H2Client(server) as client:
        stream = client.start(Content_Length=2, Expect="100-continue")
        client.until(lambda: client.answers[stream].informational)
        assert client.answers[stream].informational == ["100"]
        client.send(stream, b"{}")
        assert client.answer(stream).status == 200


def test_a_body_that_is_announced_too_large_is_answered_unread(server):
    with H2Client(server) as client:
        stream = client.start(Content_Length=50 << 20)
        answer = client.answer(stream)
        assert answer.status == 413 and answer.ended
        client.until(lambda: answer.reset is not None)
        assert answer.reset == Codes.NO_ERROR
        assert client.call("ListStreams").status == 200  # the connection goes on


def test_a_body_that_grows_too_large_is_answered_in_its_midst(server):
    with H2Client(server) as client:
        stream = client.start()
        with pytest.raises((AssertionError, h2.exceptions.StreamClosedError)):
            client.send(stream, b" " * (20 << 20))
        assert client.answers[stream].status == 413
        assert client.call("ListStreams").status == 200


def test_trailers_are_of_no_interest(server):
    with H2Client(server) as client:
        stream = client.start()
        client.send(stream, b"{}", end=False)
        client.h2.send_headers(stream, [("x-amz-target", "Kinesis_20131202.DeleteStream")], end_stream=True)
        client.flush()
        assert b"StreamNames" in client.answer(stream).body


def test_a_request_that_is_given_up_leaves_the_others_alone(server):
    with H2Client(server) as client:
        for _ in range(50):
            kept, dropped = client.start(Content_Length=2), client.start(Content_Length=1 << 20)
            client.send(dropped, b"x" * 1000, end=False)
            client.h2.reset_stream(dropped, Codes.CANCEL)
            client.flush()
            client.send(kept, b"{}")
            assert client.answer(kept).status == 200


def test_pings_are_answered(server):
    with H2Client(server) as client:
        for i in range(10):
            client.h2.ping(i.to_bytes(8, "big"))
        client.flush()
        client.until(lambda: client.pings == 10)


def test_bytes_that_come_one_by_one(server):
    with H2Client(server) as client:
        client.call("ListStreams")
        stream = client.start(flush=False)
        client.h2.send_data(stream, b"{}", end_stream=True)
        for byte in client.h2.data_to_send():
            client.send_raw(bytes([byte]))
        assert client.answer(stream).status == 200


def test_sigterm_answers_the_streams_in_flight(tmp_path):
    server = Millrace(tmp_path / "data").start()
    with H2Client(server) as client, H2Client(server) as idle:
        idle.call("ListStreams")
        half = [client.start(Content_Length=2) for _ in range(10)]
        client.h2.ping(bytes(8))
        client.flush()
        client.until(lambda: client.pings == 1)  # so that the heads are there
        server.process.terminate()
        idle.read_to_end()
        assert idle.goaway == Codes.NO_ERROR
        client.until(lambda: client.goaway is not None)
        assert client.goaway == Codes.NO_ERROR
        for stream in half:
            # hyper-h2 sends nothing more on a connection that says goodbye.
            client.send_raw(frame(DATA, 1, stream, b"{}"))
        data = b""
        while part := client.socket.recv(1 << 16):
            data += part
        assert data.count(b'"StreamNames"') == 10
    assert server.process.wait(30) == 0


def test_both_versions_share_the_port_and_are_counted(tmp_path):
    server = Millrace(tmp_path / "data").start()
    with H2Client(server) as client:
        for _ in range(3):
            assert client.call("ListStreams").status == 200
        for _ in range(2):
            JsonClient(server).ok("ListStreams")
        assert 'millrace_http_requests_total{version="2"} 3\n' in server.raw("GET", "/metrics").body.decode()
        # Itself and the one that asks; those that were closed are counted no more, soon.
        two = "millrace_http_connections 2\n"
        wait_until(lambda: two in server.raw("GET", "/metrics").body.decode(), "two connections are open")
    assert server.stop() == 0


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl_over_plain_and_secured_connections(tmp_path):
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed"]).start()
    form = "%{http_version} %{http_code}\n"
    plain = run("curl", "-sS", "--http2-prior-knowledge", "-w", form, f"{server.url}/health/live")
    secured = run("curl", "-sS", "--http2", "--cacert", str(server.data_dir / "tls/certificate.pem"), "-w", form,
                  f"https://127.0.0.1:{server.port}/health/live")  # fmt: skip
    assert plain == secured == "alive\n2 200\n"
    assert server.stop() == 0


NODE = """
import http2 from 'node:http2';
import fs from 'node:fs';
const [url, ca, count] = process.argv.slice(2);
const client = http2.connect(url, {maxSessionMemory: 1000, ...(ca && {ca: fs.readFileSync(ca)})});
const call = (operation, input) => new Promise((resolve, reject) => {
  const request = client.request({':method': 'POST', ':path': '/', 'x-amz-target': 'Kinesis_20131202.' + operation,
                                  'content-type': 'application/x-amz-json-1.1', ...JSON.parse(process.env.HEADERS)});
  let text = '';
  request.setEncoding('utf8');
  request.on('data', part => text += part);
  request.on('end', () => resolve(JSON.parse(text)));
  request.on('error', reject);
  request.end(JSON.stringify(input));
});
const data = Buffer.alloc(20000, 'x').toString('base64');
const calls = [];
for (let i = 0; i < Number(count); ++i)
  calls.push(call('PutRecord', {StreamName: 's', PartitionKey: 'k' + i, Data: data}));
const numbers = new Set((await Promise.all(calls)).map(answer => answer.SequenceNumber));
console.log(numbers.size);
client.close();
"""


@pytest.mark.parametrize("secured", [False, True])
def test_node_with_a_thousand_requests_at_once(tmp_path, secured):
    server = Millrace(tmp_path / "data", args=["--tls", "self-signed"]).start()
    server.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    script = tmp_path / "client.mjs"
    script.write_text(NODE)
    url, ca = f"http://127.0.0.1:{server.port}", ""
    if secured:
        url, ca = f"https://localhost:{server.port}", str(server.data_dir / "tls/certificate.pem")
    headers = {"authorization": JsonClient(None).authorization, "x-amz-date": "20260101T000000Z"}
    printed = run("node", str(script), url, ca, "1000", env={**os.environ, "HEADERS": json.dumps(headers)})
    assert printed == "1000\n"
    assert server.stop() == 0
