"""Bucket policies as documents: kept, shown, checked, and kept from being public."""

import json

import pytest
from support.millrace import Millrace

NO_POLICY = (404, "NoSuchBucketPolicy", "The bucket policy does not exist")
NO_BUCKET = (404, "NoSuchBucket", "The specified bucket does not exist")


def policy(bucket, principal="arn:aws:iam::111122223333:root", **more):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        **more,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def put(s3, bucket, document, **arguments):
    return s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document, indent=2), **arguments)


def status_of(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_policy_is_put_shown_and_deleted(s3, bucket, error_of):
    assert error_of(s3.get_bucket_policy, Bucket=bucket) == NO_POLICY
    assert error_of(s3.get_bucket_policy_status, Bucket=bucket) == NO_POLICY
    document = policy(bucket)
    assert status_of(put(s3, bucket, document)) == 204
    shown = s3.get_bucket_policy(Bucket=bucket)
    assert shown["Policy"] == json.dumps(document, separators=(",", ":"))
    assert shown["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    other = policy(bucket, Action=["s3:GetObject", "s3:PutObject"], Sid="both")
    put(s3, bucket, other)
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == other
    for _ in range(2):
        assert status_of(s3.delete_bucket_policy(Bucket=bucket)) == 204
        assert error_of(s3.get_bucket_policy, Bucket=bucket) == NO_POLICY


def test_buckets_that_do_not_exist_and_other_owners(s3, bucket, error_of):
    for function, arguments in [
        (s3.get_bucket_policy, {}),
        (s3.get_bucket_policy_status, {}),
        (s3.delete_bucket_policy, {}),
        (s3.put_bucket_policy, {"Policy": json.dumps(policy("never-made"))}),
    ]:
        assert error_of(function, Bucket="never-made", **arguments) == NO_BUCKET
    put(s3, bucket, policy(bucket), ExpectedBucketOwner="000000000000")
    assert error_of(s3.get_bucket_policy, Bucket=bucket, ExpectedBucketOwner="111111111111")[:2] == (403, "AccessDenied")
    assert error_of(s3.delete_bucket_policy, Bucket=bucket, ExpectedBucketOwner="111111111111")[:2] == (403, "AccessDenied")


def test_malformed_policies_are_refused(s3, bucket, error_of):
    def problem(document):
        text = document if isinstance(document, str) else json.dumps(document)
        status, code, message = error_of(s3.put_bucket_policy, Bucket=bucket, Policy=text)
        assert (status, code) == (400, "MalformedPolicy")
        return message

    for text in ("", "invalid json", "[]", "{"):
        assert problem(text) == "Policies must be valid JSON and the first byte must be '{'"
    assert problem({}) == "Missing required field Statement"
    assert problem(policy(bucket, Effect="hello")) == "Invalid effect: hello"
    assert problem(policy(bucket, principal="user")) == "Invalid principal in policy"
    assert problem(policy(bucket, Action="kinesis:PutRecord")) == "Policy has invalid action"
    assert problem(policy(bucket, Resource="*")) == "Policy has invalid resource"
    assert problem(policy("other")) == "Policy has invalid resource"
    without = policy(bucket)
    del without["Statement"][0]["Principal"]
    assert problem(without) == "Missing required field Principal"
    assert error_of(s3.get_bucket_policy, Bucket=bucket) == NO_POLICY


def test_a_policy_has_twenty_kilobytes(s3, bucket, error_of):
    def of_size(size):
        around = len(json.dumps(policy(bucket, Sid=""), separators=(",", ":")))
        return policy(bucket, Sid="s" * (size - around))

    put(s3, bucket, of_size(20480))
    assert error_of(put, s3=s3, bucket=bucket, document=of_size(20481)) == (
        400,
        "PolicyTooLarge",
        "Policy exceeds the maximum allowed document size.",
    )


def test_a_public_policy_needs_a_bucket_that_allows_it(s3, bucket, error_of):
    document = policy(bucket, principal="*")
    blocked = (
        403,
        "AccessDenied",
        "User: arn:aws:iam::000000000000:root is not authorized to perform: s3:PutBucketPolicy on resource: "
        f'"arn:aws:s3:::{bucket}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block '
        "Public Access.",
    )
    assert error_of(put, s3=s3, bucket=bucket, document=document) == blocked
    put(s3, bucket, policy(bucket, principal="*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": False}
    s3.delete_public_access_block(Bucket=bucket)
    put(s3, bucket, document)
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"] == {"IsPublic": True}
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert error_of(put, s3=s3, bucket=bucket, document=document) == blocked


def test_the_status_on_the_wire(server, s3, bucket):
    put(s3, bucket, policy(bucket))
    answer = server.raw("GET", f"/{bucket}?policyStatus")
    assert answer.body.endswith(
        b'<PolicyStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsPublic>false</IsPublic></PolicyStatus>'
    )


def test_a_wrong_digest_is_refused(server, s3, bucket, error_of):
    body = json.dumps(policy(bucket)).encode()
    answer = server.raw("PUT", f"/{bucket}?policy", {"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, body)
    assert answer.status == 400 and b"<Code>BadDigest</Code>" in answer.body
    assert error_of(s3.get_bucket_policy, Bucket=bucket) == NO_POLICY


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_policy_survives_a_restart_and_goes_with_its_bucket(tmp_path, error_of, how):
    server = Millrace(tmp_path / "data").start()
    try:
        s3 = server.client("s3")
        s3.create_bucket(Bucket="kept")
        put(s3, "kept", policy("kept"))
        text = s3.get_bucket_policy(Bucket="kept")["Policy"]
        getattr(server, how)()
        server.start()
        s3 = server.client("s3")
        assert s3.get_bucket_policy(Bucket="kept")["Policy"] == text
        s3.delete_bucket(Bucket="kept")
        s3.create_bucket(Bucket="kept")
        assert error_of(s3.get_bucket_policy, Bucket="kept") == NO_POLICY
    finally:
        server.stop()
