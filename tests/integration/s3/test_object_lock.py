"""No bucket has Object Lock: what asks for it is refused in AWS's words."""

import pytest

UNTIL = "2036-01-01T00:00:00Z"
MISSING = (400, "InvalidRequest", "Bucket is missing Object Lock Configuration")


@pytest.mark.parametrize(
    "call,arguments",
    [
        ("get_object_retention", {}),
        ("put_object_retention", {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": UNTIL}}),
        ("get_object_legal_hold", {}),
        ("put_object_legal_hold", {"LegalHold": {"Status": "ON"}}),
        ("put_object", {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": UNTIL}),
        ("put_object", {"ObjectLockLegalHoldStatus": "ON"}),
        ("create_multipart_upload", {"ObjectLockLegalHoldStatus": "OFF"}),
        ("copy_object", {"ObjectLockLegalHoldStatus": "ON"}),
    ],
)
def test_locks_of_objects(s3, bucket, error_of, call, arguments):
    s3.put_object(Bucket=bucket, Key="k", Body=b"as before")
    if call == "copy_object":
        arguments = {"CopySource": f"{bucket}/k", **arguments}
    assert error_of(getattr(s3, call), Bucket=bucket, Key="k", **arguments) == MISSING
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"as before"
    if call != "copy_object":
        gone = error_of(getattr(s3, call), Bucket="never-made", Key="k", **arguments)
        assert gone[1] in ("NoSuchBucket", "InvalidRequest")


@pytest.mark.parametrize(
    "given,missing",
    [
        ({"ObjectLockMode": "GOVERNANCE"}, "x-amz-object-lock-retain-until-date"),
        ({"ObjectLockRetainUntilDate": UNTIL}, "x-amz-object-lock-mode"),
    ],
)
def test_half_a_lock(s3, bucket, given, missing):
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", **given)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidArgument" and error["ArgumentName"] == missing
    assert error["Message"] == (
        "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
    )


def test_configurations(s3, bucket, error_of):
    def put(name):
        return error_of(
            s3.put_object_lock_configuration,
            Bucket=name,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"},
        )

    assert put(bucket) == (
        409,
        "InvalidBucketState",
        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
    )
    assert put("never-made")[1] == "NoSuchBucket"
