"""Header values beyond ASCII, and what is form-encoded."""

import re
import urllib.parse

import pytest

CITY = "Zürich".encode().decode("latin-1")


def test_metadata_beyond_ascii(server, s3, bucket):
    headers = {"x-amz-meta-city": CITY, "x-amz-meta-plain": "plain", "x-amz-meta-word": "=?UTF-8?B?w4RC?="}
    assert server.raw("PUT", f"/{bucket}/k", headers, b"x").status == 200
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    for key in ("k", "copy"):
        for method in ("GET", "HEAD"):
            answer = server.raw(method, f"/{bucket}/{key}")
            assert answer.getheader("x-amz-meta-city") == "=?UTF-8?Q?Z=C3=BCrich?="
            assert answer.getheader("x-amz-meta-plain") == "plain"
            assert answer.getheader("x-amz-meta-word") == "=?UTF-8?Q?=C3=84B?="


def test_encoded_ascii_comes_back_plain(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "=?UTF-8?Q?actually-ascii?=", "b": "=?UTF-8?B?AAEC?="})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "actually-ascii", "b": "=?UTF-8?B?AAEC?="}


def test_overrides_cannot_make_headers(server, bucket):
    server.raw("PUT", f"/{bucket}/k", body=b"x")
    good = server.raw("GET", f"/{bucket}/k?response-content-type=" + urllib.parse.quote("a/é"))
    assert good.getheader("Content-Type") == "a/é"
    for bad in ("a\r\nx-evil: 1", "—", "\x00"):
        answer = server.raw("GET", f"/{bucket}/k?response-cache-control=" + urllib.parse.quote(bad))
        assert answer.status == 400 and answer.getheader("x-evil") is None
        assert b"<Message>Header value cannot be represented using ISO-8859-1.</Message>" in answer.body


def test_plus_and_space(server, s3, bucket):
    for key in ("a b", "a+b"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert server.raw("GET", f"/{bucket}/a+b").body == b"a+b", "in a path a plus is a plus"
    assert server.raw("GET", f"/{bucket}/a%20b").body == b"a b"
    for written, key in (("a+b", "a b"), ("a%20b", "a b"), ("a%2Bb", "a+b")):
        assert server.raw("PUT", f"/{bucket}/copy", {"x-amz-copy-source": f"/{bucket}/{written}"}).status == 200
        assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == key.encode()
    for written, key in (("a+b", "a b"), ("a%20b", "a b"), ("a%2Bb", "a+b")):
        listed = server.raw("GET", f"/{bucket}?list-type=2&prefix={written}").body
        assert re.findall(rb"<Key>(.*?)</Key>", listed) == [key.encode()], "in a query it is a space"
    listed = server.raw("GET", f"/{bucket}?list-type=2&encoding-type=url").body
    assert re.findall(rb"<Key>(.*?)</Key>", listed) == [b"a+b", b"a%2Bb", b"copy"]


def test_times_have_whole_seconds(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    copy = {"x-amz-copy-source": f"{bucket}/k"}
    for method, path, headers in (
        ("GET", "/", {}),
        ("GET", f"/{bucket}", {}),
        ("GET", f"/{bucket}?list-type=2", {}),
        ("GET", f"/{bucket}?versions", {}),
        ("GET", f"/{bucket}?uploads", {}),
        ("GET", f"/{bucket}/parts?uploadId={upload}", {}),
        ("PUT", f"/{bucket}/copy", copy),
        ("PUT", f"/{bucket}/parts?partNumber=2&uploadId={upload}", copy),
    ):
        body = server.raw(method, path, headers).body
        times = re.findall(rb"<(?:LastModified|Initiated|CreationDate)>([^<]*)<", body)
        assert times and all(t.endswith(b".000Z") for t in times), (path, times)
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="k")["Contents"][0]["LastModified"]
    assert listed == s3.head_object(Bucket=bucket, Key="k")["LastModified"]


@pytest.mark.parametrize("version,message", [("abc", "Invalid version id specified"), ("", "Version id cannot be the empty string")])
def test_versions_that_cannot_be(server, s3, bucket, version, message):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for method in ("GET", "DELETE"):
        answer = server.raw(method, f"/{bucket}/k?versionId={version}")
        assert answer.status == 400 and f"<Message>{message}</Message>".encode() in answer.body
    assert server.raw("GET", f"/{bucket}/k?versionId=null").body == b"x"
