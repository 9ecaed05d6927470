"""Functions, mappings and deliveries act with the role of their function."""

import json

from support.functions import create_function, error_of, invoke, new_name, python_zip
from support.millrace import wait_until

from .conftest import ACCOUNT, allow, policy

WRITER = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    s3 = boto3.client("s3")
    out = {"who": boto3.client("sts").get_caller_identity()["Arn"]}
    for bucket in event["buckets"]:
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=b"x")
            out[bucket] = "written"
        except ClientError as e:
            out[bucket] = e.response["Error"]["Code"]
    return out
"""
SETTINGS = {"Runtime": "python3.11", "Timeout": 30, "MemorySize": 512}
READ = allow(["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListShards"])


def test_a_function_can_do_what_its_role_may_and_nothing_else(root, role):
    for bucket in ("allowed", "other"):
        root("s3").create_bucket(Bucket=bucket)
    name, arn = role(allow("s3:PutObject", "arn:aws:s3:::allowed/*"))
    function = create_function(root("lambda"), WRITER, new_name("writer"), Role=arn, **SETTINGS)
    answer, _ = invoke(root("lambda"), function, {"buckets": ["allowed", "other"]})
    assert answer == {"who": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{function}", "allowed": "written",
                      "other": "AccessDenied"}
    root("iam").put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=policy(
        allow("s3:PutObject", "arn:aws:s3:::other/*")))
    answer, _ = invoke(root("lambda"), function, {"buckets": ["allowed", "other"]})
    assert (answer["allowed"], answer["other"]) == ("AccessDenied", "written")


def test_a_role_that_lambda_cannot_assume_is_refused(root, role, user):
    _, arn = role(allow("*"), principal={"AWS": user.arn})
    code, message = error_of(
        root("lambda").create_function, FunctionName=new_name(), Role=arn, Runtime="python3.11",
        Handler="index.handler", Code={"ZipFile": python_zip("def handler(e, c): pass")})
    assert (code, message) == ("InvalidParameterValueException",
                               "The role defined for the function cannot be assumed by Lambda.")


def test_who_passes_a_role_needs_permission_for_it(user, role, root):
    _, arn = role()
    user.may(allow("lambda:*"))
    arguments = {"FunctionName": new_name(), "Role": arn, "Runtime": "python3.11", "Handler": "index.handler",
                 "Code": {"ZipFile": python_zip("def handler(e, c): pass")}}
    assert error_of(user.client("lambda").create_function, **arguments) == (
        "AccessDeniedException",
        f"User: {user.arn} is not authorized to perform: iam:PassRole on resource: {arn} because no identity-based "
        "policy allows the iam:PassRole action")
    user.may(allow("lambda:*"), allow("iam:PassRole", arn, Condition={
        "StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}))
    user.client("lambda").create_function(**arguments)


def test_a_mapping_reads_with_the_functions_role(root, role, stream):
    lambdas = root("lambda")
    name, arn = role()
    function = create_function(lambdas, "def handler(event, context): pass", new_name("mapped"), Role=arn, **SETTINGS)
    source = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}"
    mapping = {"FunctionName": function, "EventSourceArn": source, "StartingPosition": "TRIM_HORIZON"}
    code, message = error_of(lambdas.create_event_source_mapping, **mapping)
    assert code == "InvalidParameterValueException" and message.startswith(f"Cannot access stream {source}."), message
    root("iam").put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=policy(READ))
    uuid = lambdas.create_event_source_mapping(**mapping)["UUID"]

    def result():
        return lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]

    root("kinesis").put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    wait_until(lambda: result() == "OK", "the mapping reads")
    root("iam").delete_role_policy(RoleName=name, PolicyName="test")
    wait_until(lambda: result().startswith("PROBLEM: User: "), "the mapping says what it lacks")
    root("iam").put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=policy(READ))
    root("kinesis").put_record(StreamName=stream, Data=b"x", PartitionKey="k")
    wait_until(lambda: result() == "OK", "the mapping reads again")
    lambdas.delete_event_source_mapping(UUID=uuid)


def test_failures_are_delivered_with_the_functions_role(root, role, stream):
    lambdas, s3 = root("lambda"), root("s3")
    s3.create_bucket(Bucket="failures")
    name, arn = role(READ)
    function = create_function(lambdas, "def handler(event, context): raise ValueError", new_name("failing"), Role=arn,
                               **SETTINGS)
    uuid = lambdas.create_event_source_mapping(
        FunctionName=function, EventSourceArn=f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/{stream}",
        StartingPosition="TRIM_HORIZON", MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}})["UUID"]
    root("kinesis").put_record(StreamName=stream, Data=b"x", PartitionKey="k")

    def result():
        return lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]

    wait_until(lambda: result() == "PROBLEM: The on-failure destination cannot be reached", "the role may not write")
    assert s3.list_objects_v2(Bucket="failures")["KeyCount"] == 0
    root("iam").put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=policy(
        READ, allow("s3:PutObject", "arn:aws:s3:::failures/*")))
    wait_until(lambda: s3.list_objects_v2(Bucket="failures")["KeyCount"] == 1, "the notice was written")
    notice = json.loads(s3.get_object(Bucket="failures", Key=s3.list_objects_v2(Bucket="failures")["Contents"][0]["Key"])[
        "Body"].read())
    assert notice["requestContext"]["functionArn"].startswith(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{function}")
    lambdas.delete_event_source_mapping(UUID=uuid)


def test_a_deny_of_a_function_holds_for_its_versions(user, root, role):
    _, arn = role()
    name = create_function(root("lambda"), "def handler(event, context): pass", new_name("victim"), Role=arn)
    user.may(allow("lambda:*"), {"Effect": "Deny", "Action": "lambda:*",
                                 "Resource": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"})
    client = user.client("lambda")
    for call, arguments in (
        (client.update_function_code, {"ZipFile": python_zip("def handler(e, c): return 1")}),
        (client.update_function_configuration, {"Description": "mine"}),
        (client.publish_version, {}),
        (client.list_aliases, {}),
        (client.delete_function, {}),
    ):
        for spelt in (name, name + ":$LATEST", f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}:$LATEST"):
            assert error_of(call, FunctionName=spelt, **arguments)[0] == "AccessDeniedException", (call, spelt)


def test_code_and_layers_are_read_with_the_callers_permission(user, root, role):
    s3, lambdas = root("s3"), root("lambda")
    bucket = f"code-{user.name}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.zip", Body=python_zip("def handler(e, c): return 'secret'"))
    layer = lambdas.publish_layer_version(LayerName=new_name("layer"), Content={"ZipFile": python_zip("x = 1")})
    _, arn = role()
    name = create_function(lambdas, "def handler(event, context): pass", new_name("mine"), Role=arn)
    user.may(allow(["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"]))
    client = user.client("lambda")
    code = {"FunctionName": name, "S3Bucket": bucket, "S3Key": "code.zip"}
    layers = {"FunctionName": name, "Layers": [layer["LayerVersionArn"]]}
    assert error_of(client.update_function_code, **code)[0] == "AccessDeniedException"
    assert error_of(client.update_function_configuration, **layers)[0] == "AccessDeniedException"
    user.may(allow(["lambda:*"]), allow("s3:GetObject", f"arn:aws:s3:::{bucket}/code.zip"))
    client.update_function_code(**code)
    client.update_function_configuration(**layers)


def test_the_link_to_code_needs_no_signature(server, root, role):
    import urllib.request

    _, arn = role()
    name = create_function(root("lambda"), "def handler(event, context): pass", new_name("linked"), Role=arn)
    link = root("lambda").get_function(FunctionName=name)["Code"]["Location"]
    assert urllib.request.urlopen(link).read().startswith(b"PK")
