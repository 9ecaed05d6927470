import base64
import concurrent.futures
import datetime
import hashlib
import os
import urllib.request

import pytest
from botocore.exceptions import ClientError

BYTES = bytes(range(256)) * 40


def md5_of(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()


def test_an_object_comes_back_as_it_was_put(s3, bucket):
    put = s3.put_object(
        Bucket=bucket,
        Key="a/b c+d%ä€😀.txt",
        Body=BYTES,
        ContentType="text/plain; charset=utf-8",
        ContentEncoding="x-none",
        ContentLanguage="de",
        ContentDisposition='attachment; filename="x"',
        CacheControl="no-cache",
        Expires=datetime.datetime(2030, 1, 2, 3, 4, 5),
        Metadata={"Color": "red", "empty-not": "x y"},
        StorageClass="STANDARD_IA",
    )
    assert put["ETag"] == f'"{hashlib.md5(BYTES).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="a/b c+d%ä€😀.txt")
    assert got["Body"].read() == BYTES
    assert got["ContentType"] == "text/plain; charset=utf-8"
    assert got["ContentEncoding"] == "x-none"
    assert got["ContentLanguage"] == "de"
    assert got["ContentDisposition"] == 'attachment; filename="x"'
    assert got["CacheControl"] == "no-cache"
    assert got["Expires"] == datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    assert got["Metadata"] == {"color": "red", "empty-not": "x y"}
    assert got["StorageClass"] == "STANDARD_IA"
    assert got["AcceptRanges"] == "bytes"
    assert got["ETag"] == put["ETag"]
    head = s3.head_object(Bucket=bucket, Key="a/b c+d%ä€😀.txt")
    assert head["ContentLength"] == len(BYTES)
    assert head["Metadata"] == got["Metadata"]
    assert head["LastModified"] == got["LastModified"]


def test_without_a_type_it_is_binary(s3, bucket, server):
    assert server.raw("PUT", f"/{bucket}/k", body=b"x").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "binary/octet-stream"


def test_empty_and_large_objects(s3, bucket):
    for size in (0, 1, 5 << 20, (20 << 20) + 3):
        body = os.urandom(size)
        s3.put_object(Bucket=bucket, Key="k", Body=body)
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body


def test_an_empty_object_leaves_the_connection_in_order(s3, bucket):
    for body in (b"", b"x", b"", b"y"):
        put = s3.put_object(Bucket=bucket, Key="k", Body=body)
        assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'


def test_ranges(s3, bucket, error_of):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    for text, expected, shown in [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ]:
        got = s3.get_object(Bucket=bucket, Key="k", Range=text)
        assert (got["Body"].read(), got["ContentRange"]) == (expected, shown)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert s3.head_object(Bucket=bucket, Key="k", Range=text)["ContentLength"] == len(expected)
    for text in ("bytes=x", "bytes=3-1", "bytes=0-1,3-4"):
        assert s3.get_object(Bucket=bucket, Key="k", Range=text)["Body"].read() == b"0123456789"
    assert error_of(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-") == (
        416,
        "InvalidRange",
        "The requested range is not satisfiable",
    )


def test_conditions_of_reads(s3, bucket, error_of):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    past, future = datetime.datetime(2000, 1, 1), datetime.datetime(2100, 1, 1)
    failed = (412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    s3.get_object(Bucket=bucket, Key="k", IfMatch=etag, IfUnmodifiedSince=past)
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfMatch='"other"') == failed
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfUnmodifiedSince=past) == failed
    assert error_of(s3.get_object, Bucket=bucket, Key="k", IfNoneMatch=etag)[:2] == (304, "304")
    assert s3.get_object(Bucket=bucket, Key="k", IfModifiedSince=future)["ContentLength"] == 1
    assert error_of(s3.head_object, Bucket=bucket, Key="k", IfNoneMatch=etag)[0] == 304
    s3.get_object(Bucket=bucket, Key="k", IfNoneMatch='"other"', IfModifiedSince=past)


def test_overrides_of_the_answers_headers(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentType="a/b")
    got = s3.get_object(
        Bucket=bucket,
        Key="k",
        ResponseContentType="c/d",
        ResponseContentDisposition="inline",
        ResponseCacheControl="max-age=1",
        ResponseContentLanguage="fr",
    )
    assert (got["ContentType"], got["ContentDisposition"]) == ("c/d", "inline")
    assert (got["CacheControl"], got["ContentLanguage"]) == ("max-age=1", "fr")


def test_keys_that_are_not_there(s3, bucket, error_of, server):
    assert error_of(s3.get_object, Bucket=bucket, Key="gone") == (
        404,
        "NoSuchKey",
        "The specified key does not exist.",
    )
    assert error_of(s3.head_object, Bucket=bucket, Key="gone")[:2] == (404, "404")
    head = server.raw("HEAD", f"/{bucket}/gone")
    assert (head.status, head.body) == (404, b"")
    assert s3.delete_object(Bucket=bucket, Key="gone")["ResponseMetadata"]["HTTPStatusCode"] == 204
    answer = server.raw("GET", f"/{bucket}/a&b")
    assert answer.getheader("Content-Type") == "application/xml"
    assert answer.body.startswith(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
        b"<Message>The specified key does not exist.</Message><Key>a&amp;b</Key><RequestId>"
    )


def test_long_keys(s3, bucket, error_of):
    s3.put_object(Bucket=bucket, Key="k" * 1024, Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="k" * 1024)["Body"].read() == b"x"
    assert error_of(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"x") == (
        400,
        "KeyTooLongError",
        "Your key is too long",
    )


def test_keys_are_not_normalized(s3, bucket):
    keys = ["a//b", "a/../b", "a/./b", "/a", "a/", "a+b", "a b", "a%20b", "a?b", "a#b", "a&b", "<a>", '"', "'"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in keys:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert listed == sorted(keys)


def test_metadata_has_a_limit(s3, bucket, error_of):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "v" * 2047})
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", Metadata={"a": "v" * 2048}) == (
        400,
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size",
    )


def test_digests_are_checked(server, s3, bucket):
    def put(headers, body=b"hello"):
        answer = server.raw("PUT", f"/{bucket}/digest", headers, body)
        return answer.status, answer.body

    status, body = put({"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="})
    assert status == 200
    for headers, code, message in [
        (
            {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="},
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ),
        ({"Content-MD5": "short"}, "InvalidDigest", "The Content-MD5 you specified was invalid."),
        (
            {"x-amz-checksum-crc32": "AAAAAA=="},
            "BadDigest",
            "The CRC32 you specified did not match the calculated checksum.",
        ),
        (
            {"x-amz-checksum-sha256": "AAAA"},
            "InvalidRequest",
            "Value for x-amz-checksum-sha256 header is invalid.",
        ),
        (
            {"x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-crc32c": "mnG7TA=="},
            "InvalidRequest",
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        (
            {"x-amz-content-sha256": "0" * 64},
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        (
            {"x-amz-sdk-checksum-algorithm": "CRC32"},
            "InvalidRequest",
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer "
            "headers were found.",
        ),
    ]:
        status, body = put(headers)
        assert status == 400
        assert f"<Code>{code}</Code><Message>{message}</Message>".encode() in body.replace(b"&apos;", b"'"), body
    assert s3.get_object(Bucket=bucket, Key="digest")["Body"].read() == b"hello"


@pytest.mark.parametrize(
    "algorithm,value",
    [
        ("crc32", "NhCmhg=="),
        ("crc32c", "mnG7TA=="),
        ("crc64nvme", "M3eFcAZSQlc="),
        ("sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ],
)
def test_checksums_are_kept_and_returned(server, bucket, algorithm, value):
    header = f"x-amz-checksum-{algorithm}"
    put = server.raw("PUT", f"/{bucket}/k", {header: value}, b"hello")
    assert put.status == 200, put.body
    assert put.getheader(header) == value
    assert put.getheader("x-amz-checksum-type") == "FULL_OBJECT"
    for method in ("GET", "HEAD"):
        got = server.raw(method, f"/{bucket}/k", {"x-amz-checksum-mode": "ENABLED"})
        assert (got.getheader(header), got.getheader("x-amz-checksum-type")) == (value, "FULL_OBJECT")
        assert server.raw(method, f"/{bucket}/k").getheader(header) is None
    part = server.raw("GET", f"/{bucket}/k", {"x-amz-checksum-mode": "ENABLED", "Range": "bytes=0-1"})
    assert part.getheader(header) is None


def test_a_put_that_names_no_checksum_gets_one(server, bucket):
    put = server.raw("PUT", f"/{bucket}/k", body=b"hello")
    assert put.getheader("x-amz-checksum-crc64nvme") == "M3eFcAZSQlc="


def test_conditional_puts(server, s3, bucket):
    def put(headers, key="k"):
        answer = server.raw("PUT", f"/{bucket}/{key}", headers, b"x")
        return answer.status, answer.body

    assert put({"If-None-Match": "*"})[0] == 200
    status, body = put({"If-None-Match": "*"})
    assert status == 412
    assert b"<Code>PreconditionFailed</Code>" in body and b"<Condition>If-None-Match</Condition>" in body
    etag = s3.head_object(Bucket=bucket, Key="k")["ETag"]
    assert put({"If-Match": etag})[0] == 200
    status, body = put({"If-Match": '"0"'})
    assert status == 412 and b"<Condition>If-Match</Condition>" in body
    status, body = put({"If-Match": etag}, "gone")
    assert status == 404 and b"<Code>NoSuchKey</Code>" in body
    for headers in ({"If-None-Match": etag}, {"If-Match": "*"}, {"If-Match": etag, "If-None-Match": "*"}):
        assert put(headers)[0] == 501
    s3.delete_object(Bucket=bucket, Key="k")
    assert put({"If-None-Match": "*"})[0] == 200


def test_of_many_conditional_puts_one_wins(server, bucket):
    def put(i):
        return server.raw("PUT", f"/{bucket}/race", {"If-None-Match": "*"}, b"%d" % i).status

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(put, range(64)))
    assert sorted(set(outcomes)) == [200, 412]
    assert outcomes.count(200) == 1


def test_copies(s3, bucket, error_of):
    s3.put_object(Bucket=bucket, Key="from ä", Body=BYTES, ContentType="a/b", Metadata={"m": "1"})
    source = {"Bucket": bucket, "Key": "from ä"}
    copied = s3.copy_object(Bucket=bucket, Key="to", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(BYTES).hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="to")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (BYTES, "a/b", {"m": "1"})
    s3.copy_object(
        Bucket=bucket, Key="to", CopySource=source, MetadataDirective="REPLACE", ContentType="c/d", Metadata={"n": "2"}
    )
    got = s3.get_object(Bucket=bucket, Key="to")
    assert (got["ContentType"], got["Metadata"]) == ("c/d", {"n": "2"})
    status, code, message = error_of(s3.copy_object, Bucket=bucket, Key="from ä", CopySource=source)
    assert (status, code) == (400, "InvalidRequest") and message.startswith("This copy request is illegal")
    s3.copy_object(Bucket=bucket, Key="from ä", CopySource=source, MetadataDirective="REPLACE", Metadata={})
    assert s3.get_object(Bucket=bucket, Key="from ä")["Body"].read() == BYTES
    assert error_of(s3.copy_object, Bucket=bucket, Key="to", CopySource={"Bucket": bucket, "Key": "gone"})[:2] == (
        404,
        "NoSuchKey",
    )
    assert error_of(s3.copy_object, Bucket=bucket, Key="to", CopySource=source, CopySourceIfMatch='"x"')[:2] == (
        412,
        "PreconditionFailed",
    )
    assert error_of(s3.copy_object, Bucket=bucket, Key="to", CopySource="nothing")[:2] == (400, "InvalidArgument")


def test_a_text_that_xml_cannot_have_deletes_nothing(server, s3, bucket, error_of):
    for key in ("xx", "xxyyy"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    for key in (b"xx&#0;yyy", b"xx&#x0;yyy", b"xx\0yyy", b"xx&#4294967296;", b"xx\1", b"xx&nope;", b"xx<b/>"):
        body = b"<Delete><Object><Key>" + key + b"</Key></Object></Delete>"
        answer = server.raw("POST", f"/{bucket}?delete", {"Content-MD5": md5_of(body)}, body)
        assert (answer.status, b"<Code>MalformedXML</Code>" in answer.body) == (400, True), (key, answer.body)
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["xx", "xxyyy"]
    for key, plain in ((b"xx<!-- -->yyy", "xxyyy"), (b"x<![CDATA[x]]>", "xx")):
        body = b"<Delete><Object><Key>" + key + b"</Key></Object></Delete>"
        answer = server.raw("POST", f"/{bucket}?delete", {"Content-MD5": md5_of(body)}, body)
        assert f"<Deleted><Key>{plain}</Key>" in answer.body.decode()
    s3.put_object(Bucket=bucket, Key="c\x01", Body=b"x")
    body = b"<Delete><Object><Key>c&#x1;</Key></Object></Delete>"  # as a list has it
    server.raw("POST", f"/{bucket}?delete", {"Content-MD5": md5_of(body)}, body)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_many_are_deleted_at_once(s3, bucket, error_of):
    keys = [f"k{i}" for i in range(20)] + ["a b", "<&>"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    objects = [{"Key": k} for k in keys[:-2]] + [{"Key": "never there"}]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [d["Key"] for d in deleted["Deleted"]] == [o["Key"] for o in objects]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a b"}, {"Key": "<&>"}], "Quiet": True})
    assert "Deleted" not in quiet and "Errors" not in quiet
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    too_many = [{"Key": str(i)} for i in range(1001)]
    assert error_of(s3.delete_objects, Bucket=bucket, Delete={"Objects": too_many}) == (
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


@pytest.mark.parametrize("body", [b"", b"x", b"<Delete>", b"\xff\xfe\x00", b"<a>" * 20000, b"<Delete></Delete>"])
def test_broken_xml_is_refused(server, bucket, body):
    answer = server.raw("POST", f"/{bucket}?delete", body=body)
    assert answer.status == 400
    assert b"<Code>MalformedXML</Code>" in answer.body


def test_presigned_urls(server, s3, bucket):
    import boto3
    from botocore.config import Config

    s3.put_object(Bucket=bucket, Key="k", Body=b"signed")
    for version in ("s3", "s3v4"):
        client = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="secret",
            config=Config(signature_version=version, s3={"addressing_style": "path"}),
        )
        url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        assert urllib.request.urlopen(url).read() == b"signed"
        url = client.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": f"put-{version}"})
        request = urllib.request.Request(url, data=b"by url", method="PUT")
        assert urllib.request.urlopen(request).status == 200
        assert s3.get_object(Bucket=bucket, Key=f"put-{version}")["Body"].read() == b"by url"
    base = f"/{bucket}/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20200101%2Fus-east-1%2Fs3%2Faws4_request"
    expired = server.raw("GET", base + "&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0")
    assert expired.status == 403 and b"<Message>Request has expired</Message>" in expired.body
    assert b"AuthorizationQueryParametersError" in server.raw("GET", base).body
    wrong = base.replace("%2F", "%252F") + "&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    malformed = server.raw("GET", wrong)
    assert malformed.status == 400 and (
        b"<Code>AuthorizationQueryParametersError</Code><Message>Error parsing the X-Amz-Credential parameter; the "
        b"Credential is mal-formed; expecting "
    ) in malformed.body


def test_a_malformed_credential(server, bucket):
    for credential, message in (
        ("AKIA/20260101/us-east-1/s3", b"the Credential is mal-formed; expecting "),
        ("AKIA/20260101/us-east-1/s3/aws4", b"incorrect terminal "),
    ):
        header = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        answer = server.raw("GET", f"/{bucket}/k", {"Authorization": header, "X-Amz-Date": "20260101T000000Z"})
        assert answer.status == 400 and b"<Code>AuthorizationHeaderMalformed</Code>" in answer.body, answer.body
        assert message in answer.body


@pytest.mark.parametrize("path", ["%", "a%2", "a%zz", "%2fb%g0"])
def test_a_path_that_is_not_encoded(server, bucket, path):
    answer = server.raw("GET", f"/{bucket}/{path}")
    assert answer.status == 400 and b"<Code>InvalidURI</Code>" in answer.body, answer.body


def test_virtual_host_style(server, s3, bucket):
    host = {"Host": f"{bucket}.localhost:{server.port}"}
    assert server.raw("PUT", "/a/b", host, b"virtual").status == 200
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"virtual"
    assert b"<Key>a/b</Key>" in server.raw("GET", "/?list-type=2", host).body


def test_too_large_is_said(tmp_path):
    from support.millrace import Millrace

    server = Millrace(tmp_path / "data", args=["--max-object-mib", "1"]).start()
    s3 = server.client("s3")
    s3.create_bucket(Bucket="small")
    s3.put_object(Bucket="small", Key="k", Body=b"x" * (1 << 20))
    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket="small", Key="k", Body=b"x" * ((1 << 20) + 1))
    assert caught.value.response["Error"]["Code"] == "EntityTooLarge"
    assert s3.head_object(Bucket="small", Key="k")["ContentLength"] == 1 << 20
    assert server.stop() == 0
