"""The bodies that today's SDKs send by default, byte for byte, over a plain socket."""

import base64
import hashlib
import socket
import zlib

import pytest


def exchange(server, data, pieces=None):
    """Sends `data` (or the pieces, one packet each) and returns (status, headers, body)."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces or [data]:
            connection.sendall(piece)
        stream = connection.makefile("rb")
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().strip():
            name, value = line.decode().split(":", 1)
            headers[name.lower()] = value.strip()
        return status, headers, stream.read(int(headers.get("content-length", 0)))


def crc32(data):
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260131/us-east-1/s3/aws4_request, SignedHeaders=host;"
    "x-amz-content-sha256;x-amz-date, Signature=" + "0" * 64
)


def head_of(server, path, headers):
    lines = [f"PUT {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}"] + [f"{n}: {v}" for n, v in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_boto3_over_http(server, s3, bucket):
    """boto3 1.43, PutObject of bytes over http: the checksum in a header, the payload's hash signed."""
    body = b"hello world"
    status, headers, _ = exchange(
        server,
        head_of(
            server,
            f"/{bucket}/k",
            {
                "Accept-Encoding": "identity",
                "x-amz-sdk-checksum-algorithm": "CRC32",
                "User-Agent": "Boto3/1.43.11 md/Botocore#1.43.11",
                "x-amz-checksum-crc32": crc32(body),
                "X-Amz-Date": "20260131T000000Z",
                "X-Amz-Content-SHA256": hashlib.sha256(body).hexdigest(),
                "Authorization": AUTHORIZATION,
                "amz-sdk-invocation-id": "6f2b6f0e-0000-4000-8000-000000000000",
                "amz-sdk-request": "attempt=1",
                "Content-Length": len(body),
            },
        )
        + body,
    )
    assert status == 200
    assert headers["x-amz-checksum-crc32"] == crc32(body)
    assert headers["etag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def trailer_headers(size, **more):
    return {
        "x-amz-sdk-checksum-algorithm": "CRC32",
        "Content-Encoding": "aws-chunked",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": size,
        "X-Amz-Date": "20260131T000000Z",
        "X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "Authorization": AUTHORIZATION,
        **more,
    }


def test_boto3_over_https(server, s3, bucket):
    """boto3 1.43, PutObject over https: one HTTP chunk, aws-chunked inside, two line ends behind the trailer."""
    body = b"x" * 100_000
    inner = b"%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (len(body), body, crc32(body).encode())
    outer = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    status, headers, answer = exchange(
        server, head_of(server, f"/{bucket}/k", trailer_headers(len(body), **{"Transfer-Encoding": "chunked"})) + outer
    )
    assert status == 200, answer
    assert headers["x-amz-checksum-crc32"] == crc32(body)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == body
    assert "ContentEncoding" not in got


def test_javascript_streams(server, s3, bucket):
    """AWS SDK for JavaScript v3: sizes, data and line ends in HTTP chunks and packets of their own."""
    body = b"0123456789" * 1000
    pieces = [b"%x\r\n" % len(body), body, b"\r\n", b"0\r\n", b"x-amz-checksum-crc32:" + crc32(body).encode(), b"\r\n\r\n"]
    packets = [b"%x\r\n%s\r\n" % (len(p), p) for p in pieces] + [b"0\r\n\r\n"]
    head = head_of(
        server,
        f"/{bucket}/js?x-id=PutObject",
        trailer_headers(len(body), **{"Transfer-Encoding": "chunked", "Content-Encoding": "gzip,aws-chunked"}),
    )
    status, _, answer = exchange(server, None, [head] + packets)
    assert status == 200, answer
    got = s3.get_object(Bucket=bucket, Key="js")
    assert got["Body"].read() == body
    assert got["ContentEncoding"] == "gzip"


@pytest.mark.parametrize("trailer", [False, True])
def test_signed_chunks(server, s3, bucket, trailer):
    """Java and Go with signed payloads over http: chunk signatures, a Content-Length of the encoded body."""
    body = b"y" * 70_000
    signature = b";chunk-signature=" + b"a" * 64
    encoded = b""
    for at in range(0, len(body), 65536):
        chunk = body[at : at + 65536]
        encoded += b"%x%s\r\n%s\r\n" % (len(chunk), signature, chunk)
    encoded += b"0" + signature + b"\r\n"
    headers = trailer_headers(len(body), **{"Content-Length": 0})
    headers["X-Amz-Content-SHA256"] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    if trailer:
        headers["X-Amz-Content-SHA256"] += "-TRAILER"
        encoded += b"x-amz-checksum-crc32:" + crc32(body).encode() + b"\r\nx-amz-trailer-signature:" + b"b" * 64 + b"\r\n"
    else:
        del headers["x-amz-trailer"], headers["x-amz-sdk-checksum-algorithm"]
    encoded += b"\r\n"
    headers["Content-Length"] = len(encoded)
    status, _, answer = exchange(server, head_of(server, f"/{bucket}/signed", headers) + encoded)
    assert status == 200, answer
    assert s3.get_object(Bucket=bucket, Key="signed")["Body"].read() == body


def put_chunked(server, bucket, encoded, size, **more):
    headers = trailer_headers(size, **{"Content-Length": len(encoded), **more})
    return exchange(server, head_of(server, f"/{bucket}/bad", headers) + encoded)


def test_broken_chunked_bodies(server, s3, bucket, error_of):
    good = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    for encoded, size, code in [
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 5, b"BadDigest"),
        (good, 6, b"IncompleteBody"),
        (b"5\r\nhell", 5, b"IncompleteBody"),
        (b"zz\r\nhello\r\n0\r\n\r\n", 5, b"IncompleteBody"),
        (b"", 0, b"IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n\r\n", 5, b"MalformedTrailerError"),
        (good, "x", b"MissingContentLength"),
    ]:
        status, _, answer = put_chunked(server, bucket, encoded, size)
        assert status in (400, 411) and b"<Code>" + code + b"</Code>" in answer, (encoded, answer)
    assert error_of(s3.head_object, Bucket=bucket, Key="bad")[0] == 404
    assert put_chunked(server, bucket, good, 5)[0] == 200


def test_expect_continue(server, bucket):
    """boto3 waits for 100 Continue before it sends a body."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head_of(server, f"/{bucket}/k", {"Content-Length": 5, "Expect": "100-continue"}))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
