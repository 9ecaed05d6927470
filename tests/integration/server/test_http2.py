"""HTTP/2: requests and answers, many at a time, at their limits, and peers that break or abuse the protocol."""

import base64
import json
import os
import random
import socket
import struct
import subprocess
import threading
import time

import h2.connection
import h2.errors
import h2.settings
import pytest

from support.h2_client import H2Client
from support.json_client import JsonClient
from support.millrace import Millrace, wait_until
from support.raw_http import connect

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
Codes = h2.errors.ErrorCodes
Settings = h2.settings.SettingCodes


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


SETTINGS, PING, RST_STREAM, HEADERS, CONTINUATION, WINDOW_UPDATE = 4, 6, 3, 1, 9, 8


def alive(server):
    return server.raw("GET", "/health/live").status == 200


def memory_mib(server):
    with open(f"/proc/{server.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) // 1024


def goaway_of(server, data):
    """Sends bytes behind the preface; the error code of the GOAWAY that ends the connection."""
    with connect(server) as connection:
        connection.settimeout(30)
        try:
            connection.sendall(PREFACE + data)
            read = b""
            while part := connection.recv(1 << 16):
                read += part
        except ConnectionError:
            pass
    while read:
        size, kind = int.from_bytes(read[:3], "big"), read[3]
        if kind == 7:
            return Codes(int.from_bytes(read[13:17], "big"))
        read = read[9 + size :]
    raise AssertionError("no GOAWAY")


def put_records(stream, count, size):
    data = base64.b64encode(b"x" * size).decode()
    records = [{"Data": data, "PartitionKey": str(i)} for i in range(count)]
    return json.dumps({"StreamName": stream, "Records": records}).encode()


def iterators(server, stream):
    client = JsonClient(server)
    for shard in client.ok("ListShards", StreamName=stream)["Shards"]:
        yield client.ok("GetShardIterator", StreamName=stream, ShardId=shard["ShardId"],
                        ShardIteratorType="TRIM_HORIZON")["ShardIterator"]  # fmt: skip


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
            streams.append(client.start(flush=False, Content_Length=len(body), X_Amz_Target="Kinesis_20131202.PutRecord"))
            client.h2.send_data(streams[-1], body, end_stream=True)
        client.flush()
        answers = [json.loads(client.answer(s).body) for s in streams]
    assert len({(a["ShardId"], a["SequenceNumber"]) for a in answers}) == 100


def test_more_streams_than_are_allowed_are_refused_and_the_others_answered(server):
    with H2Client(server) as client:
        # Before the client has read how many there may be.
        streams = [client.start(flush=False, Content_Length=2) for _ in range(140)]  # none of them whole
        client.flush()
        client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 128)
        client.until(lambda: sum(a.reset == Codes.REFUSED_STREAM for a in client.answers.values()) == 12)
        for stream in streams[:128]:
            client.send(stream, b"{}")
        assert all(client.answer(stream).status == 200 for stream in streams[:128])


def test_head_has_the_length_and_no_body(server):
    with H2Client(server) as client:
        answer = client.request("HEAD", "/health/live", authorization="")
        # hyper-h2 would take the missing body for an error if it were one.
        assert answer.ended and answer.body == b""


def test_authority_becomes_host_and_cookies_are_joined(server):
    with H2Client(server) as client:
        stream = client.h2.get_next_available_stream_id()
        fields = client.head("GET", "/health/live", authority="some.host")
        fields = [f for f in fields if f[0] not in ("authorization",)] + [("cookie", "a=b"), ("cookie", "c=d")]
        client.h2.send_headers(stream, fields, end_stream=True)
        client.flush()
        assert client.answer(stream).body == b"alive\n"


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
            count += len(json.loads(client.call("GetRecords", json.dumps({"ShardIterator": at}).encode()).body)["Records"])
        assert count == 20


def test_files_are_sent_whole_side_by_side(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="h2-files")
    data = {f"key-{i}": os.urandom(3 << 20) for i in range(4)}
    for key, value in data.items():
        s3.put_object(Bucket="h2-files", Key=key, Body=value)
    scope = JsonClient(None).authorization.replace("/kinesis/", "/s3/")
    with H2Client(server) as client:
        streams = {client.start("GET", f"/h2-files/{key}", end=True, authorization=scope, X_Amz_Target=""): key for key in data}
        part = client.start("GET", "/h2-files/key-0", end=True, authorization=scope, X_Amz_Target="", Range="bytes=5-1000004")
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


def test_what_contradicts_its_length_is_reset(server):
    with H2Client(server) as client:
        stream = client.start(Content_Length=5)
        client.send(stream, b"{}")
        assert client.answer(stream).reset == Codes.PROTOCOL_ERROR
        assert client.call("ListStreams").status == 200


def test_trailers_are_of_no_interest(server):
    with H2Client(server) as client:
        stream = client.start()
        client.send(stream, b"{}", end=False)
        client.h2.send_headers(stream, [("x-amz-target", "Kinesis_20131202.DeleteStream")], end_stream=True)
        client.flush()
        assert b"StreamNames" in client.answer(stream).body


@pytest.mark.parametrize("field", [("Upper", "x"), ("connection", "close"), ("transfer-encoding", "chunked"), (":extra", "x"), ("x", "a\r\nb: c")])  # fmt: skip
def test_heads_that_http_2_forbids_are_reset(server, field):
    with H2Client(server) as client:
        stream = client.h2.get_next_available_stream_id()
        client.h2.send_headers(stream, client.head() + [field], end_stream=True)
        client.flush()
        assert client.answer(stream).reset == Codes.PROTOCOL_ERROR
        assert client.call("ListStreams").status == 200


def test_a_head_that_is_too_large_is_answered_431(server):
    with H2Client(server) as client:
        answer = client.call("ListStreams", x_large="x" * 70000)
        assert answer.status == 431
        assert client.call("ListStreams", x_large="x" * 50000).status == 200


def test_heads_that_unpack_to_much_are_refused(server):
    """Each head is a few bytes that name one large field of the table a dozen times."""
    before = memory_mib(server)
    with H2Client(server) as client:
        fields = client.head() + [("x-large", "x" * 3900)]
        client.call("ListStreams", x_large="x" * 3900)
        streams = []
        for _ in range(100):
            streams.append(client.h2.get_next_available_stream_id())
            client.h2.send_headers(streams[-1], fields + [("x-large", "x" * 3900)] * 13, end_stream=False)
        client.flush()  # 5.5 MB of heads in 20 kB
        client.until(lambda: sum(a.reset == Codes.REFUSED_STREAM for a in client.answers.values()) >= 75)
    assert memory_mib(server) - before < 50


def test_a_request_that_is_given_up_leaves_the_others_alone(server):
    with H2Client(server) as client:
        for _ in range(50):
            kept, dropped = client.start(Content_Length=2), client.start(Content_Length=1 << 20)
            client.send(dropped, b"x" * 1000, end=False)
            client.h2.reset_stream(dropped, Codes.CANCEL)
            client.flush()
            client.send(kept, b"{}")
            assert client.answer(kept).status == 200


def test_rapid_resets_end_the_connection(server):
    with H2Client(server) as client:
        try:
            for _ in range(100):
                for _ in range(100):
                    stream = client.start(flush=False, end=True)
                    client.h2.reset_stream(stream)
                client.flush()
        except ConnectionError:
            pass
        client.read_to_end()
        assert client.goaway in (Codes.ENHANCE_YOUR_CALM, Codes.INTERNAL_ERROR, None)
    assert alive(server)


def test_resets_that_a_peer_provokes_end_the_connection(server):
    """The server resets a stream whose window grows by nothing; the requests were begun all the same."""
    with H2Client(server) as client:
        try:
            for _ in range(100):
                for _ in range(10):
                    stream = client.start(flush=False, Content_Length=2)
                    client.h2._data_to_send += frame(WINDOW_UPDATE, stream=stream, payload=bytes(4))
                client.flush()
                client.pump()
        except (ConnectionError, h2.exceptions.H2Error):
            pass
        while not client.closed and client.goaway is None:
            client.pump()
    assert alive(server)


def test_pings_are_answered(server):
    with H2Client(server) as client:
        for i in range(10):
            client.h2.ping(i.to_bytes(8, "big"))
        client.flush()
        client.until(lambda: client.pings == 10)


@pytest.mark.parametrize("flood", [frame(PING, payload=bytes(8)), frame(SETTINGS, payload=struct.pack(">HI", 4, 70000))], ids=["pings", "settings"])  # fmt: skip
def test_floods_of_a_peer_that_does_not_read_make_nothing_pile_up(tmp_path, flood):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "2"]).start()
    before = memory_mib(server)
    with connect(server) as connection:
        connection.settimeout(60)
        connection.sendall(PREFACE + frame(SETTINGS))
        try:
            for _ in range(20000):
                connection.sendall(flood * 1000)
        except OSError:
            pass  # the server has closed the connection
    assert memory_mib(server) - before < 30
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(PING, payload=bytes(8)), Codes.PROTOCOL_ERROR),  # SETTINGS comes first
        (frame(SETTINGS) + frame(PING, payload=bytes(7)), Codes.FRAME_SIZE_ERROR),
        (frame(SETTINGS, payload=bytes(5)), Codes.FRAME_SIZE_ERROR),
        (frame(SETTINGS) + frame(PING, stream=1, payload=bytes(8)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(0, stream=1, payload=b"x"), Codes.PROTOCOL_ERROR),  # DATA of no stream
        (frame(SETTINGS) + frame(0, stream=0, payload=b"x"), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(0x55, stream=3, payload=bytes(20000)), Codes.FRAME_SIZE_ERROR),
        (frame(SETTINGS) + frame(HEADERS, 5, 2, b"\x82\x84\x86"), Codes.PROTOCOL_ERROR),  # an even number
        (frame(SETTINGS) + frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff"), Codes.COMPRESSION_ERROR),
        (frame(SETTINGS) + frame(HEADERS, 1, 1, b"\x82") + frame(PING, payload=bytes(8)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(CONTINUATION, 4, 1, b"\x82"), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(WINDOW_UPDATE, payload=b"\x7f\xff\xff\xff"), Codes.FLOW_CONTROL_ERROR),
        (frame(SETTINGS) + frame(WINDOW_UPDATE, payload=bytes(4)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS, payload=struct.pack(">HI", 4, 1 << 31)), Codes.FLOW_CONTROL_ERROR),
        (frame(SETTINGS, payload=struct.pack(">HI", 2, 7)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(5, 4, 1, bytes(4)), Codes.PROTOCOL_ERROR),  # PUSH_PROMISE of a client
    ],
)  # fmt: skip
def test_breaches_of_the_protocol_are_named_and_end_the_connection(server, data, code):
    assert goaway_of(server, data) == code
    assert alive(server)


def test_a_head_without_end_ends_the_connection(server):
    bomb = frame(HEADERS, 0, 1, b"\x82\x84\x86") + frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y" * 100) * 50
    assert goaway_of(server, frame(SETTINGS) + bomb) in (Codes.ENHANCE_YOUR_CALM, Codes.PROTOCOL_ERROR, Codes.INTERNAL_ERROR)
    assert alive(server)


@pytest.mark.parametrize("data", [b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + bytes(50), b"PRI * HTTP/1.1\r\n\r\n", b"PRI /x HTTP/2.0\r\n\r\n", b"PR"])
def test_a_preface_that_is_none_is_a_wrong_http_1_request(server, data):
    with connect(server) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 ") or data == b"PR"
    assert alive(server)


def test_random_bytes_behind_the_preface_never_stop_the_server(server):
    dice = random.Random(7)
    for _ in range(200):
        frames = b"".join(
            frame(dice.randrange(12), dice.randrange(256), dice.choice([0, 1, 3, 5, dice.randrange(1 << 31)]),
                  dice.randbytes(dice.choice([0, 4, 5, 6, 8, 100])))
            for _ in range(dice.randrange(1, 12))
        )  # fmt: skip
        with connect(server) as connection:
            try:
                connection.sendall(PREFACE + (frame(SETTINGS) if dice.random() < 0.8 else b"") + frames)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1 << 16):
                    pass
            except OSError:
                pass
    assert alive(server)


def test_bytes_that_come_one_by_one(server):
    with H2Client(server) as client:
        client.call("ListStreams")
        stream = client.start(flush=False)
        client.h2.send_data(stream, b"{}", end_stream=True)
        for byte in client.h2.data_to_send():
            client.send_raw(bytes([byte]))
        assert client.answer(stream).status == 200


def test_an_idle_connection_gets_goaway(tmp_path):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "1"]).start()
    with H2Client(server) as client:
        assert client.request("GET", "/health/live").status
        client.read_to_end()
        assert client.goaway == Codes.NO_ERROR
    with connect(server) as silent:  # knows the preface and no more
        silent.settimeout(30)
        silent.sendall(PREFACE[:20])
        assert silent.recv(100) == b""
    assert server.stop() == 0


def test_requests_that_stall_are_reset_and_the_connection_goes_on(tmp_path):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "1"]).start()
    with H2Client(server) as client:
        stalled = client.start(Content_Length=100)
        client.send(stalled, b"{", end=False)
        assert client.answer(stalled).reset == Codes.CANCEL
        assert client.call("ListStreams").status == 200
    assert server.stop() == 0


def test_an_answer_that_nobody_takes_is_given_up(tmp_path):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "1"]).start()
    with H2Client(server, settings={Settings.INITIAL_WINDOW_SIZE: 3}, acknowledge=False) as client:
        stream = client.start("GET", "/metrics", end=True, authorization="x")  # S3's, and longer than three bytes
        other = client.answer(stream)
        assert other.reset == Codes.CANCEL and len(other.body) == 3
    assert server.stop() == 0


def test_a_peer_that_does_not_read_is_closed(tmp_path):
    server = Millrace(tmp_path / "data", args=["--idle-timeout-s", "2"]).start()
    JsonClient(server).ok("CreateStream", StreamName="s", ShardCount=1)
    for _ in range(3):
        JsonClient(server).ok("PutRecords", **json.loads(put_records("s", 20, 170 << 10)))
    (at,) = iterators(server, "s")
    body = json.dumps({"ShardIterator": at}).encode()
    settings = {Settings.INITIAL_WINDOW_SIZE: 1 << 30}
    with H2Client(server, settings=settings, receive_buffer=4096) as client:
        client.h2.increment_flow_control_window(1 << 30)
        for _ in range(20):
            stream = client.start(flush=False, X_Amz_Target="Kinesis_20131202.GetRecords")
            client.h2.send_data(stream, body, end_stream=True)
        client.flush()
        wait_until(lambda: "millrace_http_connections 1\n" in server.raw("GET", "/metrics").body.decode(), "it is closed", 60)
    assert server.stop() == 0


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
            client.send_raw(frame(0, 1, stream, b"{}"))
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
        metrics = server.raw("GET", "/metrics").body.decode()
    assert 'millrace_http_requests_total{version="2"} 3\n' in metrics
    assert 'millrace_http_connections 2\n' in metrics
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
