"""Resource policies of functions, versions, aliases and layers, with AWS's statements, errors and revisions."""

import json

import pytest
from botocore.exceptions import ClientError
from support.functions import create_function, error_of, new_name, zip_of
from support.millrace import Millrace

NO_RESOURCE = ("ResourceNotFoundException", "The resource you requested does not exist.")
NO_POLICY = ("ResourceNotFoundException", "No policy is associated with the given resource.")
INVOKE = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


def arn_of(name):
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


def outdated(operation):
    return (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        f"Call the {operation} API to retrieve the latest Revision Id",
    )


def taken(sid):
    return (
        "ResourceConflictException",
        f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
        "existing statement.",
    )


@pytest.fixture
def add(functions):
    """Adds a permission and returns its statement."""

    def add_permission(name, sid, **arguments):
        answer = functions.add_permission(FunctionName=name, StatementId=sid, **{**INVOKE, **arguments})
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
        return json.loads(answer["Statement"])

    return add_permission


def sids(functions, name, **qualifier):
    policy = json.loads(functions.get_policy(FunctionName=name, **qualifier)["Policy"])
    return [statement["Sid"] for statement in policy["Statement"]]


def test_a_permission_is_a_statement_of_the_policy(functions, make, add):
    name = make()
    statement = add(name, "s3", SourceArn="arn:aws:s3:::bucket", SourceAccount="000000000000")
    assert statement == {
        "Sid": "s3",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": arn_of(name),
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "000000000000"},
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
        },
    }
    answer = functions.get_policy(FunctionName=name)
    assert json.loads(answer["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert answer["Policy"].startswith('{"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"s3",')
    assert len(answer["RevisionId"]) == 36


def test_principals_and_conditions(server, functions, make, add):
    name = make()
    root = {"AWS": "arn:aws:iam::111122223333:root"}
    assert add(name, "all", Principal="*")["Principal"] == "*"
    assert add(name, "account", Principal="111122223333")["Principal"] == root
    assert add(name, "root", Principal=root["AWS"])["Principal"] == root
    user = "arn:aws:iam::111122223333:user/team/u"
    assert add(name, "user", Principal=user)["Principal"] == {"AWS": user}
    url = add(
        name,
        "url",
        Principal="*",
        Action="lambda:InvokeFunctionUrl",
        FunctionUrlAuthType="NONE",
        PrincipalOrgID="o-1234567890",
    )
    assert url["Condition"] == {
        "StringEquals": {"lambda:FunctionUrlAuthType": "NONE", "aws:PrincipalOrgID": "o-1234567890"}
    }
    assert add(name, "alexa", Principal="*", EventSourceToken="amzn1.ask.skill.x")["Condition"] == {
        "StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.x"}
    }
    body = json.dumps({"StatementId": "by-url", "Action": "lambda:InvokeFunction", "Principal": "*",
                       "InvokedViaFunctionUrl": True})  # fmt: skip
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/lambda/aws4_request, "
                               "SignedHeaders=host, Signature=0", "X-Amz-Date": "20260101T000000Z"}  # fmt: skip
    answer = server.raw("POST", f"/2015-03-31/functions/{name}/policy", headers=signed, body=body.encode())
    assert answer.status == 201
    assert json.loads(json.loads(answer.body)["Statement"])["Condition"] == {
        "Bool": {"lambda:InvokedViaFunctionUrl": "true"}
    }
    assert error_of(functions.add_permission, FunctionName=name, StatementId="x", **{**INVOKE, "Principal": "x.nonaws.com"}) == (
        "InvalidParameterValueException",
        "The provided principal was invalid. Please check the principal and try again.",
    )
    assert error_of(functions.add_permission, FunctionName=name, StatementId="x", FunctionUrlAuthType="NONE", **INVOKE) == (
        "InvalidParameterValueException",
        "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
    )


def test_statements_are_removed_one_by_one(functions, make, add):
    name = make()
    assert error_of(functions.get_policy, FunctionName=name) == NO_RESOURCE
    assert error_of(functions.remove_permission, FunctionName=name, StatementId="a") == NO_POLICY
    add(name, "a")
    add(name, "b")
    assert sids(functions, name) == ["a", "b"]
    assert error_of(functions.add_permission, FunctionName=name, StatementId="a", **INVOKE) == taken("a")
    assert error_of(functions.remove_permission, FunctionName=name, StatementId="c") == (
        "ResourceNotFoundException",
        "Statement c is not found in resource policy.",
    )
    gone = functions.remove_permission(FunctionName=name, StatementId="a")
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert sids(functions, name) == ["b"]
    functions.remove_permission(FunctionName=name, StatementId="b")
    assert error_of(functions.get_policy, FunctionName=name) == NO_RESOURCE


def test_each_qualifier_has_a_policy_of_its_own(functions, make, add):
    name = make()
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    add(name, "s")
    assert error_of(functions.get_policy, FunctionName=name, Qualifier=version) == NO_RESOURCE
    assert add(f"{name}:{version}", "s", Qualifier=version)["Resource"] == f"{arn_of(name)}:{version}"
    assert add(name, "s", Qualifier="live")["Resource"] == f"{arn_of(name)}:live"
    assert add(arn_of(name) + ":live", "t")["Resource"] == f"{arn_of(name)}:live"
    assert sids(functions, name) == ["s"]
    assert sids(functions, name, Qualifier=version) == ["s"]
    assert sids(functions, f"{name}:live") == ["s", "t"]
    assert sids(functions, name, Qualifier="$LATEST") == ["s"]
    functions.remove_permission(FunctionName=name, StatementId="s", Qualifier="live")
    assert sids(functions, f"{name}:live") == ["t"]
    functions.delete_alias(FunctionName=name, Name="live")
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    assert error_of(functions.get_policy, FunctionName=name, Qualifier="live") == NO_RESOURCE
    functions.delete_function(FunctionName=name)
    create_function(functions, name=name)
    assert error_of(functions.get_policy, FunctionName=name) == NO_RESOURCE


def test_what_does_not_exist(functions, make, add):
    name = make()
    add(name, "s")

    def adding(**arguments):
        return error_of(functions.add_permission, StatementId="s", **{**INVOKE, **arguments})

    def missing(text):
        return ("ResourceNotFoundException", text)

    assert adding(FunctionName="never-made") == missing(f"Function not found: {arn_of('never-made')}")
    for qualifier in ("42", "with-$-in-it"):
        assert adding(FunctionName=name, Qualifier=qualifier) == missing(f"Function not found: {arn_of(name)}:{qualifier}")
    no_alias = missing(f"Cannot find alias arn: {arn_of(name)}:live")
    assert adding(FunctionName=name, Qualifier="live") == no_alias
    assert adding(FunctionName=name, Qualifier="$LATEST") == (
        "InvalidParameterValueException",
        "We currently do not support adding policies for $LATEST.",
    )
    assert adding(FunctionName=f"{name}:other", Qualifier="42")[1] == (
        "The derived qualifier from the function name does not match the specified qualifier."
    )
    assert error_of(functions.get_policy, FunctionName="never-made") == NO_RESOURCE
    assert error_of(functions.get_policy, FunctionName=name, Qualifier="77") == NO_RESOURCE
    remove = functions.remove_permission
    assert error_of(remove, FunctionName="never-made", StatementId="s") == missing(
        f"No policy found for: {arn_of('never-made')}"
    )
    assert error_of(remove, FunctionName=name, StatementId="s", Qualifier="live") == no_alias


def test_constraints(functions, make):
    name = make()
    for member, value, pattern in [
        ("StatementId", "example.com", "([a-zA-Z0-9-_]+)"),
        ("Action", "s3:GetObject", "(lambda:[*]|lambda:[a-zA-Z]+|[*])"),
        ("Qualifier", "a?", "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"),
        ("SourceAccount", "1", "\\d{12}"),
        ("Principal", "a b", "[^\\s]+"),
    ]:
        arguments = {"FunctionName": name, "StatementId": "s", **INVOKE, member: value}
        at = member[0].lower() + member[1:]
        assert error_of(functions.add_permission, **arguments) == (
            "ValidationException",
            f"1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {pattern}",
        )


def test_revisions_of_policies(functions, make, add):
    name = make()
    assert error_of(functions.add_permission, FunctionName=name, StatementId="a", RevisionId="wrong", **INVOKE) == (
        outdated("GetPolicy")
    )
    of_function = functions.get_function_configuration(FunctionName=name)["RevisionId"]
    add(name, "a", RevisionId=of_function)
    first = functions.get_policy(FunctionName=name)["RevisionId"]
    assert first != of_function
    assert functions.get_function_configuration(FunctionName=name)["RevisionId"] == of_function
    add(name, "b", RevisionId=first)
    second = functions.get_policy(FunctionName=name)["RevisionId"]
    assert second != first
    functions.publish_version(FunctionName=name)
    assert functions.get_policy(FunctionName=name)["RevisionId"] == second
    remove = {"FunctionName": name, "StatementId": "b"}
    for old in (first, of_function):
        assert error_of(functions.remove_permission, RevisionId=old, **remove) == outdated("GetPolicy")
    functions.remove_permission(RevisionId=second, **remove)
    assert functions.get_policy(FunctionName=name)["RevisionId"] not in (first, second)
    alias = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    add(name, "a", Qualifier="live", RevisionId=alias["RevisionId"])
    assert error_of(
        functions.add_permission, FunctionName=name, StatementId="b", Qualifier="live", RevisionId=alias["RevisionId"], **INVOKE
    ) == outdated("GetPolicy")


def test_a_policy_has_twenty_kilobytes(functions, make, add):
    name = make()
    source = "arn:aws:s3:::" + "b" * 5000
    for sid in "abc":
        add(name, sid, SourceArn=source)
    size = len(functions.get_policy(FunctionName=name)["Policy"])
    code, message = error_of(functions.add_permission, FunctionName=name, StatementId="d", SourceArn=source, **INVOKE)
    assert code == "PolicyLengthExceededException"
    one = (size - len('{"Version":"2012-10-17","Id":"default","Statement":[]}') - 2) // 3
    assert message == f"The final policy size ({size + one + 1}) is bigger than the limit (20480)."
    assert sids(functions, name) == ["a", "b", "c"]


@pytest.fixture
def layer(functions):
    """The name of a layer with a version 1."""
    name = new_name("layer")
    functions.publish_layer_version(LayerName=name, Content={"ZipFile": zip_of({"a.txt": "a"})})
    yield name
    functions.delete_layer_version(LayerName=name, VersionNumber=1)


def layer_grant(layer, sid, **arguments):
    grant = {"Action": "lambda:GetLayerVersion", "Principal": "*", "StatementId": sid}
    return {"LayerName": layer, "VersionNumber": 1, **grant, **arguments}


def test_policies_of_layers(functions, layer):
    arn = f"arn:aws:lambda:us-east-1:000000000000:layer:{layer}:1"
    reference = {"LayerName": layer, "VersionNumber": 1}
    assert error_of(functions.get_layer_version_policy, **reference) == NO_POLICY
    added = functions.add_layer_version_permission(**layer_grant(layer, "s1"))
    assert added["ResponseMetadata"]["HTTPStatusCode"] == 201
    statement = {"Sid": "s1", "Effect": "Allow", "Principal": "*", "Action": "lambda:GetLayerVersion", "Resource": arn}
    assert json.loads(added["Statement"]) == statement
    shown = functions.get_layer_version_policy(**reference)
    assert json.loads(shown["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert shown["RevisionId"] == added["RevisionId"]
    organization = functions.add_layer_version_permission(
        **layer_grant(layer, "s2", OrganizationId="o-1234567890", RevisionId=added["RevisionId"])
    )
    assert json.loads(organization["Statement"])["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    account = functions.add_layer_version_permission(**layer_grant(layer, "s3", Principal="111122223333"))
    assert json.loads(account["Statement"])["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}

    assert error_of(functions.add_layer_version_permission, **layer_grant(layer, "s1")) == taken("s1")
    wrong = {"RevisionId": "wrong"}
    assert error_of(functions.add_layer_version_permission, **layer_grant(layer, "s4", **wrong)) == outdated("GetLayerPolicy")
    remove = functions.remove_layer_version_permission
    assert error_of(remove, StatementId="s1", **reference, **wrong) == outdated("GetLayerPolicy")
    assert error_of(remove, StatementId="s9", **reference) == (
        "ResourceNotFoundException",
        "Statement s9 is not found in resource policy.",
    )
    for sid in ("s1", "s2", "s3"):
        assert remove(StatementId=sid, **reference)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(functions.get_layer_version_policy, **reference) == NO_POLICY
    assert error_of(remove, StatementId="s1", **reference) == NO_POLICY


def test_errors_of_layers_policies(functions, layer):
    assert error_of(functions.add_layer_version_permission, **layer_grant(layer, "s", Action="*")) == (
        "ValidationException",
        "1 validation error detected: Value '*' at 'action' failed to satisfy constraint: Member must satisfy "
        "regular expression pattern: lambda:GetLayerVersion",
    )
    for name, number in ((layer + "-never-made", 1), (layer, 2)):
        gone = (
            "ResourceNotFoundException",
            f"Layer version arn:aws:lambda:us-east-1:000000000000:layer:{name}:{number} does not exist.",
        )
        reference = {"LayerName": name, "VersionNumber": number}
        assert error_of(functions.add_layer_version_permission, **layer_grant(name, "s", VersionNumber=number)) == gone
        assert error_of(functions.get_layer_version_policy, **reference) == gone
        assert error_of(functions.remove_layer_version_permission, StatementId="s", **reference) == gone


def test_policies_survive_a_restart(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        client = server.client("lambda")
        name = create_function(client)
        client.publish_version(FunctionName=name)
        client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        client.publish_layer_version(LayerName="l", Content={"ZipFile": zip_of({"a.txt": "a"})})
        qualifiers = [{}, {"Qualifier": "1"}, {"Qualifier": "live"}]
        for qualifier in qualifiers:
            client.add_permission(FunctionName=name, StatementId="s", **INVOKE, **qualifier)
        client.add_layer_version_permission(**layer_grant("l", "s"))

        def shown(client):
            answers = [client.get_policy(FunctionName=name, **qualifier) for qualifier in qualifiers]
            answers.append(client.get_layer_version_policy(LayerName="l", VersionNumber=1))
            return [(answer["Policy"], answer["RevisionId"]) for answer in answers]

        before = shown(client)
        server.kill()
        server.start()
        client = server.client("lambda")
        assert shown(client) == before
        client.remove_permission(FunctionName=name, StatementId="s", RevisionId=before[0][1])
        with pytest.raises(ClientError):
            client.get_policy(FunctionName=name)
    finally:
        server.stop()
