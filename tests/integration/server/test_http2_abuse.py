"""Peers that break HTTP/2, or abuse it: every breach is named, nothing piles up, and the others are served."""

import json
import random
import socket
import struct

import h2.errors
import h2.exceptions
import h2.settings
import pytest

from support.h2_client import (
    CONTINUATION,
    DATA,
    GOAWAY,
    HEADERS,
    PING,
    PREFACE,
    PUSH_PROMISE,
    SETTINGS,
    WINDOW_UPDATE,
    H2Client,
    frame,
)
from support.json_client import JsonClient
from support.memory import memory_mib
from support.millrace import Millrace, wait_until
from support.raw_http import connect
from support.records import iterators, put_records

Codes = h2.errors.ErrorCodes
Settings = h2.settings.SettingCodes


def alive(server):
    return server.raw("GET", "/health/live").status == 200


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
        if kind == GOAWAY:
            return Codes(int.from_bytes(read[13:17], "big"))
        read = read[9 + size :]
    raise AssertionError("no GOAWAY")


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


def test_what_contradicts_its_length_is_reset(server):
    with H2Client(server) as client:
        stream = client.start(Content_Length=5)
        client.send(stream, b"{}")
        assert client.answer(stream).reset == Codes.PROTOCOL_ERROR
        assert client.call("ListStreams").status == 200


@pytest.mark.parametrize(
    "field",
    [("Upper", "x"), ("connection", "close"), ("transfer-encoding", "chunked"), (":extra", "x"), ("x", "a\r\nb: c")],
)
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


def test_rapid_resets_end_the_connection(server):
    with H2Client(server) as client:
        try:
            for _ in range(100):
                for _ in range(100):
                    stream = client.start(flush=False, end=True)
                    client.h2.reset_stream(stream)
                client.flush()
            client.read_to_end()
        except ConnectionError:
            pass
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


@pytest.mark.parametrize(
    "flood",
    [frame(PING, payload=bytes(8)), frame(SETTINGS, payload=struct.pack(">HI", 4, 70000))],
    ids=["pings", "settings"],
)
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
    # Of some 300 MiB that were sent.
    assert memory_mib(server) - before < 100
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(PING, payload=bytes(8)), Codes.PROTOCOL_ERROR),  # SETTINGS comes first
        (frame(SETTINGS) + frame(PING, payload=bytes(7)), Codes.FRAME_SIZE_ERROR),
        (frame(SETTINGS, payload=bytes(5)), Codes.FRAME_SIZE_ERROR),
        (frame(SETTINGS) + frame(PING, stream=1, payload=bytes(8)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(DATA, stream=1, payload=b"x"), Codes.PROTOCOL_ERROR),  # DATA of no stream
        (frame(SETTINGS) + frame(DATA, stream=0, payload=b"x"), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(0x55, stream=3, payload=bytes(20000)), Codes.FRAME_SIZE_ERROR),
        (frame(SETTINGS) + frame(HEADERS, 5, 2, b"\x82\x84\x86"), Codes.PROTOCOL_ERROR),  # an even number
        (frame(SETTINGS) + frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff"), Codes.COMPRESSION_ERROR),
        (frame(SETTINGS) + frame(HEADERS, 1, 1, b"\x82") + frame(PING, payload=bytes(8)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(CONTINUATION, 4, 1, b"\x82"), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(WINDOW_UPDATE, payload=b"\x7f\xff\xff\xff"), Codes.FLOW_CONTROL_ERROR),
        (frame(SETTINGS) + frame(WINDOW_UPDATE, payload=bytes(4)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS, payload=struct.pack(">HI", 4, 1 << 31)), Codes.FLOW_CONTROL_ERROR),
        (frame(SETTINGS, payload=struct.pack(">HI", 2, 7)), Codes.PROTOCOL_ERROR),
        (frame(SETTINGS) + frame(PUSH_PROMISE, 4, 1, bytes(4)), Codes.PROTOCOL_ERROR),  # PUSH_PROMISE of a client
    ],
)  # fmt: skip
def test_breaches_of_the_protocol_are_named_and_end_the_connection(server, data, code):
    assert goaway_of(server, data) == code
    assert alive(server)


def test_a_head_without_end_ends_the_connection(server):
    bomb = frame(HEADERS, 0, 1, b"\x82\x84\x86") + frame(CONTINUATION, 0, 1, b"\x00\x01x\x01y" * 100) * 50
    codes = (Codes.ENHANCE_YOUR_CALM, Codes.PROTOCOL_ERROR, Codes.INTERNAL_ERROR)
    assert goaway_of(server, frame(SETTINGS) + bomb) in codes
    assert alive(server)


@pytest.mark.parametrize(
    "data",
    [
        b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + bytes(50),
        b"PRI * HTTP/1.1\r\n\r\n",
        b"PRI /x HTTP/2.0\r\n\r\n",
        b"PR",
    ],
)
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
        one = "millrace_http_connections 1\n"  # which asks
        wait_until(lambda: one in server.raw("GET", "/metrics").body.decode(), "it is closed", 60)
    assert server.stop() == 0


