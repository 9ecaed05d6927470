import xml.etree.ElementTree

import pytest

NS = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@pytest.fixture(scope="module")
def filled(s3):
    s3.create_bucket(Bucket="filled")
    for key in ["a.txt", "b.txt"] + [f"dir/{i:02}" for i in range(15)] + ["dir/sub/x", "other/y", "z z", "ä"]:
        s3.put_object(Bucket="filled", Key=key, Body=key.encode())
    return "filled"


def keys(answer):
    return [o["Key"] for o in answer.get("Contents", [])]


def prefixes(answer):
    return [p["Prefix"] for p in answer.get("CommonPrefixes", [])]


def test_all(s3, filled):
    answer = s3.list_objects_v2(Bucket=filled)
    assert len(keys(answer)) == answer["KeyCount"] == 21
    assert keys(answer) == sorted(keys(answer), key=str.encode)
    assert not answer["IsTruncated"] and answer["MaxKeys"] == 1000 and answer["Name"] == filled
    first = answer["Contents"][0]
    assert (first["Size"], first["StorageClass"]) == (5, "STANDARD")
    assert first["ETag"] == s3.head_object(Bucket=filled, Key="a.txt")["ETag"]
    assert "Owner" not in first
    assert s3.list_objects_v2(Bucket=filled, FetchOwner=True)["Contents"][0]["Owner"] == {"ID": "000000000000"}


def test_groups(s3, filled):
    answer = s3.list_objects_v2(Bucket=filled, Delimiter="/")
    assert keys(answer) == ["a.txt", "b.txt", "z z", "ä"]
    assert prefixes(answer) == ["dir/", "other/"]
    assert answer["KeyCount"] == 6
    answer = s3.list_objects_v2(Bucket=filled, Prefix="dir/", Delimiter="/")
    assert len(keys(answer)) == 15 and prefixes(answer) == ["dir/sub/"]
    assert keys(s3.list_objects_v2(Bucket=filled, Prefix="nothing")) == []


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_pages(s3, filled, size):
    for arguments in ({}, {"Delimiter": "/"}, {"Prefix": "dir/", "Delimiter": "/"}):
        whole = s3.list_objects_v2(Bucket=filled, **arguments)
        for operation in ("list_objects_v2", "list_objects"):
            pages = s3.get_paginator(operation).paginate(
                Bucket=filled, PaginationConfig={"PageSize": size}, **arguments
            )
            found, groups = [], []
            for page in pages:
                assert len(keys(page)) + len(prefixes(page)) <= size
                found += keys(page)
                groups += prefixes(page)
            assert (found, groups) == (keys(whole), prefixes(whole))


def test_start_after_and_tokens(s3, filled, error_of):
    assert keys(s3.list_objects_v2(Bucket=filled, StartAfter="other/y")) == ["z z", "ä"]
    page = s3.list_objects_v2(Bucket=filled, MaxKeys=1)
    token = page["NextContinuationToken"]
    following = s3.list_objects_v2(Bucket=filled, ContinuationToken=token, StartAfter="z")
    assert keys(following)[0] == "b.txt", "a token wins over start-after"
    assert "StartAfter" not in following
    assert error_of(s3.list_objects_v2, Bucket=filled, ContinuationToken="?") == (
        400,
        "InvalidArgument",
        "The continuation token provided is incorrect",
    )


def test_max_keys(s3, filled, server):
    answer = s3.list_objects_v2(Bucket=filled, MaxKeys=0)
    assert keys(answer) == [] and not answer["IsTruncated"] and answer["KeyCount"] == 0
    assert s3.list_objects_v2(Bucket=filled, MaxKeys=5000)["MaxKeys"] == 1000
    answer = server.raw("GET", f"/{filled}?list-type=2&max-keys=x")
    assert answer.status == 400
    assert b"<Message>Provided max-keys not an integer or within integer range</Message>" in answer.body
    answer = server.raw("GET", f"/{filled}?list-type=2&max-keys=-1")
    assert b"<Message>Argument max-keys must be an integer between 0 and 2147483647</Message>" in answer.body


def test_encoding(server, filled):
    plain = xml.etree.ElementTree.fromstring(server.raw("GET", f"/{filled}?list-type=2&prefix=z").body)
    assert plain.find(f"{NS}Contents/{NS}Key").text == "z z"
    encoded = xml.etree.ElementTree.fromstring(
        server.raw("GET", f"/{filled}?list-type=2&encoding-type=url&start-after=z").body
    )
    assert [k.text for k in encoded.iterfind(f"{NS}Contents/{NS}Key")] == ["z+z", "%C3%A4"]
    assert encoded.find(f"{NS}EncodingType").text == "url"
    for kind in ("morse", ""):
        refused = server.raw("GET", f"/{filled}?encoding-type={kind}")
        assert b"<Message>Invalid Encoding Method specified in Request</Message>" in refused.body


def test_first_version(s3, filled):
    answer = s3.list_objects(Bucket=filled, Delimiter="/", MaxKeys=3)
    assert (keys(answer), prefixes(answer)) == (["a.txt", "b.txt"], ["dir/"])
    assert answer["NextMarker"] == "dir/"
    answer = s3.list_objects(Bucket=filled, Delimiter="/", Marker="dir/")
    assert prefixes(answer) == ["other/"] and answer["Marker"] == "dir/"
    assert answer["Contents"][0]["Owner"]["ID"] == "000000000000"
    within = s3.list_objects(Bucket=filled, Delimiter="/", Marker="dir/03")
    assert prefixes(within) == ["other/"], "a marker within a common prefix passes over all of it"
    within = s3.list_objects(Bucket=filled, Prefix="dir/", Delimiter="/", Marker="dir/03")
    assert len(keys(within)) == 11 and prefixes(within) == ["dir/sub/"]


def test_versions(s3, filled):
    answer = s3.list_object_versions(Bucket=filled, Prefix="a")
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in answer["Versions"]] == [("a.txt", "null", True)]


def test_a_write_is_listed_at_once(s3, bucket):
    for i in range(20):
        s3.put_object(Bucket=bucket, Key=f"k{i:02}", Body=b"x")
        assert len(keys(s3.list_objects_v2(Bucket=bucket))) == i + 1
        s3.head_object(Bucket=bucket, Key=f"k{i:02}")
