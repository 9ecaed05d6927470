"""Users, groups and access keys."""

import datetime
import re

import pytest
from botocore.exceptions import ClientError

from .conftest import ALLOW


def error(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    e = caught.value.response
    return e["ResponseMetadata"]["HTTPStatusCode"], e["Error"]["Code"], e["Error"]["Message"]


def test_a_user_is_created_read_renamed_and_deleted(iam, account):
    made = iam.create_user(UserName="Ann", Path="/team/", Tags=[{"Key": "a", "Value": "1"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{account}:user/team/Ann" and made["Path"] == "/team/"
    assert re.fullmatch("AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["Tags"] == [{"Key": "a", "Value": "1"}]
    age = datetime.datetime.now(datetime.timezone.utc) - made["CreateDate"]
    assert abs(age.total_seconds()) < 60
    assert iam.get_user(UserName="Ann")["User"] == made
    assert error(iam.create_user, UserName="ann") == (409, "EntityAlreadyExists", "User with name ann already exists.")
    iam.update_user(UserName="Ann", NewUserName="Beth", NewPath="/")
    renamed = iam.get_user(UserName="Beth")["User"]
    assert renamed["UserId"] == made["UserId"] and renamed["Arn"].endswith(":user/Beth")
    assert error(iam.get_user, UserName="Ann") == (404, "NoSuchEntity", "The user with name Ann cannot be found.")
    iam.update_user(UserName="Beth", NewUserName="beth")
    iam.delete_user(UserName="beth")
    assert error(iam.delete_user, UserName="beth")[1] == "NoSuchEntity"
    assert iam.list_users()["Users"] == []


def test_names_and_paths_are_checked(iam):
    assert error(iam.create_user, UserName="a b") == (
        400,
        "ValidationError",
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-",
    )
    assert error(iam.create_user, UserName="a", Path="team")[2].startswith("The specified value for path is invalid.")
    assert error(iam.create_user, UserName="x" * 65) == (
        400,
        "ValidationError",
        "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length "
        "less than or equal to 64",
    )
    assert error(iam.create_user)[2].startswith("1 validation error detected: Value at 'userName'")


def test_users_are_listed_in_pages(iam):
    names = [f"user-{n:02}" for n in range(7)]
    for name in reversed(names):
        iam.create_user(UserName=name, Path="/a/" if name < "user-03" else "/b/")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Users"]) for page in pages] == [3, 3, 1]
    assert [user["UserName"] for page in pages for user in page["Users"]] == names
    assert [u["UserName"] for u in iam.list_users(PathPrefix="/a")["Users"]] == names[:3]
    assert error(iam.list_users, Marker="nonsense")[1] == "ValidationError"
    assert error(iam.list_users, MaxItems=0)[1] == "ValidationError"


def test_accounts_do_not_see_each_other(iam, server):
    iam.create_user(UserName="alone")
    other = server.client("iam", access_key="399999999999")
    assert error(other.get_user, UserName="alone")[1] == "NoSuchEntity"


def test_the_root_is_who_calls(iam, account):
    root = iam.get_user()["User"]
    assert root["Arn"] == f"arn:aws:iam::{account}:root" and root["UserId"] == account


def test_two_access_keys_a_user_are_rotated(iam):
    iam.create_user(UserName="u")
    first = iam.create_access_key(UserName="u")["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", first["AccessKeyId"]) and len(first["SecretAccessKey"]) == 40
    assert first["Status"] == "Active" and first["UserName"] == "u"
    second = iam.create_access_key(UserName="u")["AccessKey"]
    assert error(iam.create_access_key, UserName="u") == (
        409,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    iam.update_access_key(UserName="u", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = {k["AccessKeyId"]: k for k in iam.list_access_keys(UserName="u")["AccessKeyMetadata"]}
    assert listed[first["AccessKeyId"]]["Status"] == "Inactive"
    assert listed[second["AccessKeyId"]]["Status"] == "Active"
    assert "SecretAccessKey" not in listed[second["AccessKeyId"]]
    used = iam.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])
    assert used["UserName"] == "u" and used["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    assert error(iam.delete_user, UserName="u") == (
        409,
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    )
    for key in listed:
        iam.delete_access_key(UserName="u", AccessKeyId=key)
    assert error(iam.delete_access_key, UserName="u", AccessKeyId=first["AccessKeyId"]) == (
        404,
        "NoSuchEntity",
        f"The Access Key with id {first['AccessKeyId']} cannot be found.",
    )
    iam.delete_user(UserName="u")


def test_a_root_has_keys_too(iam):
    key = iam.create_access_key()["AccessKey"]
    assert [k["AccessKeyId"] for k in iam.list_access_keys()["AccessKeyMetadata"]] == [key["AccessKeyId"]]
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])


def test_groups_have_users(iam, account):
    group = iam.create_group(GroupName="g", Path="/x/")["Group"]
    assert group["Arn"] == f"arn:aws:iam::{account}:group/x/g" and group["GroupId"].startswith("AGPA")
    for name in ("u", "v"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="g", UserName=name)
    iam.add_user_to_group(GroupName="g", UserName="u")
    found = iam.get_group(GroupName="g")
    assert [u["UserName"] for u in found["Users"]] == ["u", "v"] and found["Group"] == group
    assert iam.list_groups_for_user(UserName="u")["Groups"] == [group]
    assert error(iam.delete_group, GroupName="g")[1] == "DeleteConflict"
    assert error(iam.add_user_to_group, GroupName="none", UserName="u")[2] == "The group with name none cannot be found."
    iam.update_group(GroupName="g", NewGroupName="h")
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="u")["Groups"]] == ["h"]
    assert error(iam.delete_user, UserName="u")[1] == "DeleteConflict"
    for name in ("u", "v"):
        iam.remove_user_from_group(GroupName="h", UserName=name)
    iam.delete_group(GroupName="h")
    assert iam.list_groups()["Groups"] == []


def test_tags_of_users(iam):
    iam.create_user(UserName="u")
    iam.tag_user(UserName="u", Tags=[{"Key": "Team", "Value": "a"}, {"Key": "ü", "Value": ""}])
    iam.tag_user(UserName="u", Tags=[{"Key": "team", "Value": "b"}])
    assert iam.list_user_tags(UserName="u")["Tags"] == [{"Key": "team", "Value": "b"}, {"Key": "ü", "Value": ""}]
    twice = [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]
    assert error(iam.tag_user, UserName="u", Tags=twice) == (
        400,
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )
    assert error(iam.tag_user, UserName="u", Tags=[{"Key": "a?", "Value": "1"}])[2] == (
        "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy "
        r"regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"
    )
    many = [{"Key": str(n), "Value": ""} for n in range(51)]
    assert error(iam.tag_user, UserName="u", Tags=many)[2] == (
        "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than "
        "or equal to 50"
    )
    iam.untag_user(UserName="u", TagKeys=["TEAM"])
    assert [t["Key"] for t in iam.list_user_tags(UserName="u")["Tags"]] == ["ü"]


def test_what_clients_read_before_they_delete_a_user(iam):
    iam.create_user(UserName="u")
    assert iam.list_mfa_devices(UserName="u")["MFADevices"] == []
    assert iam.list_ssh_public_keys(UserName="u")["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName="u")["Certificates"] == []
    assert iam.list_service_specific_credentials(UserName="u")["ServiceSpecificCredentials"] == []
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
    assert iam.list_account_aliases()["AccountAliases"] == []
    assert error(iam.get_login_profile, UserName="u") == (
        404,
        "NoSuchEntity",
        "Login Profile for User u cannot be found.",
    )
    assert error(iam.delete_login_profile, UserName="u")[1] == "NoSuchEntity"
    assert error(iam.get_account_password_policy)[1] == "NoSuchEntity"
    assert error(iam.list_mfa_devices, UserName="x")[1] == "NoSuchEntity"
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["Users"] == 1 and summary["AccessKeysPerUserQuota"] == 2


def test_unknown_actions_and_bytes_that_are_no_text(server):
    head = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": "20260101T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=111122223333/20260101/us-east-1/iam/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    answer = server.raw("POST", "/", head, "Action=Nothing&Version=2010-05-08")
    assert answer.status == 400 and answer.getheader("Content-Type") == "text/xml"
    assert b"<Code>InvalidAction</Code>" in answer.body
    assert b"Could not find operation Nothing for version 2010-05-08" in answer.body
    assert answer.getheader("x-amzn-RequestId").encode() in answer.body
    answer = server.raw("POST", "/", head, "Action=CreateRole&RoleName=r&Description=%FF")
    assert answer.status == 400 and b"<Code>MalformedInput</Code>" in answer.body
    answer = server.raw("GET", "/?Action=ListUsers&Version=2010-05-08", head)
    assert answer.status == 200 and answer.body.startswith(
        b'<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult><IsTruncated>'
    )


def test_inline_policies(iam):
    iam.create_user(UserName="u")
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=ALLOW)
    got = iam.get_user_policy(UserName="u", PolicyName="p")
    assert got["PolicyDocument"]["Statement"][0]["Action"] == "kinesis:*" and got["UserName"] == "u"
    assert iam.list_user_policies(UserName="u")["PolicyNames"] == ["p"]
    assert error(iam.put_user_policy, UserName="u", PolicyName="q", PolicyDocument="{")[1] == "MalformedPolicyDocument"
    assert error(iam.put_user_policy, UserName="u", PolicyName="q", PolicyDocument=ALLOW.replace("kinesis:*", "kinesis:" + "x" * 2048)) == (
        409,
        "LimitExceeded",
        "Maximum policy size of 2048 bytes exceeded for user u",
    )
    assert error(iam.delete_user, UserName="u") == (409, "DeleteConflict", "Cannot delete entity, must delete policies first.")
    iam.delete_user_policy(UserName="u", PolicyName="p")
    assert error(iam.get_user_policy, UserName="u", PolicyName="p") == (
        404,
        "NoSuchEntity",
        "The user policy with name p cannot be found.",
    )
    iam.create_group(GroupName="g")
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=ALLOW)
    assert iam.get_group_policy(GroupName="g", PolicyName="p")["GroupName"] == "g"
    iam.delete_group_policy(GroupName="g", PolicyName="p")
    assert iam.list_group_policies(GroupName="g")["PolicyNames"] == []
