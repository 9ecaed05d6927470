"""Conditional deletions and completions, and the error of each condition."""

import datetime

import pytest

GONE = (404, "NoSuchKey", "The specified key does not exist.")
FAILED = (412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
CONFLICT = (
    409,
    "ConditionalRequestConflict",
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
)


def test_deletions(server, s3, bucket, error_of, sending):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]

    def delete(key, match):
        with sending(s3, {"If-Match": match}):
            return s3.delete_object(Bucket=bucket, Key=key)

    for match in ("*", '"bad"'):
        assert error_of(delete, key="none", match=match) == GONE
    assert error_of(delete, key="k", match='"bad"') == FAILED
    assert b"<Condition>If-Match</Condition>" in server.raw("DELETE", f"/{bucket}/k", {"If-Match": '"bad"'}).body
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"] == etag
    for match in (etag, "*"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"x")
        delete("k", match)
        assert error_of(s3.get_object, Bucket=bucket, Key="k") == GONE


def test_conditions_of_directory_buckets(server, s3, bucket):
    for name in ("x-amz-if-match-last-modified-time", "x-amz-if-match-size"):
        answer = server.raw("DELETE", f"/{bucket}/k", {name: "1"})
        assert answer.status == 501 and f"<Header>{name}</Header>".encode() in answer.body


def test_deletions_of_many(server, s3, bucket):
    etags = {key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode())["ETag"] for key in ("a", "b", "c")}
    body = "<Delete>" + "".join(
        f"<Object><Key>{key}</Key>{more}</Object>"
        for key, more in (
            ("a", f"<ETag>{etags['a']}</ETag>"),
            ("b", f"<ETag>{etags['a']}</ETag>"),
            ("none", f"<ETag>{etags['a']}</ETag>"),
            ("c", ""),
            ("c", "<VersionId>HPniJFCxqTsMuIH9</VersionId>"),
        )
    )
    answer = server.raw("POST", f"/{bucket}?delete", body=(body + "</Delete>").encode())
    assert answer.status == 200
    assert answer.body.split(b"\n", 1)[1].decode() == (
        '<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Deleted><Key>a</Key></Deleted>'
        "<Deleted><Key>none</Key></Deleted><Deleted><Key>c</Key></Deleted>"
        f"<Error><Key>b</Key><Code>{FAILED[1]}</Code><Message>{FAILED[2]}</Message></Error>"
        "<Error><Key>c</Key><VersionId>HPniJFCxqTsMuIH9</VersionId><Code>NoSuchVersion</Code>"
        "<Message>The specified version does not exist.</Message></Error></DeleteResult>"
    )
    assert [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["b"]
    directory = b"<Delete><Object><Key>b</Key><Size>1</Size></Object></Delete>"
    assert server.raw("POST", f"/{bucket}?delete", body=directory).status == 501


def test_bypassing_a_lock(s3, bucket, error_of):
    for function, more in ((s3.delete_object, {"Key": "k"}), (s3.delete_objects, {"Delete": {"Objects": [{"Key": "k"}]}})):
        assert error_of(function, Bucket=bucket, BypassGovernanceRetention=True, **more) == (
            400,
            "InvalidArgument",
            "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.",
        )


class Upload:
    def __init__(self, s3, bucket, sending):
        self.s3, self.where, self.sending = s3, {"Bucket": bucket, "Key": "k"}, sending
        self.where["UploadId"] = s3.create_multipart_upload(**self.where)["UploadId"]
        self.tag = s3.upload_part(PartNumber=1, Body=b"uploaded", **self.where)["ETag"]

    def complete(self, **conditions):
        parts = {"Parts": [{"PartNumber": 1, "ETag": self.tag}]}
        headers = {"IfMatch": "If-Match", "IfNoneMatch": "If-None-Match"}
        with self.sending(self.s3, {headers[name]: value for name, value in conditions.items()}):
            return self.s3.complete_multipart_upload(MultipartUpload=parts, **self.where)


def test_completion_after_a_deletion(s3, bucket, error_of, sending):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    upload = Upload(s3, bucket, sending)
    assert error_of(upload.complete, IfNoneMatch="*") == FAILED
    s3.delete_object(Bucket=bucket, Key="k")
    assert error_of(upload.complete, IfNoneMatch="*") == CONFLICT
    Upload(s3, bucket, sending).complete(IfNoneMatch="*")


def test_completion_after_a_write(s3, bucket, error_of, sending):
    fresh = Upload(s3, bucket, sending)
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["ETag"]
    assert error_of(fresh.complete, IfNoneMatch="*") == FAILED
    upload = Upload(s3, bucket, sending)
    other = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["ETag"]
    assert error_of(upload.complete, IfMatch=etag) == FAILED
    assert error_of(upload.complete, IfMatch=other) == CONFLICT
    again = Upload(s3, bucket, sending)
    s3.put_object(Bucket=bucket, Key="k", Body=b"two")
    assert error_of(again.complete, IfMatch=other) == CONFLICT, "the same bytes are another write"
    tagged = Upload(s3, bucket, sending)
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "1"}]})
    tagged.complete(IfMatch=other)
    upload.complete()  # without a condition all is well


def test_completion_after_a_deletion_by_tag(s3, bucket, error_of, sending):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    upload = Upload(s3, bucket, sending)
    s3.delete_object(Bucket=bucket, Key="k")
    assert error_of(upload.complete, IfMatch=etag) == GONE
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert error_of(upload.complete, IfMatch=etag) == CONFLICT


def test_what_is_refused_is_named(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for headers, name, more in (
        ({"If-None-Match": '"x"'}, "If-None-Match", "We don't accept the provided value of If-None-Match header for this API"),
        ({"If-Match": "*"}, "If-Match", "We don't accept the provided value of If-Match header for this API"),
        (
            {"If-Match": "x", "If-None-Match": "*"},
            "If-Match,If-None-Match",
            "Multiple conditional request headers present in the request",
        ),
    ):
        answer = server.raw("PUT", f"/{bucket}/k", headers, b"y")
        wanted = f"<Header>{name}</Header><additionalMessage>{more}</additionalMessage>"
        assert answer.status == 501 and wanted.encode() in answer.body.replace(b"&apos;", b"'"), answer.body


@pytest.mark.parametrize(
    "header,value",
    [
        ("If-Match", '"x"'),
        ("If-None-Match", None),
        ("If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT"),
        ("If-Modified-Since", "now"),
    ],
)
def test_conditions_of_a_copys_source(server, s3, bucket, header, value):
    tag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"].strftime("%a, %d %b %Y %H:%M:%S GMT")
    value = tag if value is None else modified if value == "now" else value
    headers = {"x-amz-copy-source": f"/{bucket}/k", f"x-amz-copy-source-{header.lower()}": value}
    answer = server.raw("PUT", f"/{bucket}/copy", headers)
    assert answer.status == 412
    assert f"<Condition>x-amz-copy-source-{header}</Condition>".encode() in answer.body


def test_a_time_to_come_is_no_condition(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    future = datetime.datetime(2100, 1, 1)
    assert s3.get_object(Bucket=bucket, Key="k", IfModifiedSince=future)["Body"].read() == b"x"
    s3.head_object(Bucket=bucket, Key="k", IfModifiedSince=future)
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k", CopySourceIfModifiedSince=future)


def test_tags_with_one_quote(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    for match in (etag, etag.strip('"'), etag[1:], etag[:-1]):
        assert s3.get_object(Bucket=bucket, Key="k", IfMatch=match)["Body"].read() == b"x"
