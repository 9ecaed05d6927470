"""Roles, managed policies and boundaries."""

import datetime
import json

import pytest

from .conftest import ALLOW, TRUST
from .test_users import error


@pytest.fixture
def policy(iam):
    return iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]


def test_a_role_is_created_read_updated_and_deleted(iam, account):
    made = iam.create_role(RoleName="r", Path="/x/", AssumeRolePolicyDocument=TRUST, Description="d")["Role"]
    assert made["Arn"] == f"arn:aws:iam::{account}:role/x/r" and made["RoleId"].startswith("AROA")
    assert made["AssumeRolePolicyDocument"] == json.loads(TRUST)
    assert "MaxSessionDuration" not in made and "RoleLastUsed" not in made
    got = iam.get_role(RoleName="r")["Role"]
    assert got == {**made, "MaxSessionDuration": 3600, "RoleLastUsed": {}}
    assert iam.update_role(RoleName="r", MaxSessionDuration=7200)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert iam.update_role_description(RoleName="r", Description="e")["Role"]["Description"] == "e"
    got = iam.get_role(RoleName="r")["Role"]
    assert (got["MaxSessionDuration"], got["Description"]) == (7200, "e")
    assert [r["RoleName"] for r in iam.list_roles()["Roles"]] == ["r"]
    other = TRUST.replace('{"AWS":"*"}', '{"Service":"lambda.amazonaws.com"}')
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=other)
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(other)
    assert error(iam.update_assume_role_policy, RoleName="r", PolicyDocument="x") == (
        400,
        "MalformedPolicyDocument",
        "This policy contains invalid Json",
    )
    assert error(iam.create_role, RoleName="r", AssumeRolePolicyDocument=TRUST) == (
        409,
        "EntityAlreadyExists",
        "Role with name r already exists.",
    )
    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"] == []
    iam.tag_role(RoleName="r", Tags=[{"Key": "k", "Value": "v"}])
    assert iam.get_role(RoleName="r")["Role"]["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_role(RoleName="r", TagKeys=["k"])
    assert iam.list_role_tags(RoleName="r")["Tags"] == []
    iam.delete_role(RoleName="r")
    assert error(iam.get_role, RoleName="r") == (404, "NoSuchEntity", "The role with name r cannot be found.")


def test_managed_policies_are_attached(iam, policy):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_group(GroupName="g")
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    for arn in (policy, admin, policy):
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    iam.attach_group_policy(GroupName="g", PolicyArn=policy)
    attached = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]
    assert attached == [
        {"PolicyName": "AdministratorAccess", "PolicyArn": admin},
        {"PolicyName": "p", "PolicyArn": policy},
    ]
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 2
    entities = iam.list_entities_for_policy(PolicyArn=policy)
    assert [r["RoleName"] for r in entities["PolicyRoles"]] == ["r"]
    assert [g["GroupName"] for g in entities["PolicyGroups"]] == ["g"] and entities["PolicyUsers"] == []
    assert iam.list_entities_for_policy(PolicyArn=policy, EntityFilter="Group")["PolicyRoles"] == []
    assert error(iam.delete_role, RoleName="r") == (
        409,
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    assert error(iam.delete_policy, PolicyArn=policy)[1:] == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    none = policy + "none"
    assert error(iam.attach_role_policy, RoleName="r", PolicyArn=none) == (
        404,
        "NoSuchEntity",
        f"Policy {none} does not exist or is not attachable.",
    )
    assert error(iam.attach_role_policy, RoleName="r", PolicyArn="longpolicynamebutnoarn")[2] == (
        "ARN longpolicynamebutnoarn is not valid."
    )
    iam.detach_role_policy(RoleName="r", PolicyArn=policy)
    iam.detach_group_policy(GroupName="g", PolicyArn=policy)
    assert error(iam.detach_role_policy, RoleName="r", PolicyArn=policy) == (
        404,
        "NoSuchEntity",
        f"Policy {policy} was not found.",
    )
    iam.delete_policy(PolicyArn=policy)
    assert error(iam.get_policy, PolicyArn=policy)[2] == f"Policy {policy} was not found."


def test_no_more_than_ten_policies_are_attached(iam):
    iam.create_user(UserName="u")
    for n in range(11):
        arn = iam.create_policy(PolicyName=f"p{n}", PolicyDocument=ALLOW)["Policy"]["Arn"]
        if n < 10:
            iam.attach_user_policy(UserName="u", PolicyArn=arn)
    assert error(iam.attach_user_policy, UserName="u", PolicyArn=arn)[1:] == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerUser: 10",
    )


def test_policies_have_versions(iam, policy):
    other = ALLOW.replace("kinesis", "s3")
    made = iam.create_policy_version(PolicyArn=policy, PolicyDocument=other, SetAsDefault=True)["PolicyVersion"]
    assert made["VersionId"] == "v2" and made["IsDefaultVersion"]
    got = iam.get_policy_version(PolicyArn=policy, VersionId="v2")["PolicyVersion"]
    assert got["Document"] == json.loads(other)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"] == "v2"
    for _ in range(3):
        iam.create_policy_version(PolicyArn=policy, PolicyDocument=ALLOW)
    assert error(iam.create_policy_version, PolicyArn=policy, PolicyDocument=ALLOW)[1:] == (
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
        "version.",
    )
    pages = iam.get_paginator("list_policy_versions").paginate(PolicyArn=policy, PaginationConfig={"PageSize": 2})
    assert [v["VersionId"] for page in pages for v in page["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    assert error(iam.delete_policy_version, PolicyArn=policy, VersionId="v2")[1:] == (
        "DeleteConflict",
        "Cannot delete the default version of a policy.",
    )
    assert error(iam.get_policy_version, PolicyArn=policy, VersionId="v9") == (
        404,
        "NoSuchEntity",
        f"Policy {policy} version v9 does not exist or is not attachable.",
    )
    assert error(iam.get_policy_version, PolicyArn=policy, VersionId="1")[2] == (
        "1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"
    )
    iam.set_default_policy_version(PolicyArn=policy, VersionId="v1")
    assert error(iam.delete_policy, PolicyArn=policy)[1] == "DeleteConflict"
    for n in (2, 3, 4, 5):
        iam.delete_policy_version(PolicyArn=policy, VersionId=f"v{n}")
    assert iam.create_policy_version(PolicyArn=policy, PolicyDocument=ALLOW)["PolicyVersion"]["VersionId"] == "v6"


def test_the_policies_of_aws_are_there(iam):
    names = [
        "AdministratorAccess",
        "AmazonKinesisFullAccess",
        "AmazonKinesisReadOnlyAccess",
        "AmazonS3FullAccess",
        "AmazonS3ReadOnlyAccess",
        "AmazonDynamoDBFullAccess",
        "AWSLambda_FullAccess",
        "CloudWatchFullAccess",
        "IAMFullAccess",
        "ReadOnlyAccess",
        "service-role/AWSLambdaKinesisExecutionRole",
        "service-role/AWSLambdaBasicExecutionRole",
    ]
    for name in names:
        arn = "arn:aws:iam::aws:policy/" + name
        policy = iam.get_policy(PolicyArn=arn)["Policy"]
        assert policy["Arn"] == arn and policy["Tags"] == []
        got = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
        assert got["PolicyVersion"]["Document"]["Version"] == "2012-10-17"
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS", PaginationConfig={"PageSize": 10})
    listed = [p["PolicyName"] for page in pages for p in page["Policies"]]
    assert {name.split("/")[-1] for name in names} <= set(listed) and len(listed) == len(set(listed))
    assert iam.list_policies(Scope="Local")["Policies"] == []
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert error(iam.delete_policy, PolicyArn=admin)[1] == "AccessDenied"


def test_boundaries(iam, policy):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=policy)
    assert iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == policy
    assert iam.get_policy(PolicyArn=policy)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    assert error(iam.delete_policy, PolicyArn=policy)[1] == "DeleteConflict"
    iam.delete_role_permissions_boundary(RoleName="r")
    assert "PermissionsBoundary" not in iam.get_role(RoleName="r")["Role"]
    assert error(iam.delete_role_permissions_boundary, RoleName="r")[1] == "NoSuchEntity"


def test_tags_of_policies_tell_case_apart(iam, policy):
    iam.tag_policy(PolicyArn=policy, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    assert [t["Key"] for t in iam.list_policy_tags(PolicyArn=policy)["Tags"]] == ["A", "a"]
    page = iam.list_policy_tags(PolicyArn=policy, MaxItems=1)
    assert page["IsTruncated"] and iam.list_policy_tags(PolicyArn=policy, Marker=page["Marker"])["Tags"][0]["Key"] == "a"
    iam.untag_policy(PolicyArn=policy, TagKeys=["a"])
    assert [t["Key"] for t in iam.get_policy(PolicyArn=policy)["Policy"]["Tags"]] == ["A"]


def test_who_calls(sts, account):
    answer = sts.get_caller_identity()
    assert (answer["Account"], answer["UserId"], answer["Arn"]) == (account, account, f"arn:aws:iam::{account}:root")


def test_credentials_of_a_role(iam, sts, account):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]
    answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ss")
    assert answer["AssumedRoleUser"] == {
        "AssumedRoleId": role["RoleId"] + ":ss",
        "Arn": f"arn:aws:sts::{account}:assumed-role/r/ss",
    }
    credentials = answer["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA") and len(credentials["SecretAccessKey"]) == 40
    left = credentials["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 3500 < left.total_seconds() <= 3600 and "PackedPolicySize" not in answer
    answer = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="ss", Policy=ALLOW, SourceIdentity="me")
    assert answer["PackedPolicySize"] == 3 and answer["SourceIdentity"] == "me"


def test_what_cannot_be_assumed(iam, sts, account):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    assert error(sts.assume_role, RoleArn=role + "x", RoleSessionName="ss") == (
        403,
        "AccessDenied",
        f"User: arn:aws:iam::{account}:root is not authorized to perform: sts:AssumeRole on resource: {role}x",
    )
    assert error(sts.assume_role, RoleArn="nothing-valid-in-here", RoleSessionName="ss") == (
        400,
        "ValidationError",
        "nothing-valid-in-here is invalid",
    )
    for arn in ("arn::b:::something/test-role", "arn:a::::something/test-role", "arn:a:::something/test-role", "arn:a:a::aaaaaaaaaa:"):
        assert error(sts.assume_role, RoleArn=arn, RoleSessionName="ss")[2] == arn + " is invalid"
    assert error(sts.assume_role, RoleArn=role, RoleSessionName="Session1:2")[2] == (
        "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member "
        r"must satisfy regular expression pattern: [\w+=,.@-]*"
    )
    assert error(sts.assume_role, RoleArn=role, RoleSessionName="ss", DurationSeconds=7200)[2] == (
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    )
    tags = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    assert error(sts.assume_role, RoleArn=role, RoleSessionName="ss", Tags=tags)[1:] == (
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
    assert error(sts.assume_role, RoleArn=role, RoleSessionName="ss", TransitiveTagKeys=["a"])[2] == (
        "The specified transitive tag key must be included in the requested tags."
    )


def test_session_tokens_and_accounts_of_keys(iam, sts, account):
    credentials = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA") and credentials["SessionToken"]
    key = iam.create_access_key()["AccessKey"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == account
    assert error(sts.get_access_key_info, AccessKeyId="AKIAIOSFODNN7EXAMPLE")[1] == "AccessDenied"
