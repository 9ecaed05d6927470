"""What requests say of checksums is checked, and refused where it contradicts itself; and what is said of parts."""

import base64
import hashlib
import html
import os
import re
import zlib

import pytest

MIB = 1 << 20


def b64(raw):
    return base64.b64encode(raw).decode()


def raw32(data):
    return zlib.crc32(data).to_bytes(4, "big")


def crc32(data):
    return b64(raw32(data))


def sha256(data):
    return b64(hashlib.sha256(data).digest())


@pytest.mark.parametrize(
    "headers,code,message",
    [
        (
            {"x-amz-checksum-sha256": sha256(b"hello"), "x-amz-sdk-checksum-algorithm": "CRC32"},
            "InvalidRequest",
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        (
            {"x-amz-checksum-crc32": crc32(b"hello"), "x-amz-sdk-checksum-algorithm": "CRC16"},
            "InvalidRequest",
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        (
            {"x-amz-checksum-crc32": crc32(b"hello") + "="},
            "InvalidRequest",
            "Value for x-amz-checksum-crc32 header is invalid.",
        ),
        (
            {"x-amz-checksum-crc32": crc32(b"hello"), "x-amz-checksum-sha256": "no value of it"},
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        ({"x-amz-content-sha256": "short"}, "InvalidArgument", None),
        ({"Content-MD5": "dGVzdC1zdHJpbmc="}, "InvalidDigest", "The Content-MD5 you specified was invalid."),
    ],
)
def test_claims_of_a_put(server, s3, bucket, headers, code, message):
    answer = server.raw("PUT", f"/{bucket}/k", headers, b"hello")
    assert answer.status == 400 and f"<Code>{code}</Code>".encode() in answer.body, answer.body
    assert message is None or f"<Message>{message}</Message>".encode() in answer.body, answer.body
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_wrong_md5_names_both(server, bucket):
    sent = hashlib.md5(b"other").digest()
    body = server.raw("PUT", f"/{bucket}/k", {"Content-MD5": b64(sent)}, b"hello").body
    wanted = (
        f"<ExpectedDigest>{sent.hex()}</ExpectedDigest>"
        f"<CalculatedDigest>{b64(hashlib.md5(b'hello').digest())}</CalculatedDigest>"
    )
    assert wanted.encode() in body


@pytest.mark.parametrize(
    "announced,trailer,code",
    [
        ("x-amz-checksum-crc32", "x-amz-checksum-crc32:NhCmhg==", None),
        ("x-amz-checksum-crc32", "x-amz-checksum-crc32:AAAAAA==", "BadDigest"),
        ("x-amz-checksum-crc32", "x-amz-checksum-crc32c:mnG7TA==", "MalformedTrailerError"),
        ("x-amz-checksum-crc32", "", "MalformedTrailerError"),
        ("", "x-amz-checksum-crc32:AAAAAA==", "MalformedTrailerError"),
        ("x-amz-meta-a", "x-amz-meta-a:1", "InvalidRequest"),
    ],
)
def test_claims_of_a_trailer(server, bucket, announced, trailer, code):
    headers = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "5"}
    if announced:
        headers["x-amz-trailer"] = announced
    body = b"5\r\nhello\r\n0\r\n" + (trailer.encode() + b"\r\n" if trailer else b"") + b"\r\n"
    answer = server.raw("PUT", f"/{bucket}/k", headers, body)
    assert answer.status == (400 if code else 200), answer.body
    assert code is None or f"<Code>{code}</Code>".encode() in answer.body, answer.body


def test_a_header_beside_a_trailer(server, bucket):
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-checksum-crc32c": "mnG7TA==",
    }
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    assert b"Multiple checksum Types are not allowed." in server.raw("PUT", f"/{bucket}/k", headers, body).body


class Upload:
    """An upload whose calls are made without an SDK: parts' checksums, and headers as they are given."""

    def __init__(self, server, bucket, bodies, algorithm=None, kind=None):
        self.server, self.path = server, f"/{bucket}/k"
        headers = {"x-amz-checksum-algorithm": algorithm} if algorithm else {}
        if kind:
            headers["x-amz-checksum-type"] = kind
        created = server.raw("POST", self.path + "?uploads", headers)
        self.id = created.body.split(b"<UploadId>")[1].split(b"<")[0].decode()
        self.tags = []
        for number, body in enumerate(bodies, 1):
            put = server.raw("PUT", f"{self.path}?partNumber={number}&uploadId={self.id}", body=body)
            self.tags.append(put.getheader("ETag"))

    def complete(self, checksums=(), **headers):
        """(status, code, message) of the error, or the answer's body."""
        parts = "".join(
            f"<Part><PartNumber>{n}</PartNumber><ETag>{tag}</ETag>{checksum}</Part>"
            for n, (tag, checksum) in enumerate(zip(self.tags, checksums or [""] * len(self.tags), strict=True), 1)
        )
        answer = self.server.raw(
            "POST",
            f"{self.path}?uploadId={self.id}",
            {"x-amz-checksum-" + name: value for name, value in headers.items()},
            f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode(),
        )
        text = html.unescape(answer.body.decode())
        if answer.status == 200:
            return text
        return (answer.status, *re.search("<Code>(.*)</Code><Message>(.*?)</Message>", text).groups())


def element(name, value):
    return f"<Checksum{name}>{value}</Checksum{name}>"


INVALID_PART = (
    400,
    "InvalidPart",
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
    "entity tag may not match the part's entity tag.",
)


def mode(name):
    return (
        400,
        "InvalidRequest",
        f"The upload was created using the {name} checksum mode. The complete request must use the same checksum mode.",
    )


def test_composite_completion(server, bucket):
    upload = Upload(server, bucket, [b"abc"], "CRC32")
    assert upload.complete() == (
        400,
        "InvalidRequest",
        "The upload was created using a crc32 checksum. The complete request must include the checksum for each part. "
        "It was missing for part 1 in the request.",
    )
    assert upload.complete([element("CRC32", crc32(b"x"))]) == INVALID_PART
    assert upload.complete([element("SHA256", sha256(b"abc"))]) == (
        400,
        "BadDigest",
        "The sha256 you specified for part 1 did not match what we received.",
    )
    right = [element("CRC32", crc32(b"abc"))]
    assert upload.complete(right, type="FULL_OBJECT") == mode("COMPOSITE")
    wrong = (400, "BadDigest", "The crc32 you specified did not match the calculated checksum.")
    assert upload.complete(right, crc32=crc32(b"abc")) == wrong
    assert upload.complete(right, sha256=sha256(b"abc")) == wrong
    whole = crc32(raw32(b"abc"))
    assert element("CRC32", whole + "-1") in upload.complete(right, crc32=whole + "-1")


def test_a_composite_checksum_without_the_number_of_parts(server, bucket):
    whole = crc32(raw32(b"abc"))
    done = Upload(server, bucket, [b"abc"], "CRC32").complete([element("CRC32", crc32(b"abc"))], crc32=whole)
    assert element("CRC32", whole + "-1") in done


def test_full_object_completion(server, bucket):
    upload = Upload(server, bucket, [b"abc"], "CRC32", "FULL_OBJECT")
    assert upload.complete(type="COMPOSITE") == mode("FULL_OBJECT")
    wrong = (400, "BadDigest", "The crc32 you specified did not match the calculated checksum.")
    assert upload.complete(crc32=crc32(raw32(b"abc")) + "-1") == wrong
    assert upload.complete(sha256=sha256(b"abc")) == wrong
    assert upload.complete(crc32=crc32(b"abc")) == wrong  # AWS: right, but its type is not said
    assert "<ChecksumType>FULL_OBJECT</ChecksumType>" in upload.complete(crc32=crc32(b"abc"), type="FULL_OBJECT")


def test_completion_without_a_declared_algorithm(server, s3, bucket):
    upload = Upload(server, bucket, [b"abc"])
    assert b"Checksum" not in server.raw("GET", f"/{bucket}/k?uploadId={upload.id}").body
    assert upload.complete([element("CRC32", crc32(b"abc"))]) == INVALID_PART
    for kind in ("COMPOSITE", "FULL_OBJECT"):
        assert upload.complete(type=kind) == mode("null")
    assert "<ChecksumType>FULL_OBJECT</ChecksumType>" in upload.complete()


@pytest.mark.parametrize("algorithm,kind", [("SHA1", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE")])
def test_kinds_that_do_not_go_together(server, bucket, algorithm, kind):
    headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}
    answer = server.raw("POST", f"/{bucket}/k?uploads", headers)
    message = f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
    assert answer.status == 400 and f"<Message>{message}</Message>".encode() in answer.body


def attributes_of(server, bucket, names, **headers):
    more = {"x-amz-" + name.replace("_", "-"): value for name, value in headers.items()}
    return server.raw("GET", f"/{bucket}/k?attributes", {"x-amz-object-attributes": names, **more})


def without_frame(answer):
    frame = b'<GetObjectAttributesResponse xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    assert answer.status == 200, answer.body
    return answer.body.split(frame)[1].removesuffix(b"</GetObjectAttributesResponse>").decode()


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_checksums_of_parts_that_are_read(server, bucket, kind):
    bodies = [os.urandom(5 * MIB), b"tail"]
    Upload(server, bucket, bodies, "CRC32", kind).complete([element("CRC32", crc32(b)) for b in bodies], type=kind)
    for number, body in enumerate(bodies, 1):
        for method in ("GET", "HEAD"):
            answer = server.raw(method, f"/{bucket}/k?partNumber={number}", {"x-amz-checksum-mode": "ENABLED"})
            assert answer.getheader("x-amz-checksum-crc32") == crc32(body)
            assert answer.getheader("x-amz-checksum-type") == kind
    whole = crc32(b"".join(raw32(b) for b in bodies)) if kind == "COMPOSITE" else crc32(b"".join(bodies))
    parts = [
        f"<Part><PartNumber>{n}</PartNumber><Size>{len(b)}</Size>{element('CRC32', crc32(b))}</Part>"
        for n, b in enumerate(bodies, 1)
    ]

    def page(after, following, limit, truncated, shown):
        return (
            f"<ObjectParts><PartsCount>2</PartsCount><PartNumberMarker>{after}</PartNumberMarker>"
            f"<NextPartNumberMarker>{following}</NextPartNumberMarker><MaxParts>{limit}</MaxParts>"
            f"<IsTruncated>{truncated}</IsTruncated>{shown}</ObjectParts>"
        )

    assert without_frame(attributes_of(server, bucket, "Checksum,ObjectParts,ObjectSize")) == (
        f"<Checksum>{element('CRC32', whole)}<ChecksumType>{kind}</ChecksumType></Checksum>"
        + page(0, 2, 1000, "false", "".join(parts))
        + f"<ObjectSize>{5 * MIB + 4}</ObjectSize>"
    )
    first = attributes_of(server, bucket, "ObjectParts", max_parts="1")
    assert without_frame(first) == page(0, 1, 1, "true", parts[0])
    behind = attributes_of(server, bucket, "ObjectParts", max_parts="1", part_number_marker="10")
    assert without_frame(behind) == page(10, 0, 1, "false", "")


def test_attributes(server, s3, bucket):
    headers = {"x-amz-checksum-crc32": crc32(b"hello"), "x-amz-storage-class": "STANDARD_IA"}
    assert server.raw("PUT", f"/{bucket}/k", headers, b"hello").status == 200
    answer = attributes_of(server, bucket, "ETag, Checksum,ObjectSize,StorageClass,ObjectParts")
    assert answer.getheader("Last-Modified")
    assert without_frame(answer) == (
        "<ETag>5d41402abc4b2a76b9719d911017c592</ETag><Checksum><ChecksumCRC32>NhCmhg==</ChecksumCRC32>"
        "<ChecksumType>FULL_OBJECT</ChecksumType></Checksum><StorageClass>STANDARD_IA</StorageClass>"
        "<ObjectSize>5</ObjectSize>"
    )
    Upload(server, bucket, [b"abc"]).complete()
    assert without_frame(attributes_of(server, bucket, "ObjectParts")) == (
        "<ObjectParts><PartsCount>1</PartsCount></ObjectParts>"
    )
    unknown = attributes_of(server, bucket, "Color")
    assert unknown.status == 400 and b"<Message>Invalid attribute name specified.</Message>" in unknown.body
    assert b"is either missing or empty" in server.raw("GET", f"/{bucket}/k?attributes").body
    s3.delete_object(Bucket=bucket, Key="k")
    assert attributes_of(server, bucket, "ETag").status == 404


def test_a_wrong_md5_of_a_part(server, s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    wrong, right = (b64(hashlib.md5(data).digest()) for data in (b"other", b"hello"))
    answer = server.raw("PUT", f"/{bucket}/k?partNumber=1&uploadId={upload}", {"Content-MD5": wrong}, b"hello")
    assert answer.status == 400 and b"<Code>BadDigest</Code>" in answer.body
    assert f"<ExpectedDigest>{wrong}</ExpectedDigest><CalculatedDigest>{right}</CalculatedDigest>".encode() in answer.body
