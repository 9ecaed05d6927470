"""Settings of buckets: what a new bucket has on AWS since 2023; setting just that is taken, all else refused."""

import pytest

BLOCK = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def refused(error_of, function, **arguments):
    status, code, message = error_of(function, **arguments)
    assert (status, code) == (501, "NotImplemented"), message
    return message


def test_public_access_block(s3, bucket, error_of):
    block = dict.fromkeys(BLOCK, True)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    for name in BLOCK:
        assert name in refused(
            error_of, s3.put_public_access_block, Bucket=bucket, PublicAccessBlockConfiguration={**block, name: False}
        )
    for _ in range(2):
        assert s3.delete_public_access_block(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert error_of(s3.get_public_access_block, Bucket=bucket) == (
            404,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block


def test_ownership(s3, bucket, error_of):
    def controls(value):
        return {"Rules": [{"ObjectOwnership": value}]}

    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == controls("BucketOwnerEnforced")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls("BucketOwnerEnforced"))
    for value in ("ObjectWriter", "BucketOwnerPreferred"):
        assert value in refused(
            error_of, s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls=controls(value)
        )
    for bad in (controls("Somebody"), {"Rules": [{}]}, {"Rules": controls("BucketOwnerEnforced")["Rules"] * 2}):
        assert error_of(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls=bad)[1] == "MalformedXML"
    for _ in range(2):
        assert s3.delete_bucket_ownership_controls(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(s3.get_bucket_ownership_controls, Bucket=bucket) == (
        404,
        "OwnershipControlsNotFoundError",
        "The bucket ownership controls were not found",
    )


def encryption(algorithm, bucket_key=False, **more):
    return {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, **more},
                "BucketKeyEnabled": bucket_key,
            }
        ]
    }


def test_encryption(s3, bucket, error_of):
    def shown():
        return s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]

    assert shown() == encryption("AES256")
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=encryption("AES256", True))
    assert shown() == encryption("AES256", True)
    for _ in range(2):
        assert s3.delete_bucket_encryption(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert shown() == encryption("AES256")
    for algorithm in ("aws:kms", "aws:kms:dsse"):
        assert algorithm in refused(
            error_of,
            s3.put_bucket_encryption,
            Bucket=bucket,
            ServerSideEncryptionConfiguration=encryption(algorithm),
        )
    for bad in ({"Rules": []}, {"Rules": encryption("AES256")["Rules"] * 2}, encryption("ROT13")):
        assert error_of(s3.put_bucket_encryption, Bucket=bucket, ServerSideEncryptionConfiguration=bad)[1] == "MalformedXML"
    assert error_of(
        s3.put_bucket_encryption,
        Bucket=bucket,
        ServerSideEncryptionConfiguration=encryption("AES256", KMSMasterKeyID="k"),
    ) == (
        400,
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
    )


def test_encryption_of_objects(s3, bucket, error_of):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")
    assert put["ServerSideEncryption"] == "AES256"
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "AES256"
    copied = s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", ServerSideEncryption="AES256")
    assert copied["ServerSideEncryption"] == "AES256"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="m", ServerSideEncryption="AES256")
    assert upload["ServerSideEncryption"] == "AES256"
    where = {"Bucket": bucket, "Key": "m", "UploadId": upload["UploadId"]}
    part = s3.upload_part(PartNumber=1, Body=b"x", **where)
    assert part["ServerSideEncryption"] == "AES256"
    assert s3.upload_part_copy(PartNumber=2, CopySource=f"{bucket}/k", **where)["ServerSideEncryption"] == "AES256"
    done = s3.complete_multipart_upload(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}, **where)
    assert done["ServerSideEncryption"] == "AES256"
    refused(error_of, s3.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    refused(error_of, s3.put_object, Bucket=bucket, Key="k", Body=b"x", SSEKMSKeyId="key")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="ROT13") == (
        400,
        "InvalidEncryptionAlgorithmError",
        "The Encryption request you specified is not valid. Supported value: AES256.",
    )


def test_keys_of_customers_are_refused(server, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    header = {"x-amz-server-side-encryption-customer-algorithm": "AES256"}
    assert server.raw("PUT", f"/{bucket}/k", header, b"y").status == 501
    for method in ("GET", "HEAD"):
        assert server.raw(method, f"/{bucket}/k", header).status == 400
    assert b"The encryption parameters are not applicable to this object." in server.raw("GET", f"/{bucket}/k", header).body


def test_settings_that_turn_nothing_on(s3, bucket, error_of):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    refused(error_of, s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert error_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={}) == (
        400,
        "IllegalVersioningConfigurationException",
        "The Versioning element must be specified",
    )
    assert error_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "enabled"})[1] == "MalformedXML"
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})
    refused(
        error_of,
        s3.put_bucket_logging,
        Bucket=bucket,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": ""}},
    )
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    refused(
        error_of,
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration={"EventBridgeConfiguration": {}},
    )
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "BucketOwner"})
    refused(error_of, s3.put_bucket_request_payment, Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Suspended"})
    refused(error_of, s3.put_bucket_accelerate_configuration, Bucket=bucket, AccelerateConfiguration={"Status": "Enabled"})


@pytest.mark.parametrize(
    "name", ["tagging", "lifecycle", "cors", "policy", "website", "replication", "encryption", "ownership_controls"]
)
def test_deleting_what_was_never_set(s3, bucket, error_of, name):
    function = getattr(s3, f"delete_bucket_{name}")
    assert function(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(function, Bucket="never-made") == (404, "NoSuchBucket", "The specified bucket does not exist")


def test_acls(s3, bucket, error_of):
    none = (400, "AccessControlListNotSupported", "The bucket does not allow ACLs")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="bucket-owner-full-control")
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ACL="public-read") == none
    assert error_of(s3.put_object, Bucket=bucket, Key="k", Body=b"x", GrantRead="id=1") == none
    assert error_of(s3.put_object_acl, Bucket=bucket, Key="k", ACL="public-read") == none
    assert error_of(s3.put_bucket_acl, Bucket=bucket, ACL="public-read") == none
    s3.put_bucket_acl(Bucket=bucket, ACL="private")
    assert error_of(s3.create_bucket, Bucket="public", ACL="public-read")[:2] == (
        400,
        "InvalidBucketAclWithObjectOwnership",
    )
    assert error_of(s3.create_bucket, Bucket="public", ObjectOwnership="Mine") == (
        400,
        "InvalidArgument",
        "Invalid x-amz-object-ownership header: Mine",
    )
    refused(error_of, s3.create_bucket, Bucket="public", ObjectOwnership="ObjectWriter")
    s3.create_bucket(Bucket="enforced", ObjectOwnership="BucketOwnerEnforced")


def test_regions_and_arns(server, s3, bucket):
    assert server.raw("GET", f"/{bucket}?location").body.endswith(
        b'<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>'
    )
    for path in ("", "?list-type=2", "?versions", "?uploads"):
        assert server.raw("GET", f"/{bucket}{path}").getheader("x-amz-bucket-region") == "us-east-1"
    assert server.raw("HEAD", f"/{bucket}").getheader("x-amz-bucket-arn") == f"arn:aws:s3:::{bucket}"
    china = server.client("s3", region="cn-north-1")
    china.create_bucket(Bucket="in-china", CreateBucketConfiguration={"LocationConstraint": "cn-north-1"})
    assert server.raw("HEAD", "/in-china").getheader("x-amz-bucket-arn") == "arn:aws-cn:s3:::in-china"
    page = server.raw("GET", "/?prefix=in-china&max-buckets=1").body
    assert b"<Name>in-china</Name>" in page and b"<BucketRegion>cn-north-1</BucketRegion>" in page
    assert b"<BucketArn>arn:aws-cn:s3:::in-china</BucketArn>" in page
    assert b"BucketRegion" not in server.raw("GET", "/").body


def test_expected_owners(s3, bucket, error_of):
    s3.list_objects_v2(Bucket=bucket, ExpectedBucketOwner="000000000000")
    assert error_of(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="111111111111") == (
        403,
        "AccessDenied",
        "Access Denied",
    )
    assert error_of(s3.list_objects_v2, Bucket=bucket, ExpectedBucketOwner="invalid") == (
        400,
        "InvalidBucketOwnerAWSAccountID",
        "The value of the expected bucket owner parameter must be an AWS Account ID... [invalid]",
    )


@pytest.mark.parametrize("kind", ["analytics", "intelligent_tiering", "inventory", "metrics"])
def test_configurations_that_no_bucket_has(s3, bucket, error_of, kind):
    listed = getattr(s3, f"list_bucket_{kind}_configurations")(Bucket=bucket)
    assert listed["IsTruncated"] is False
    gone = (404, "NoSuchConfiguration", "The specified configuration does not exist.")
    for call in ("get", "delete"):
        assert error_of(getattr(s3, f"{call}_bucket_{kind}_configuration"), Bucket=bucket, Id="x") == gone
    assert error_of(getattr(s3, f"list_bucket_{kind}_configurations"), Bucket="never-made")[1] == "NoSuchBucket"
