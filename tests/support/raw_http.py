"""Requests as bytes over a socket."""

import socket

from support.json_client import JsonClient

TARGET = {"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1"}
SIGNED = {**TARGET, "Authorization": JsonClient(None).authorization, "X-Amz-Date": "20260101T000000Z"}


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def head(**headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**SIGNED, "Host": "x", **headers}.items()]
    return ("POST / HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode()
