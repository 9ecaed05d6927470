"""What a presigned URL carries in its query counts as the header of that name."""

import time
import urllib.parse

import pytest


def url(path, signed_headers="host", **query):
    """As the SDKs for JavaScript and PHP write it, with the headers hoisted into the query."""
    signature = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
        "X-Amz-Credential": "000000000000/20260101/us-east-1/s3/aws4_request",
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "X-Amz-Expires": "900",
        "X-Amz-Signature": "0" * 64,
        "X-Amz-SignedHeaders": signed_headers,
    }
    return f"{path}?" + urllib.parse.urlencode({**signature, **query}, quote_via=urllib.parse.quote)


def test_metadata_and_class(server, s3, bucket):
    target = url(f"/{bucket}/k", **{"x-amz-meta-venue": "a b+c", "X-Amz-Storage-Class": "STANDARD_IA", "x-id": "PutObject"})
    assert server.raw("PUT", target, body=b"data").status == 200
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["Metadata"], head["StorageClass"]) == ({"venue": "a b+c"}, "STANDARD_IA")


def test_metadata_of_signature_version_2(server, s3, bucket):
    signer = server.client("s3", signature_version="s3")
    signed = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k", "Metadata": {"foo": "bar"}})
    assert "x-amz-meta-foo=bar" in signed
    assert server.raw("PUT", signed[len(server.url) :], body=b"data").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"foo": "bar"}


def test_conditions(server, s3, bucket):
    target = url(f"/{bucket}/k", **{"If-None-Match": "*"})
    assert server.raw("PUT", target, body=b"first").status == 200
    again = server.raw("PUT", target, body=b"second")
    assert again.status == 412 and b"<Condition>If-None-Match</Condition>" in again.body
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"
    assert server.raw("PUT", url(f"/{bucket}/k", **{"if-match": '"0"'}), body=b"x").status == 412


@pytest.mark.parametrize(
    "name,value,status,code",
    [
        ("x-amz-acl", "public-read", 400, "AccessControlListNotSupported"),
        ("x-amz-server-side-encryption", "aws:kms", 501, "NotImplemented"),
        ("x-amz-object-lock-mode", "GOVERNANCE", 400, "InvalidArgument"),
        ("x-amz-checksum-crc32", "AAAAAA==", 400, "BadDigest"),
        ("x-amz-tagging", "a=1&a=2", 400, "InvalidArgument"),
        ("x-amz-expected-bucket-owner", "111111111111", 403, "AccessDenied"),
        ("x-amz-expected-bucket-owner", "me", 400, "InvalidBucketOwnerAWSAccountID"),
        ("x-amz-meta-a", "a\r\nb", 400, "InvalidArgument"),
    ],
)
def test_what_the_header_would_be_refused_for(server, s3, bucket, name, value, status, code):
    answer = server.raw("PUT", url(f"/{bucket}/k", **{name: value}), body=b"hello")
    assert answer.status == status and f"<Code>{code}</Code>".encode() in answer.body, answer.body
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_checksum_and_tags(server, s3, bucket):
    target = url(f"/{bucket}/k", **{"x-amz-checksum-crc32": "NhCmhg==", "x-amz-tagging": "a=1&b=2"})
    put = server.raw("PUT", target, body=b"hello")
    assert (put.status, put.getheader("x-amz-checksum-crc32")) == (200, "NhCmhg==")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "2"},
    ]


def test_copies(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"bytes")
    assert server.raw("PUT", url(f"/{bucket}/to", **{"x-amz-copy-source": f"{bucket}/from"})).status == 200
    assert s3.get_object(Bucket=bucket, Key="to")["Body"].read() == b"bytes"


def test_headers_that_were_not_signed(server, s3, bucket):
    refused = server.raw("PUT", url(f"/{bucket}/k"), {"x-amz-meta-wrong": "wrong"}, b"x")
    assert refused.status == 403
    assert (
        b"<Message>There were headers present in the request which were not signed</Message>"
        b"<HeadersNotSigned>x-amz-meta-wrong</HeadersNotSigned>" in refused.body
    )
    signed = url(f"/{bucket}/k", signed_headers="host;x-amz-meta-right")
    assert server.raw("PUT", signed, {"x-amz-meta-right": "right"}, b"x").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"right": "right"}


def test_a_header_that_contradicts_the_query(server, bucket):
    target = url(f"/{bucket}/k", signed_headers="host;x-amz-meta-a", **{"x-amz-meta-a": "1"})
    assert server.raw("PUT", target, {"x-amz-meta-a": "1"}, b"x").status == 200
    refused = server.raw("PUT", target, {"x-amz-meta-a": "2"}, b"x")
    assert refused.status == 400 and b"<Code>InvalidRequest</Code>" in refused.body


def test_expired(server, bucket):
    target = url(f"/{bucket}/k", **{"X-Amz-Date": "20200101T000000Z", "X-Amz-Expires": "60"})
    body = server.raw("GET", target).body
    assert b"<X-Amz-Expires>60</X-Amz-Expires><Expires>2020-01-01T00:01:00Z</Expires><ServerTime>" in body
