"""HTTP/2 a frame at a time, over a socket: hyper-h2 does the framing, the test decides when what is sent and read."""

import collections
import socket
import struct

import h2.config
import h2.connection
import h2.events
import h2.settings

from support.raw_http import SIGNED

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 7, 8, 9


def frame(kind, flags=0, stream=0, payload=b""):
    """The bytes of one frame, right or wrong."""
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class Answer:
    def __init__(self):
        self.headers, self.informational, self.body = {}, [], bytearray()
        self.ended, self.reset = False, None  # the error code of RST_STREAM

    @property
    def status(self):
        return int(self.headers[":status"])


class H2Client:
    def __init__(self, server, wrap=None, settings=None, acknowledge=True, receive_buffer=None, timeout=30, address="127.0.0.1"):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.bind((address, 0))
        self.socket.connect(("127.0.0.1", server.port))
        if wrap:
            self.socket = wrap(self.socket)
        # What the tests do wrong is what the server has to find out.
        config = h2.config.H2Configuration(
            header_encoding="utf-8", validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.h2 = h2.connection.H2Connection(config)
        self.acknowledge = acknowledge  # give back windows as data comes
        self.answers = collections.defaultdict(Answer)
        self.goaway, self.closed, self.pings = None, False, 0
        self.h2.initiate_connection()
        if settings:
            self.h2.update_settings(settings)
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def send_raw(self, data):
        self.socket.sendall(data)

    def head(self, method="POST", path="/", **headers):
        fields = {"authority": "x"} | {name.lower(): value for name, value in SIGNED.items()}
        fields |= {name.replace("_", "-").lower(): str(value) for name, value in headers.items()}
        pseudo = [(":method", method), (":path", path), (":scheme", "http"), (":authority", fields.pop("authority"))]
        return pseudo + list(fields.items())

    def start(self, method="POST", path="/", end=False, flush=True, **headers):
        """Sends a request's head; returns its stream."""
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, self.head(method, path, **headers), end_stream=end)
        if flush:
            self.flush()
        return stream

    def send(self, stream, data, end=True):
        """Sends a body as far as windows allow, and waits for more."""
        while data:
            size = min(len(data), self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if size == 0:
                self.pump()
                assert not self.closed and not self.answers[stream].ended, "no window came"
                continue
            self.h2.send_data(stream, data[:size])
            data = data[size:]
            self.flush()
        if end:
            self.h2.end_stream(stream)
            self.flush()

    def request(self, method="POST", path="/", body=b"", **headers):
        stream = self.start(method, path, end=not body, **headers)
        if body:
            self.send(stream, body)
        return self.answer(stream)

    def call(self, operation, body=b"{}", **headers):
        return self.request(body=body, **{"X-Amz-Target": f"Kinesis_20131202.{operation}"}, **headers)

    def pump(self):
        """Reads once."""
        try:
            data = self.socket.recv(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.closed = True
            return
        for event in self.h2.receive_data(data):
            self.take(event)
        self.flush()

    def take(self, event):
        stream = getattr(event, "stream_id", None)
        if isinstance(event, h2.events.ResponseReceived):
            self.answers[stream].headers = dict(event.headers)
        elif isinstance(event, h2.events.InformationalResponseReceived):
            self.answers[stream].informational.append(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.DataReceived):
            self.answers[stream].body += event.data
            if self.acknowledge and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
        elif isinstance(event, h2.events.StreamEnded):
            self.answers[stream].ended = True
        elif isinstance(event, h2.events.StreamReset):
            self.answers[stream].reset = event.error_code
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.goaway = event.error_code
        elif isinstance(event, h2.events.PingAckReceived):
            self.pings += 1

    def until(self, condition):
        while not condition():
            assert not self.closed, f"the connection ended; GOAWAY {self.goaway}"
            self.pump()

    def answer(self, stream):
        """The whole answer, or what came of it before it was reset."""
        self.until(lambda: self.answers[stream].ended or self.answers[stream].reset is not None)
        return self.answers[stream]

    def read_to_end(self):
        while not self.closed:
            self.pump()
