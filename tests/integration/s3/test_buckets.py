import pytest


def test_a_bucket_is_made_found_and_removed(s3):
    assert s3.create_bucket(Bucket="first-bucket")["Location"] == "/first-bucket"
    assert "first-bucket" in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    head = s3.head_bucket(Bucket="first-bucket")
    assert head["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "us-east-1"
    assert s3.get_bucket_location(Bucket="first-bucket")["LocationConstraint"] is None
    assert s3.delete_bucket(Bucket="first-bucket")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "first-bucket" not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


def test_the_location_is_kept(server, s3):
    s3.create_bucket(Bucket="in-ireland", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    assert s3.get_bucket_location(Bucket="in-ireland")["LocationConstraint"] == "eu-central-1"


def test_locations_that_are_refused(server, s3, error_of):
    """LocalStack's recording test_different_location_constraint."""

    def make(client, **configuration):
        return error_of(client.create_bucket, Bucket="nowhere", CreateBucketConfiguration=configuration)

    def illegal(location):
        return (
            400,
            "IllegalLocationConstraintException",
            f"The {location} location constraint is incompatible for the region specific endpoint this request was "
            "sent to.",
        )

    invalid = (400, "InvalidLocationConstraint", "The specified location-constraint is not valid")
    assert make(s3, LocationConstraint="us-east-1") == invalid
    assert make(s3, LocationConstraint="Nowhere!") == invalid
    ohio = server.client("s3", region="us-east-2")
    assert error_of(ohio.create_bucket, Bucket="nowhere") == illegal("unspecified")
    assert make(ohio, LocationConstraint="us-west-1") == illegal("us-west-1")
    assert make(ohio, LocationConstraint="us-east-1") == illegal("us-east-1")
    ohio.create_bucket(Bucket="in-ohio", CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    assert ohio.get_bucket_location(Bucket="in-ohio")["LocationConstraint"] == "us-east-2"
    server.client("s3", region="eu-west-1").create_bucket(
        Bucket="in-the-eu", CreateBucketConfiguration={"LocationConstraint": "EU"}
    )


def test_making_a_bucket_again(server, s3, error_of):
    s3.create_bucket(Bucket="twice")
    s3.create_bucket(Bucket="twice")  # in us-east-1 no error
    other = server.client("s3", region="eu-west-1")
    other.create_bucket(Bucket="twice-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert error_of(
        other.create_bucket, Bucket="twice-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    ) == (
        409,
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
    )


def test_buckets_are_an_accounts_own(server, s3):
    one, two = (server.client("s3", access_key=key) for key in ("111111111111", "222222222222"))
    one.create_bucket(Bucket="same-name")
    two.create_bucket(Bucket="same-name")
    one.put_object(Bucket="same-name", Key="k", Body=b"one")
    assert "Contents" not in two.list_objects_v2(Bucket="same-name")
    assert [b["Name"] for b in one.list_buckets()["Buckets"]] == ["same-name"]
    assert one.list_buckets()["Owner"]["ID"] == "111111111111"
    assert "same-name" not in [b["Name"] for b in s3.list_buckets()["Buckets"]]


def test_a_bucket_that_holds_objects_stays(s3, bucket, error_of):
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert error_of(s3.delete_bucket, Bucket=bucket) == (
        409,
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
    )
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("name", ["ab", "UPPER", "a_b", "192.168.5.4", "a..b", "a.-b", "a-.b", "x" * 64])
def test_bad_names_are_refused(server, name):
    answer = server.raw("PUT", f"/{name}")
    assert answer.status == 400
    assert b"<Code>InvalidBucketName</Code><Message>The specified bucket is not valid.</Message>" in answer.body


def test_what_is_not_there(s3, error_of):
    gone = (404, "NoSuchBucket", "The specified bucket does not exist")
    for function, arguments in [
        (s3.list_objects_v2, {}),
        (s3.list_objects, {}),
        (s3.delete_bucket, {}),
        (s3.get_bucket_location, {}),
        (s3.put_object, {"Key": "k", "Body": b"x"}),
        (s3.get_object, {"Key": "k"}),
        (s3.delete_object, {"Key": "k"}),
        (s3.create_multipart_upload, {"Key": "k"}),
        (s3.list_multipart_uploads, {}),
        (s3.get_bucket_versioning, {}),
    ]:
        assert error_of(function, Bucket="never-made", **arguments) == gone
    assert error_of(s3.head_bucket, Bucket="never-made")[:2] == (404, "404")


def test_settings_that_tools_read(s3, bucket, error_of):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=bucket)
    for function, code in [
        (s3.get_bucket_policy, "NoSuchBucketPolicy"),
        (s3.get_bucket_tagging, "NoSuchTagSet"),
        (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"),
        (s3.get_bucket_cors, "NoSuchCORSConfiguration"),
        (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"),
        (s3.get_bucket_website, "NoSuchWebsiteConfiguration"),
        (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
    ]:
        assert error_of(function, Bucket=bucket)[:2] == (404, code)


def test_what_is_not_implemented_says_so(s3, bucket, error_of, server):
    for function, arguments in [
        (s3.put_bucket_versioning, {"VersioningConfiguration": {"Status": "Enabled"}}),
        (s3.get_object_torrent, {"Key": "k"}),
        (s3.put_object, {"Key": "k", "Body": b"x", "ServerSideEncryption": "aws:kms"}),
        (s3.put_bucket_cors, {"CORSConfiguration": {"CORSRules": []}}),
    ]:
        assert error_of(function, Bucket=bucket, **arguments)[:2] == (501, "NotImplemented"), function
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert server.raw("POST", f"/{bucket}", body=b"form").status == 501
    assert server.raw("PATCH", f"/{bucket}/k").status == 405
