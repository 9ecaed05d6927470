import base64
import hashlib
import io
import os
import zlib

import pytest
from boto3.s3.transfer import TransferConfig

MIB = 1 << 20


def begin(s3, bucket, key="k", **arguments):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **arguments)["UploadId"]


def upload(s3, bucket, upload_id, bodies, key="k"):
    parts = []
    for number, body in bodies.items():
        etag = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    return parts


def complete(s3, bucket, upload_id, parts, key="k", **arguments):
    return s3.complete_multipart_upload(
        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}, **arguments
    )


def test_parts_become_an_object(s3, bucket):
    upload_id = begin(s3, bucket, ContentType="a/b", Metadata={"m": "1"})
    bodies = {1: os.urandom(5 * MIB), 2: os.urandom(6 * MIB), 9: b"the last"}
    parts = upload(s3, bucket, upload_id, bodies)
    done = complete(s3, bucket, upload_id, parts)
    tag = hashlib.md5(b"".join(hashlib.md5(b).digest() for b in bodies.values())).hexdigest()
    assert done["ETag"] == f'"{tag}-3"'
    assert done["Bucket"] == bucket and done["Key"] == "k"
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == b"".join(bodies.values())
    assert (got["ContentType"], got["Metadata"], got["ETag"]) == ("a/b", {"m": "1"}, done["ETag"])
    part = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert part["Body"].read() == bodies[2] and part["PartsCount"] == 3
    assert part["ContentRange"] == f"bytes {5 * MIB}-{11 * MIB - 1}/{11 * MIB + 8}"
    again = complete(s3, bucket, upload_id, parts)
    assert again["ETag"] == done["ETag"], "repeating it gives the same answer"


def test_the_transfer_manager(s3, bucket):
    body = os.urandom(20 * MIB + 17)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=6)
    s3.upload_fileobj(io.BytesIO(body), bucket, "big", Config=config)
    assert s3.head_object(Bucket=bucket, Key="big")["ETag"].endswith('-5"')
    back = io.BytesIO()
    s3.download_fileobj(bucket, "big", back, Config=config)
    assert back.getvalue() == body
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy", Config=config)
    back = io.BytesIO()
    s3.download_fileobj(bucket, "copy", back, Config=config)
    assert back.getvalue() == body
    single = s3.copy_object(Bucket=bucket, Key="single", CopySource={"Bucket": bucket, "Key": "big"})
    assert single["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'


def test_listings_of_parts_and_uploads(s3, bucket, error_of):
    first, second, third = (begin(s3, bucket, key) for key in ("a", "b/1", "b/2"))
    for number in (1, 2, 5):
        s3.upload_part(Bucket=bucket, Key="a", UploadId=first, PartNumber=number, Body=b"x" * number)
    listed = s3.list_parts(Bucket=bucket, Key="a", UploadId=first)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 1), (2, 2), (5, 5)]
    page = s3.list_parts(Bucket=bucket, Key="a", UploadId=first, MaxParts=2)
    assert page["IsTruncated"] and page["NextPartNumberMarker"] == 2
    assert listed["NextPartNumberMarker"] == 5
    assert s3.list_parts(Bucket=bucket, Key="a", UploadId=first, PartNumberMarker=9)["NextPartNumberMarker"] == 0
    page = s3.list_parts(Bucket=bucket, Key="a", UploadId=first, PartNumberMarker=2)
    assert [p["PartNumber"] for p in page["Parts"]] == [5]
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert uploads[0]["Owner"] == {"ID": "000000000000"}
    assert uploads[0]["Initiator"] == {"ID": "000000000000", "DisplayName": "000000000000"}
    assert [(u["Key"], u["UploadId"]) for u in uploads] == [("a", first), ("b/1", second), ("b/2", third)]
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    assert [u["UploadId"] for page in pages for u in page.get("Uploads", [])] == [first, second, third]
    assert len(s3.list_multipart_uploads(Bucket=bucket, Prefix="b/")["Uploads"]) == 2
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [u["Key"] for u in grouped["Uploads"]] == ["a"] and grouped["CommonPrefixes"] == [{"Prefix": "b/"}]
    page = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=1)
    assert (page["IsTruncated"], page["NextKeyMarker"], page["NextUploadIdMarker"]) == (True, "a", first)
    page = s3.list_multipart_uploads(
        Bucket=bucket, Delimiter="/", MaxUploads=1, KeyMarker="a", UploadIdMarker=first
    )
    assert not page["IsTruncated"] and page["CommonPrefixes"] == [{"Prefix": "b/"}]
    behind = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", KeyMarker="b/1")
    assert "CommonPrefixes" not in behind and "Uploads" not in behind
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    for key, upload_id in (("a", first), ("b/1", second), ("b/2", third)):
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    gone = (
        404,
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed.",
    )
    assert error_of(s3.list_parts, Bucket=bucket, Key="a", UploadId=first) == gone
    assert error_of(s3.abort_multipart_upload, Bucket=bucket, Key="a", UploadId=first) == gone
    assert error_of(s3.upload_part, Bucket=bucket, Key="a", UploadId=first, PartNumber=1, Body=b"x") == gone


def test_what_complete_refuses(s3, bucket, error_of):
    upload_id = begin(s3, bucket)
    parts = upload(s3, bucket, upload_id, {1: b"small", 2: b"last"})

    def refused(wanted):
        return error_of(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=wanted)

    assert refused(parts) == (
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
    )
    assert refused(parts[::-1]) == (
        400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    )
    invalid = (
        400,
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
        "entity tag may not match the part's entity tag.",
    )
    assert refused([{"PartNumber": 1, "ETag": parts[1]["ETag"]}]) == invalid
    assert refused([{"PartNumber": 3, "ETag": parts[1]["ETag"]}]) == invalid
    assert refused([]) == (400, "InvalidRequest", "You must specify at least one part")
    assert complete(s3, bucket, upload_id, parts[1:])["ETag"].endswith('-1"')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"last"


def test_part_numbers(s3, bucket, error_of):
    upload_id = begin(s3, bucket)
    for number in (0, 10001):
        assert error_of(
            s3.upload_part, Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=b""
        ) == (400, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")


def test_parts_copied(s3, bucket, error_of):
    source = os.urandom(6 * MIB)
    s3.put_object(Bucket=bucket, Key="source", Body=source)
    upload_id = begin(s3, bucket)

    def copy(number, **arguments):
        return s3.upload_part_copy(
            Bucket=bucket,
            Key="k",
            UploadId=upload_id,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": "source"},
            **arguments,
        )["CopyPartResult"]["ETag"]

    etags = [copy(1), copy(2, CopySourceRange="bytes=10-19")]
    assert etags[1] == f'"{hashlib.md5(source[10:20]).hexdigest()}"'
    for bad in ("bytes=10-", "bytes=-5", "10-20", "bytes=5-1", "bytes=0-1,3-4"):
        assert error_of(copy, number=3, CopySourceRange=bad) == (
            400,
            "InvalidArgument",
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
        ), bad
    assert error_of(copy, number=3, CopySourceRange="bytes=0-99999999") == (
        400,
        "InvalidArgument",
        f"Range specified is not valid for source object of size: {6 * MIB}",
    )
    assert error_of(copy, number=3, CopySourceRange="bytes=90000000-99999999") == (
        400,
        "InvalidRequest",
        "The specified copy range is invalid for the source object size",
    )
    complete(s3, bucket, upload_id, [{"PartNumber": i + 1, "ETag": e} for i, e in enumerate(etags)])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == source + source[10:20]


def test_conditional_complete(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"there")
    upload_id = begin(s3, bucket)
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"new")["ETag"]
    body = (
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>"
        f"<ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    )
    path = f"/{bucket}/k?uploadId={upload_id}"
    assert server.raw("POST", path, {"If-None-Match": "*"}, body).status == 412
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"there"
    assert server.raw("POST", path, {"If-Match": s3.head_object(Bucket=bucket, Key="k")["ETag"]}, body).status == 200
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"


def b64(raw):
    return base64.b64encode(raw).decode()


def crc32(data):
    return b64(zlib.crc32(data).to_bytes(4, "big"))


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_checksums_of_parts(server, bucket, kind):
    bodies = [os.urandom(5 * MIB), b"tail"]
    created = server.raw(
        "POST",
        f"/{bucket}/k?uploads",
        {"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": kind},
    )
    assert created.getheader("x-amz-checksum-type") == kind
    upload_id = created.body.split(b"<UploadId>")[1].split(b"<")[0].decode()
    path = f"/{bucket}/k?uploadId={upload_id}"
    listed = ""
    for number, body in enumerate(bodies, 1):
        put = server.raw("PUT", f"{path}&partNumber={number}", {"x-amz-checksum-crc32": crc32(body)}, body)
        assert put.status == 200 and put.getheader("x-amz-checksum-crc32") == crc32(body)
        listed += (
            f"<Part><PartNumber>{number}</PartNumber><ETag>{put.getheader('ETag')}</ETag>"
            f"<ChecksumCRC32>{crc32(body)}</ChecksumCRC32></Part>"
        )
    mismatch = server.raw("PUT", f"{path}&partNumber=3", {"x-amz-checksum-crc32c": "mnG7TA=="}, b"hello")
    assert (
        b"<Message>Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: crc32c"
        b"</Message>" in mismatch.body
    )
    if kind == "COMPOSITE":
        expected = crc32(b"".join(zlib.crc32(b).to_bytes(4, "big") for b in bodies)) + "-2"
    else:
        expected = crc32(b"".join(bodies))
    body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
    wrong = server.raw("POST", path, {"x-amz-checksum-crc32": "AAAAAA=="}, body)
    assert wrong.status == 400 and b"<Code>BadDigest</Code>" in wrong.body
    done = server.raw("POST", path, {"x-amz-checksum-type": kind}, body)
    assert f"<ChecksumCRC32>{expected}</ChecksumCRC32><ChecksumType>{kind}</ChecksumType>".encode() in done.body
    head = server.raw("HEAD", f"/{bucket}/k", {"x-amz-checksum-mode": "ENABLED"})
    assert (head.getheader("x-amz-checksum-crc32"), head.getheader("x-amz-checksum-type")) == (expected, kind)


def test_uploads_without_a_checksum_get_one_of_the_whole(server, s3, bucket):
    upload_id = begin(s3, bucket)
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"hello")["ETag"]
    complete(s3, bucket, upload_id, [{"PartNumber": 1, "ETag": etag}])
    head = server.raw("HEAD", f"/{bucket}/k", {"x-amz-checksum-mode": "ENABLED"})
    assert head.getheader("x-amz-checksum-crc64nvme") == "M3eFcAZSQlc="
    assert head.getheader("x-amz-checksum-type") == "FULL_OBJECT"


def test_an_upload_that_is_not_there_is_said_before_its_parts(s3, bucket, error_of):
    for parts in ([], [{"ETag": "x", "PartNumber": 1}]):
        error = error_of(
            s3.complete_multipart_upload, Bucket=bucket, Key="k", UploadId="no", MultipartUpload={"Parts": parts}
        )
        assert error[:2] == (404, "NoSuchUpload")


def test_numbers_of_parts(s3, bucket, error_of):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for number in (-1, 0, 10001):
        assert error_of(s3.upload_part, Bucket=bucket, Key="k", UploadId=upload, PartNumber=number) == (
            400,
            "InvalidArgument",
            "Part number must be an integer between 1 and 10000, inclusive",
        )


def test_a_list_of_uploads_names_the_prefix_that_was_asked_for(s3, bucket):
    assert "Prefix" not in s3.list_multipart_uploads(Bucket=bucket)
    assert s3.list_multipart_uploads(Bucket=bucket, Prefix="a")["Prefix"] == "a"
