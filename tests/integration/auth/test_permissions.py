"""Who may do what: identity policies, groups, managed policies, boundaries, roles and sessions."""

import json

import pytest
from support.functions import error_of

from .conftest import ACCOUNT, allow, deny, policy

PUT = {"Data": b"x", "PartitionKey": "k"}


def arn_of(stream):
    return f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"


def test_a_new_user_may_do_nothing(user, stream):
    assert error_of(user.client("kinesis").put_record, StreamName=stream, **PUT) == (
        "AccessDeniedException",
        f"User: {user.arn} is not authorized to perform: kinesis:PutRecord on resource: {arn_of(stream)} because no "
        "identity-based policy allows the kinesis:PutRecord action",
    )


def test_a_producer_puts_into_its_stream_and_nothing_else(user, stream, root):
    user.may(allow(["kinesis:PutRecord", "kinesis:PutRecords"], arn_of(stream)))
    kinesis = user.client("kinesis")
    kinesis.put_record(StreamName=stream, **PUT)
    by_arn = user.call_kinesis("PutRecord", StreamARN=arn_of(stream), Data="eA==", PartitionKey="k")
    assert by_arn[0] == 200, by_arn
    kinesis.put_records(StreamName=stream, Records=[PUT])
    root("kinesis").create_stream(StreamName=stream + "-other", ShardCount=1)
    for call, arguments in (
        (kinesis.put_record, {"StreamName": stream + "-other", **PUT}),
        (kinesis.describe_stream_summary, {"StreamName": stream}),
        (kinesis.list_streams, {}),
        (user.client("s3").list_buckets, {}),
        (user.client("dynamodb").list_tables, {}),
        (user.client("lambda").list_functions, {}),
        (user.client("iam").list_users, {}),
        (user.client("logs").describe_log_groups, {}),
    ):
        assert error_of(call, **arguments)[0] in ("AccessDeniedException", "AccessDenied")


def test_records_are_read_with_permission_for_the_iterators_stream(user, stream, root):
    iterator = root("kinesis").get_shard_iterator(
        StreamName=stream, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert error_of(user.client("kinesis").get_records, ShardIterator=iterator)[0] == "AccessDeniedException"
    user.may(allow("kinesis:GetRecords", arn_of(stream)))
    user.client("kinesis").get_records(ShardIterator=iterator)


def test_a_deny_wins_and_says_so(user, stream):
    user.may(allow("kinesis:*"), deny("kinesis:Put*", arn_of(stream)))
    assert error_of(user.client("kinesis").put_record, StreamName=stream, **PUT)[1] == (
        f"User: {user.arn} is not authorized to perform: kinesis:PutRecord on resource: {arn_of(stream)} with an "
        "explicit deny in an identity-based policy"
    )
    user.client("kinesis").list_streams()


def test_managed_policies_and_groups_take_effect_at_once(user, stream, root):
    iam, kinesis = root("iam"), user.client("kinesis")
    iam.attach_user_policy(UserName=user.name, PolicyArn="arn:aws:iam::aws:policy/AmazonKinesisReadOnlyAccess")
    kinesis.describe_stream_summary(StreamName=stream)
    assert error_of(kinesis.put_record, StreamName=stream, **PUT)[0] == "AccessDeniedException"
    group = user.name + "-group"
    iam.create_group(GroupName=group)
    iam.put_group_policy(GroupName=group, PolicyName="put", PolicyDocument=policy(allow("kinesis:PutRecord")))
    iam.add_user_to_group(GroupName=group, UserName=user.name)
    kinesis.put_record(StreamName=stream, **PUT)
    iam.remove_user_from_group(GroupName=group, UserName=user.name)
    assert error_of(kinesis.put_record, StreamName=stream, **PUT)[0] == "AccessDeniedException"
    iam.detach_user_policy(UserName=user.name, PolicyArn="arn:aws:iam::aws:policy/AmazonKinesisReadOnlyAccess")
    assert error_of(kinesis.describe_stream_summary, StreamName=stream)[0] == "AccessDeniedException"


def test_a_boundary_limits_what_policies_allow(user, stream, root):
    iam = root("iam")
    arn = iam.create_policy(PolicyName=user.name + "-boundary", PolicyDocument=policy(allow("kinesis:List*")))
    iam.put_user_permissions_boundary(UserName=user.name, PermissionsBoundary=arn["Policy"]["Arn"])
    user.may(allow("kinesis:*"))
    user.client("kinesis").list_streams()
    assert "because no permissions boundary allows" in error_of(
        user.client("kinesis").put_record, StreamName=stream, **PUT)[1]


def test_conditions_see_the_request(user, stream):
    user.may(allow("kinesis:PutRecord", Condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}))
    user.client("kinesis").put_record(StreamName=stream, **PUT)
    for condition in (
        {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
        {"StringNotLike": {"aws:UserAgent": "*Boto*"}},
    ):
        user.may(allow("kinesis:PutRecord", Condition=condition))
        assert error_of(user.client("kinesis").put_record, StreamName=stream, **PUT)[0] == "AccessDeniedException"


def test_tags_decide(user, stream, root):
    root("kinesis").add_tags_to_stream(StreamName=stream, Tags={"team": "red"})
    user.may(allow("kinesis:PutRecord", Condition={"StringEquals": {"aws:ResourceTag/team": "blue"}}))
    assert error_of(user.client("kinesis").put_record, StreamName=stream, **PUT)[0] == "AccessDeniedException"
    root("kinesis").add_tags_to_stream(StreamName=stream, Tags={"team": "blue"})
    user.client("kinesis").put_record(StreamName=stream, **PUT)
    user.may(allow("kinesis:AddTagsToStream", Condition={"StringEquals": {"aws:RequestTag/team": "green"}}))
    user.client("kinesis").add_tags_to_stream(StreamName=stream, Tags={"team": "green"})
    assert error_of(user.client("kinesis").add_tags_to_stream, StreamName=stream, Tags={"team": "red"})[0] == (
        "AccessDeniedException")


def test_keys_can_be_switched_off_and_deleted(user, root):
    user.may(allow("*"))
    user.client("kinesis").list_streams()
    iam = root("iam")
    key = user.key["AccessKeyId"]
    iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Inactive")
    assert error_of(user.client("kinesis").list_streams)[0] == "UnrecognizedClientException"
    iam.update_access_key(UserName=user.name, AccessKeyId=key, Status="Active")
    user.client("kinesis").list_streams()
    iam.delete_access_key(UserName=user.name, AccessKeyId=key)
    assert error_of(user.client("kinesis").list_streams)[0] == "UnrecognizedClientException"


def test_objects_by_prefix(user, root):
    root("s3").create_bucket(Bucket="prefixes")
    user.may(
        allow(["s3:PutObject", "s3:GetObject"], "arn:aws:s3:::prefixes/${aws:username}/*"),
        allow("s3:ListBucket", "arn:aws:s3:::prefixes", Condition={"StringLike": {"s3:prefix": "${aws:username}/*"}}),
    )
    s3 = user.client("s3")
    s3.put_object(Bucket="prefixes", Key=f"{user.name}/a", Body=b"mine")
    assert s3.get_object(Bucket="prefixes", Key=f"{user.name}/a")["Body"].read() == b"mine"
    assert error_of(s3.put_object, Bucket="prefixes", Key="other/a", Body=b"x")[0] == "AccessDenied"
    assert error_of(s3.list_objects_v2, Bucket="prefixes")[0] == "AccessDenied"
    assert s3.list_objects_v2(Bucket="prefixes", Prefix=f"{user.name}/")["KeyCount"] == 1
    assert error_of(s3.copy_object, Bucket="prefixes", Key=f"{user.name}/b",
                    CopySource={"Bucket": "prefixes", "Key": "other/a"})[0] == "AccessDenied"


def test_resource_policies_of_streams_count(user, stream, root_calls_kinesis):
    statement = {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "kinesis:PutRecord",
                 "Resource": arn_of(stream)}
    statement["Condition"] = {"IpAddress": {"aws:SourceIp": "127.0.0.1"}}
    put = root_calls_kinesis("PutResourcePolicy", ResourceARN=arn_of(stream), Policy=policy(statement))
    assert put[0] == 200, put
    user.client("kinesis").put_record(StreamName=stream, **PUT)
    statement["Effect"] = "Deny"
    root_calls_kinesis("PutResourcePolicy", ResourceARN=arn_of(stream), Policy=policy(statement))
    user.may(allow("kinesis:*"))
    assert error_of(user.client("kinesis").put_record, StreamName=stream, **PUT)[1].endswith(
        "with an explicit deny in a resource-based policy")


# ---- Roles ----


def session(server, client, arn, **more):
    found = client.assume_role(RoleArn=arn, RoleSessionName="session-1", **more)["Credentials"]
    return lambda service: server.client(
        service, found["AccessKeyId"], secret=found["SecretAccessKey"], token=found["SessionToken"])


def test_a_user_assumes_a_role_that_trusts_it(server, user, stream, role):
    name, arn = role(allow("kinesis:*", arn_of(stream)), principal={"AWS": user.arn})
    client = session(server, user.client("sts"), arn)
    client("kinesis").put_record(StreamName=stream, **PUT)
    assert client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session-1"
    assert error_of(client("kinesis").list_streams)[1] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session-1 is not authorized to perform: "
        "kinesis:ListStreams on resource: * because no identity-based policy allows the kinesis:ListStreams action")
    assert error_of(user.client("kinesis").put_record, StreamName=stream, **PUT)[0] == "AccessDeniedException"


def test_a_role_that_trusts_others_cannot_be_assumed(user, role):
    _, arn = role(allow("*"))
    user.may(allow("sts:AssumeRole"))
    assert error_of(user.client("sts").assume_role, RoleArn=arn, RoleSessionName="session")[0] == "AccessDenied"


def test_a_session_policy_limits_the_session(server, user, stream, role):
    _, arn = role(allow("kinesis:*"), principal={"AWS": user.arn})
    client = session(server, user.client("sts"), arn, Policy=policy(allow("kinesis:ListStreams")))
    client("kinesis").list_streams()
    assert "because no session policy allows" in error_of(client("kinesis").put_record, StreamName=stream, **PUT)[1]


def test_a_session_token_is_part_of_the_credentials(server, user, role):
    _, arn = role(allow("kinesis:*"), principal={"AWS": user.arn})
    found = user.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    without = server.client("kinesis", found["AccessKeyId"], secret=found["SecretAccessKey"])
    assert error_of(without.list_streams)[0] == "UnrecognizedClientException"
    other = server.client("kinesis", found["AccessKeyId"], secret=found["SecretAccessKey"], token="x" * 300)
    assert error_of(other.list_streams)[0] == "UnrecognizedClientException"


def test_sessions_survive_a_restart_and_expire(tmp_path):
    from .conftest import ROOT_KEY, ROOT_SECRET, start

    server = start(tmp_path, "--test-clock")
    try:
        iam = server.client("iam", ROOT_KEY, secret=ROOT_SECRET)
        trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
        arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy(allow("kinesis:*")))
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy(allow("sts:AssumeRole", arn)))
        sts = server.client("sts", key["AccessKeyId"], secret=key["SecretAccessKey"])
        client = session(server, sts, arn, DurationSeconds=900)
        server.kill()
        server.start()
        client("kinesis").list_streams()
        moved = server.raw("POST", "/_millrace/clock", body=json.dumps({"advance_ms": 901_000}))
        assert moved.status == 200, moved.body
        assert error_of(client("kinesis").list_streams) == (
            "ExpiredTokenException", "The security token included in the request is expired")
        sts.get_caller_identity()
    finally:
        assert server.stop() == 0


@pytest.mark.parametrize("times", [2])
def test_a_user_has_two_keys_for_rotation(user, root, times):
    second = root("iam").create_access_key(UserName=user.name)["AccessKey"]
    assert error_of(root("iam").create_access_key, UserName=user.name)[0] == "LimitExceeded"
    user.may(allow("*"))
    user.client("kinesis").list_streams()
    user.key = second
    user.client("kinesis").list_streams()


# ---- A Deny cannot be avoided ----


def test_a_session_keeps_its_policy_whatever_else_the_request_says(server, user, role):
    """A second token, in a header beside a presigned query, hid the session's policy."""
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    _, arn = role(allow("*"), principal={"AWS": user.arn})
    found = user.client("sts").assume_role(RoleArn=arn, RoleSessionName="limited", Policy=policy(
        allow("*"), deny("s3:*")))["Credentials"]
    request = AWSRequest("GET", server.url + "/?Action=GetSessionToken&Version=2011-06-15",
                         headers={"Host": f"127.0.0.1:{server.port}"})
    credentials = Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    SigV4QueryAuth(credentials, "sts", "us-east-1", expires=900).add_auth(request)
    path = request.url[len(server.url):]
    for headers in ({}, {"x-amz-security-token": "x"}, {"x-amz-security-token": ""}):
        answer = server.raw("GET", path, headers=headers)
        assert answer.status == 403 and b"AccessKeyId" not in answer.body, (headers, answer.body)


@pytest.mark.parametrize("spelling", ["arn:aws:iam::{}:role:{}", "arn:aws:iam:us-east-1:{}:role/{}", "arn:aws-x:iam::{}:role/{}"])
def test_a_role_has_one_arn(user, role, spelling):
    name, arn = role(allow("*"), principal={"AWS": user.arn})
    user.may(allow("sts:AssumeRole"), deny("sts:AssumeRole", arn))
    for spelt in (arn, spelling.format(ACCOUNT, name)):
        assert error_of(user.client("sts").assume_role, RoleArn=spelt, RoleSessionName="session")[0] == "AccessDenied"


def test_a_table_has_one_arn(user, root):
    name = f"{user.name}-secret"
    root("dynamodb").create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                                  KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                                  AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}])
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{name}"
    user.may(allow("dynamodb:*"), deny("dynamodb:*", arn))
    client = user.client("dynamodb")
    for spelt in (name, arn, arn.replace("table/", "table:")):
        for call, arguments in ((client.get_item, {"TableName": spelt, "Key": {"k": {"S": "a"}}}),
                                (client.batch_get_item, {"RequestItems": {spelt: {"Keys": [{"k": {"S": "a"}}]}}})):
            code = error_of(call, **arguments)[0]
            assert code in ("AccessDeniedException", "ValidationException"), (spelt, code)


def test_the_policy_of_aws_has_one_arn(user):
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    user.may(allow("iam:*"), deny("iam:AttachUserPolicy", Condition={"ArnEquals": {"iam:PolicyARN": admin}}))
    for arn in (admin, admin.replace("arn:aws:", "arn:aws-cn:")):
        code = error_of(user.client("iam").attach_user_policy, UserName=user.name, PolicyArn=arn)[0]
        assert code in ("AccessDenied", "NoSuchEntity", "InvalidInput"), code


def test_consumers_by_name_are_found_and_protected(user, root, stream, root_calls_kinesis):
    consumer = root("kinesis").register_stream_consumer(StreamARN=arn_of(stream), ConsumerName="c")["Consumer"]
    by_name = {"StreamARN": arn_of(stream), "ConsumerName": "c"}
    assert root("kinesis").describe_stream_consumer(**by_name)["ConsumerDescription"]["ConsumerARN"] == consumer["ConsumerARN"]
    assert error_of(user.client("kinesis").describe_stream_consumer, **by_name)[0] == "AccessDeniedException"
    user.may(allow("kinesis:DescribeStreamConsumer", arn_of(stream) + "/consumer/*"))
    user.client("kinesis").describe_stream_consumer(**by_name)
