"""Lifecycle rules, on a server whose clock tests move."""

import datetime
import re

import pytest

from s3.conftest import headers_of
from support.admin import admin, advance
from support.millrace import Millrace, wait_until

DAY = 24 * 3600
MALFORMED = (
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
)


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    millrace = Millrace(tmp_path_factory.mktemp("lifecycle") / "data", args=["--test-clock"]).start()
    yield millrace
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture(scope="module")
def s3(moved):
    return moved.client("s3")


def rule(**given):
    return {"ID": "rule", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}, **given}


def put_rules(s3, bucket, *rules):
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": list(rules)})


def rules_of(s3, bucket):
    return s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]


def keys_of(s3, bucket):
    return [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def now_of(moved):
    return datetime.datetime.fromtimestamp(admin(moved, "GET", "clock")[1]["now_ms"] / 1000, datetime.timezone.utc)


def midnight_after(moved, days):
    then = now_of(moved) + datetime.timedelta(days=days + 1)
    return then.replace(hour=0, minute=0, second=0, microsecond=0)


def test_rules_are_kept_and_taken_away(s3, bucket, error_of):
    none = (404, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
    assert error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == none
    rules = [
        rule(ID="one", Filter={"Prefix": "a/"}, Expiration={"Days": 7}),
        rule(ID="two", Filter={"Tag": {"Key": "k", "Value": "v"}}, Status="Disabled"),
        rule(
            ID="three",
            Filter={"And": {"Prefix": "b", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeGreaterThan": 5}},
            Expiration={"Date": datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)},
        ),
        rule(ID="four", AbortIncompleteMultipartUpload={"DaysAfterInitiation": 3}),
        rule(ID="five", NoncurrentVersionExpiration={"NoncurrentDays": 3}),
    ]
    put_rules(s3, bucket, *rules)
    shown = rules_of(s3, bucket)
    for one in shown:
        if "Date" in one.get("Expiration", {}):
            one["Expiration"]["Date"] = one["Expiration"]["Date"].replace(tzinfo=datetime.timezone.utc)
    assert shown == rules
    sizes = headers_of(s3.get_bucket_lifecycle_configuration(Bucket=bucket))
    assert sizes["x-amz-transition-default-minimum-object-size"] == "all_storage_classes_128K"
    put_rules(s3, bucket, {"Status": "Enabled", "Prefix": "old/", "Expiration": {"Days": 1}})
    (old,) = rules_of(s3, bucket)
    assert old["Prefix"] == "old/" and old["ID"], "a rule without an ID is given one"
    for _ in range(2):
        assert s3.delete_bucket_lifecycle(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket) == none


@pytest.mark.parametrize(
    "wrong,expected",
    [
        ({"Filter": None}, MALFORMED),
        ({"Prefix": "a"}, MALFORMED),
        ({"Status": "enabled"}, MALFORMED),
        ({"Filter": {"Prefix": "", "ObjectSizeGreaterThan": 500}}, MALFORMED),
        ({"Filter": {"And": {"Prefix": "test"}, "Prefix": ""}}, MALFORMED),
        ({"Expiration": {"Days": 1, "ExpiredObjectDeleteMarker": True}}, MALFORMED),
        ({"NoncurrentVersionExpiration": {}}, MALFORMED),
        ({"Expiration": None}, (400, "InvalidRequest", "At least one action needs to be specified in a rule")),
        (
            {"Expiration": {"Days": 0}},
            (400, "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
        ),
        (
            {"Expiration": {"Date": datetime.datetime(2023, 1, 1, 2, 2)}},
            (400, "InvalidArgument", "'Date' must be at midnight GMT"),
        ),
        (
            {"Filter": {"And": {"Tags": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]}}},
            (400, "InvalidRequest", "Duplicate Tag Keys are not allowed."),
        ),
        ({"ID": "x" * 256}, (400, "InvalidArgument", "ID length should not exceed allowed limit of 255")),
    ],
)
def test_rules_that_are_refused(s3, bucket, error_of, wrong, expected):
    wanted = {k: v for k, v in rule(**wrong).items() if v is not None}
    configuration = {"Rules": [wanted]}
    assert (
        error_of(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration=configuration) == expected
    )


def test_more_that_is_refused(s3, bucket, error_of, sending):
    def refused(*rules):
        configuration = {"Rules": list(rules)}
        return error_of(s3.put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration=configuration)

    assert refused() == MALFORMED
    assert refused(rule(), rule()) == (
        400,
        "InvalidArgument",
        "RuleId must be unique. Found same ID for more than one rule",
    )
    for name, value in (
        ("Transitions", [{"Days": 1, "StorageClass": "GLACIER"}]),
        ("NoncurrentVersionTransitions", [{"NoncurrentDays": 1, "StorageClass": "GLACIER"}]),
    ):
        status, code, message = refused(rule(**{name: value}))
        assert (status, code) == (501, "NotImplemented") and "Transition in a lifecycle rule" in message
    with sending(s3, {"x-amz-transition-default-minimum-object-size": "value"}):
        assert refused(rule()) == (
            400,
            "InvalidRequest",
            "Invalid TransitionDefaultMinimumObjectSize found: value",
        )
    assert error_of(
        s3.put_bucket_lifecycle_configuration, Bucket="never-made", LifecycleConfiguration={"Rules": [rule()]}
    )[:2] == (404, "NoSuchBucket")


def test_the_expiration_is_shown(moved, s3, bucket):
    put_rules(
        s3,
        bucket,
        rule(ID="long & wide", Filter={"Prefix": "a"}, Expiration={"Days": 9}),
        rule(ID="short", Filter={"Prefix": "a/"}, Expiration={"Days": 3}),
        rule(ID="tagged", Filter={"Tag": {"Key": "k", "Value": "v"}}, Expiration={"Days": 5}),
        rule(ID="large", Filter={"ObjectSizeGreaterThan": 20}, Expiration={"Days": 2}),
        rule(ID="off", Status="Disabled"),
    )

    def shown(answer):
        if "Expiration" not in answer:
            return None
        date, rule_id = re.fullmatch(r'expiry-date="(.*)", rule-id="(.*)"', answer["Expiration"]).groups()
        return datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT"), rule_id

    def at(days):
        return midnight_after(moved, days).replace(tzinfo=None)

    for key, body, more, expected in (
        ("a1", b"x", {}, (at(9), "long%20%26%20wide")),
        ("a/1", b"x", {}, (at(3), "short")),
        ("b", b"x", {}, None),
        ("b", b"x", {"Tagging": "k=v"}, (at(5), "tagged")),
        ("b", b"x" * 20, {}, None),
        ("b", b"x" * 21, {}, (at(2), "large")),
    ):
        assert shown(s3.put_object(Bucket=bucket, Key=key, Body=body, **more)) == expected, key
        assert shown(s3.get_object(Bucket=bucket, Key=key)) == expected
        assert shown(s3.head_object(Bucket=bucket, Key=key)) == expected
    assert shown(s3.copy_object(Bucket=bucket, Key="a/2", CopySource=f"{bucket}/b")) == (at(2), "large")
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert shown(s3.head_object(Bucket=bucket, Key="a1")) is None


def test_objects_expire_and_uploads_are_aborted(moved, s3, bucket):
    put_rules(
        s3,
        bucket,
        rule(ID="prefix", Filter={"Prefix": "short/"}, Expiration={"Days": 1}),
        rule(ID="tag", Filter={"Tag": {"Key": "k", "Value": "v"}}, Expiration={"Days": 3}),
        {
            "ID": "uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": "up/"},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 2},
        },
    )
    for i in range(1100):  # more than a page
        s3.put_object(Bucket=bucket, Key=f"short/{i:04}", Body=b"")
    s3.put_object(Bucket=bucket, Key="tagged", Body=b"x", Tagging="k=v")
    s3.put_object(Bucket=bucket, Key="stays", Body=b"x")
    for key in ("up/1", "other"):
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"x")

    def uploads():
        return [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]

    until = (midnight_after(moved, 1) - now_of(moved)).total_seconds()
    advance(moved, until - 60)
    assert len(keys_of(s3, bucket)) == 1000, "not before its day is over"
    s3.put_object(Bucket=bucket, Key="short/fresh", Body=b"x")
    advance(moved, 120)
    wait_until(lambda: keys_of(s3, bucket) == ["short/fresh", "stays", "tagged"], "the old ones expire", 60)
    assert uploads() == ["other", "up/1"]
    advance(moved, DAY)
    wait_until(lambda: uploads() == ["other"], "the upload is aborted", 60)
    wait_until(lambda: keys_of(s3, bucket) == ["stays", "tagged"], "the next one expires", 60)
    s3.put_object_tagging(Bucket=bucket, Key="stays", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    advance(moved, 2 * DAY)
    wait_until(lambda: keys_of(s3, bucket) == [], "what was tagged expires by its own age", 60)
    assert "lifecycle_expired" in moved.log()


def test_a_date_that_is_over_counts_at_once(moved, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    put_rules(s3, bucket, rule(Expiration={"Date": datetime.datetime(2020, 1, 1)}))
    wait_until(lambda: keys_of(s3, bucket) == [], "it expires", 60)


def test_rules_survive_a_restart(tmp_path):
    for step in (1, 2):
        server = Millrace(tmp_path / "data", args=["--test-clock"]).start()
        s3 = server.client("s3")
        if step == 1:
            s3.create_bucket(Bucket="kept")
            put_rules(s3, "kept", rule())
            s3.put_object(Bucket="kept", Key="k", Body=b"x")
        else:
            assert s3.head_object(Bucket="kept", Key="k")["Expiration"].endswith('rule-id="rule"')
            advance(server, 2 * DAY)
            wait_until(lambda: keys_of(s3, "kept") == [], "it expires", 60)
        assert server.stop() == 0, server.log()
