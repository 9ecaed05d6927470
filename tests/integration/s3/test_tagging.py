import html

import pytest

from s3.conftest import headers_of

TOO_MANY = [{"Key": f"k{i:02}", "Value": "v"} for i in range(51)]


def tags(**given):
    return {"TagSet": [{"Key": k, "Value": v} for k, v in given.items()]}


def tag_count(s3, bucket):
    return headers_of(s3.head_object(Bucket=bucket, Key="k")).get("x-amz-tagging-count")


def test_tags_of_an_object(s3, bucket, error_of):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="tag2=b%20c+d&tag1=%2B&empty")["ETag"]
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags(empty="", tag1="+", tag2="b c d")["TagSet"]
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 3
    assert tag_count(s3, bucket) == "3"
    before = s3.head_object(Bucket=bucket, Key="k")
    assert s3.put_object_tagging(Bucket=bucket, Key="k", Tagging=tags(ä="ö"))["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags(ä="ö")["TagSet"]
    after = s3.head_object(Bucket=bucket, Key="k")
    assert (after["LastModified"], after["ETag"], tag_count(s3, bucket)) == (before["LastModified"], etag, "1")
    assert s3.delete_object_tagging(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    assert tag_count(s3, bucket) is None
    s3.delete_object_tagging(Bucket=bucket, Key="k")  # again is no error
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [], "a new object has its own tags"


def test_tags_of_objects_that_are_not_there(s3, bucket, error_of):
    gone = (404, "NoSuchKey", "The specified key does not exist.")
    for function, more in ((s3.get_object_tagging, {}), (s3.delete_object_tagging, {}), (s3.put_object_tagging, {"Tagging": tags(a="1")})):
        assert error_of(function, Bucket=bucket, Key="gone", **more) == gone
        assert error_of(function, Bucket="never-made", Key="gone", **more)[:2] == (404, "NoSuchBucket")


def test_tags_survive_a_restart(tmp_path):
    from support.millrace import Millrace

    for step in (1, 2):
        server = Millrace(tmp_path / "data").start()
        s3 = server.client("s3")
        if step == 1:
            s3.create_bucket(Bucket="kept")
            s3.put_object(Bucket="kept", Key="k", Body=b"x", Tagging="a=1")
            s3.put_bucket_tagging(Bucket="kept", Tagging=tags(b="2"))
        assert s3.get_object_tagging(Bucket="kept", Key="k")["TagSet"] == tags(a="1")["TagSet"]
        assert s3.get_bucket_tagging(Bucket="kept")["TagSet"] == tags(b="2")["TagSet"]
        assert server.stop() == 0


@pytest.mark.parametrize("directive,expected", [(None, "1"), ("COPY", "1"), ("REPLACE", "2")])
def test_copies_keep_tags_or_replace_them(s3, bucket, directive, expected):
    s3.put_object(Bucket=bucket, Key="from", Body=b"x", Tagging="a=1", Metadata={"m": "1"})
    more = {"TaggingDirective": directive} if directive else {}
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", Tagging="a=2", **more)
    assert s3.get_object_tagging(Bucket=bucket, Key="to")["TagSet"] == tags(a=expected)["TagSet"]
    assert s3.head_object(Bucket=bucket, Key="to")["Metadata"] == {"m": "1"}
    s3.copy_object(Bucket=bucket, Key="to", CopySource=f"{bucket}/from", MetadataDirective="REPLACE", **more)
    kept = [] if directive == "REPLACE" else tags(a="1")["TagSet"]
    assert s3.get_object_tagging(Bucket=bucket, Key="to")["TagSet"] == kept


def test_uploads_have_tags(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", Tagging="a=1")["UploadId"]
    etag = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts)
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags(a="1")["TagSet"]


MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


@pytest.mark.parametrize(
    "tag_set,code,message",
    [
        ([{"Key": "Key1", "Value": "1"}, {"Key": "Key1", "Value": "2"}], "InvalidTag", "Cannot provide multiple Tags with the same key"),
        ([{"Key": "Key1,Key2", "Value": "1"}], "InvalidTag", "The TagKey you have provided is invalid"),
        ([{"Key": "k" * 129, "Value": "1"}], "InvalidTag", "The TagKey you have provided is invalid"),
        ([{"Key": "", "Value": "1"}], "InvalidTag", "The TagKey you have provided is invalid"),
        ([{"Key": "Key1", "Value": "Val1,Val2"}], "InvalidTag", "The TagValue you have provided is invalid"),
        ([{"Key": "Key1", "Value": "v" * 257}], "InvalidTag", "The TagValue you have provided is invalid"),
        ([{"Value": "1"}], "MalformedXML", MALFORMED),
        ([{"Key": "1"}], "MalformedXML", MALFORMED),
    ],
)
def test_tags_that_are_refused(s3, bucket, error_of, tag_set, code, message):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    wanted = {"TagSet": tag_set}
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging=wanted) == (400, code, message)
    assert error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging=wanted) == (400, code, message)


def test_limits_and_reserved_keys(s3, bucket, error_of):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="&".join(f"k{i}=" + "v" * 256 for i in range(10)))
    assert tag_count(s3, bucket) == "10"
    too_many = (400, "BadRequest", "Object tags cannot be greater than 10")
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging={"TagSet": TOO_MANY[:11]}) == too_many
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Tagging="&".join(f"k{i}=1" for i in range(11))) == too_many
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": TOO_MANY[:50]})
    assert error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": TOO_MANY})[:2] == (400, "BadRequest")
    reserved = {"TagSet": [{"Key": "aws:prefixed", "Value": "1"}]}
    assert error_of(s3.put_object_tagging, Bucket=bucket, Key="k", Tagging=reserved)[1:] == (
        "InvalidTag",
        "Your TagKey cannot be prefixed with aws:",
    )
    assert error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging=reserved)[1:] == (
        "InvalidTag",
        "System tags cannot be added/updated by requester",
    )
    for header in ("key1=val1&key1=val2", "key1=val1,key2=val2"):
        assert error_of(s3.put_object, Bucket=bucket, Key="k", Tagging=header) == (
            400,
            "InvalidArgument",
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
            "duplicates.",
        )


def test_tags_of_a_bucket(s3, bucket, error_of):
    none = (404, "NoSuchTagSet", "The TagSet does not exist")
    assert error_of(s3.get_bucket_tagging, Bucket=bucket) == none
    assert s3.put_bucket_tagging(Bucket=bucket, Tagging=tags(tag1="tag1", tag2=""))["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags(tag1="tag1", tag2="")["TagSet"]
    assert s3.delete_bucket_tagging(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(s3.get_bucket_tagging, Bucket=bucket) == none
    s3.put_bucket_tagging(Bucket=bucket, Tagging=tags())
    assert error_of(s3.get_bucket_tagging, Bucket=bucket) == none


def test_buckets_are_made_with_tags(server, s3, error_of):
    def create(name, key):
        tag = f"<Tag><Key>{key}</Key><Value>value1</Value></Tag>"
        body = f"<CreateBucketConfiguration><Tags>{tag}</Tags></CreateBucketConfiguration>"
        return server.raw("PUT", f"/{name}", body=body.encode())

    assert create("tagged", "tag1").status == 200
    assert s3.get_bucket_tagging(Bucket="tagged")["TagSet"] == tags(tag1="value1")["TagSet"]
    again = create("tagged", "tag1")
    assert again.status == 409 and b"<Code>BucketAlreadyOwnedByYou</Code>" in again.body
    s3.create_bucket(Bucket="tagged")
    s3.delete_bucket(Bucket="tagged")
    s3.create_bucket(Bucket="tagged")
    assert error_of(s3.get_bucket_tagging, Bucket="tagged")[1] == "NoSuchTagSet", "settings go with their bucket"
    assert (
        "<Code>InvalidTag</Code><Message>User-defined tag keys can't start with \"aws:\". This prefix is reserved for "
        'system tags. Remove "aws:" from your tag keys and try again.</Message>'
        in html.unescape(create("tagged-2", "aws:a").body.decode())
    )
