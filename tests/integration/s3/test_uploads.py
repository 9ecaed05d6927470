"""Large uploads go to the disk as they come: bounded memory, all or nothing, checked on the way."""

import base64
import hashlib
import random
import re
import socket
import threading
import zlib

import pytest

from support.h2_client import H2Client
from support.memory import assert_peak
from support.millrace import Millrace, wait_until

MIB = 1 << 20
BLOCK = random.Random(1).randbytes(MIB)  # the same in each process, since tests are named by its digests


@pytest.fixture
def own(tmp_path):
    """A server of the test's own, with little memory and a bucket."""
    server = Millrace(tmp_path / "data", args=["--memory-limit-mib", "128", "--threads", "2"]).start()
    assert server.raw("PUT", "/bucket").status == 200
    yield server
    if server.process.poll() is None:
        assert server.stop() == 0


def files(server):
    """The number of files of objects, and of those on their way."""
    root = server.data_dir / "objects"
    placed = [path for path in root.rglob("*") if path.is_file() and path.parent.name != "incoming"]
    return len(placed), len(list((root / "incoming").iterdir()))


def await_files(server, placed, incoming=0):
    """Files are deleted in the background."""
    wait_until(lambda: files(server) == (placed, incoming), f"{placed} files are in place and {incoming} on their way")


def budget(server, part):
    text = server.raw("GET", "/metrics").body.decode()
    return float(re.search(rf'^millrace_memory_budget_used_bytes{{part="{part}"}} (\S+)$', text, re.M)[1])


class Connection:
    """A request over HTTP/1.1, a piece at a time."""

    def __init__(self, server, path, **headers):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self):
        """Status and body; the head in between."""
        with self.socket.makefile("rb") as file:
            status = int(file.readline().split()[1])
            length = 0
            while (line := file.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            return status, file.read(length)

    def close(self):
        self.socket.close()


def chunk(data):
    return b"%x\r\n" % len(data) + data + b"\r\n"


def crc32_of(data, times):
    value = 0
    for _ in range(times):
        value = zlib.crc32(data, value)
    return base64.b64encode(value.to_bytes(4, "big")).decode()


def aws_chunked(size, sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
    return {
        "Content_Encoding": "aws-chunked",
        "x_amz_content_sha256": sha256,
        "x_amz_decoded_content_length": size,
        "x_amz_trailer": "x-amz-checksum-crc32",
    }


def put_plain(server, key, mib):
    connection = Connection(server, f"/bucket/{key}", Content_Length=mib * MIB)
    for _ in range(mib):
        connection.send(BLOCK)
    return connection.answer()


def put_in_chunks(server, key, mib):
    """aws-chunked in HTTP's own chunks, as SDKs send what they cannot rewind."""
    connection = Connection(server, f"/bucket/{key}", Transfer_Encoding="chunked", **aws_chunked(mib * MIB))
    for _ in range(mib):
        connection.send(chunk(chunk(BLOCK)))
    end = f"0\r\nx-amz-checksum-crc32:{crc32_of(BLOCK, mib)}\r\n\r\n".encode()
    connection.send(chunk(end) + b"0\r\n\r\n")
    return connection.answer()


def start_over_http2(client, key):
    stream = client.h2.get_next_available_stream_id()
    fields = [(":method", "PUT"), (":path", f"/bucket/{key}"), (":scheme", "http"), (":authority", "x")]
    client.h2.send_headers(stream, fields)
    return stream


def put_over_http2(server, key, mib):
    with H2Client(server, timeout=60) as client:
        stream = start_over_http2(client, key)
        for _ in range(mib):
            client.send(stream, BLOCK, end=False)
        client.h2.end_stream(stream)
        client.flush()
        answer = client.answer(stream)
        return answer.status, bytes(answer.body)


def is_whole(server, key, mib):
    response = server.raw("GET", f"/bucket/{key}", timeout=60)
    return response.status == 200 and hashlib.md5(response.body).digest() == hashlib.md5(BLOCK * mib).digest()


def test_memory_is_bounded_whatever_goes_up(own):
    ways = [put_plain, put_in_chunks, put_over_http2, put_plain, put_in_chunks, put_plain]
    answers = {}
    threads = [
        threading.Thread(target=lambda n=n, put=put: answers.update({n: put(own, f"k{n}", 50)})) for n, put in enumerate(ways)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert [answers[n][0] for n in range(len(ways))] == [200] * len(ways), answers
    assert_peak(own, 128 + 64)
    for n in range(len(ways)):
        assert is_whole(own, f"k{n}", 50)
    await_files(own, len(ways))


def test_an_object_may_be_larger_than_the_memory(own):
    status, body = put_plain(own, "large", 1024)
    assert status == 200, body
    assert own.raw("HEAD", "/bucket/large").headers["Content-Length"] == str(1024 * MIB)
    assert_peak(own, 128 + 64)


def test_nothing_is_visible_before_all_has_come(own):
    assert own.raw("PUT", "/bucket/k", body=b"before").status == 200
    connection = Connection(own, "/bucket/k", Content_Length=4 * MIB).send(BLOCK * 3)
    await_files(own, 1, 1)
    assert own.raw("GET", "/bucket/k").body == b"before"
    connection.send(BLOCK)
    assert connection.answer()[0] == 200
    assert is_whole(own, "k", 4)
    await_files(own, 1)


@pytest.mark.parametrize("protocol", ["http1", "http2"])
def test_an_upload_that_breaks_off_leaves_nothing_behind(own, protocol):
    assert own.raw("PUT", "/bucket/k", body=b"before").status == 200
    if protocol == "http1":
        connection = Connection(own, "/bucket/k", Content_Length=4 * MIB).send(BLOCK * 2)
    else:
        client = H2Client(own)
        client.send(start_over_http2(client, "k"), BLOCK, end=False)
        connection = client.socket
    await_files(own, 1, 1)
    connection.close()
    await_files(own, 1)
    assert own.raw("GET", "/bucket/k").body == b"before"
    wait_until(lambda: budget(own, "body") == 0, "its memory is free")


def test_an_upload_that_a_crash_broke_off_is_gone_after_the_next_start(own):
    connection = Connection(own, "/bucket/k", Content_Length=4 * MIB).send(BLOCK * 2)
    await_files(own, 0, 1)
    own.kill()
    connection.close()
    assert files(own) == (0, 1)
    own.start()
    await_files(own, 0)
    assert own.raw("GET", "/bucket/k").status == 404


def sha256_of(data):
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "name, right, wrong, code",
    [
        ("Content-MD5", base64.b64encode(hashlib.md5(BLOCK).digest()), base64.b64encode(bytes(16)), b"BadDigest"),
        ("x-amz-checksum-crc32", crc32_of(BLOCK, 1), "AAAAAA==", b"BadDigest"),
        ("x-amz-checksum-sha256", base64.b64encode(hashlib.sha256(BLOCK).digest()), base64.b64encode(bytes(32)), b"BadDigest"),
        ("x-amz-content-sha256", sha256_of(BLOCK), sha256_of(b""), b"XAmzContentSHA256Mismatch"),
    ],
)
def test_digests_are_checked_before_anything_is_visible(own, name, right, wrong, code):
    assert own.raw("PUT", "/bucket/k", {name: right}, BLOCK).status == 200
    refused = own.raw("PUT", "/bucket/k", {name: wrong}, BLOCK[::-1])
    assert refused.status == 400 and code in refused.body
    assert is_whole(own, "k", 1)
    await_files(own, 1)


@pytest.mark.parametrize(
    "end, code",
    [
        (b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", b"BadDigest"),
        (b"0\r\n\r\n", b"MalformedTrailerError"),
        (b"0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-other:1\r\n\r\n", b"MalformedTrailerError"),
        (b"", b"IncompleteBody"),
        (b"zz\r\n", b"IncompleteBody"),
    ],
)
def test_trailers_are_checked_before_anything_is_visible(own, end, code):
    body = chunk(BLOCK) + end
    connection = Connection(own, "/bucket/k", Content_Length=len(body), **aws_chunked(MIB)).send(body)
    status, answer = connection.answer()
    assert status == 400 and code in answer, answer
    assert own.raw("GET", "/bucket/k").status == 404
    await_files(own, 0)


def test_what_the_head_says_is_checked_before_the_body_is_asked_for(own):
    for path, headers, status, code in [
        ("/none/k", {}, 404, b"NoSuchBucket"),
        ("/bucket/k?uploadId=0&partNumber=1", {}, 404, b"NoSuchUpload"),
        ("/bucket/k", {"Content_MD5": "short"}, 400, b"InvalidDigest"),
        ("/bucket/k", {"Host": "stranger.example.com"}, 403, b"AccessDenied"),
        ("/bucket/k", {"Authorization": "Basic x"}, 400, b"InvalidArgument"),
    ]:
        host = headers.pop("Host", None)
        connection = Connection.__new__(Connection)
        connection.socket = socket.create_connection(("127.0.0.1", own.port), timeout=30)
        headers = {"Host": host or "x", "Content_Length": 1 << 30, "Expect": "100-continue"} | headers
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        connection.send(f"PUT {path} HTTP/1.1\r\n{lines}\r\n".encode())
        got, body = connection.answer()  # not 100
        assert got == status and code in body, (path, got, body)
        connection.close()
    assert budget(own, "body") == budget(own, "prefix") == 0
    await_files(own, 0)


def test_a_body_is_invited_once_it_is_wanted(own):
    connection = Connection(own, "/bucket/k", Content_Length=MIB, Expect="100-continue")
    assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert connection.send(BLOCK).answer()[0] == 200
    assert is_whole(own, "k", 1)


def test_a_wrong_chunk_ends_an_upload_in_its_midst(own):
    connection = Connection(own, "/bucket/k", Content_Length=64 * MIB, **aws_chunked(63 * MIB))
    connection.send(chunk(BLOCK) + b"no size\r\n" + BLOCK)
    status, body = connection.answer()
    assert status == 400 and b"IncompleteBody" in body
    await_files(own, 0)


def test_parts_are_streamed_too(own):
    s3 = own.client("s3")
    upload = s3.create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    parts = []
    for number in (1, 2):
        part = s3.upload_part(Bucket="bucket", Key="k", UploadId=upload, PartNumber=number, Body=BLOCK * 5)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})
    s3.complete_multipart_upload(Bucket="bucket", Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    assert is_whole(own, "k", 10)
    await_files(own, 1)
