"""Functions made, described, changed, tagged and deleted, by boto3."""

import base64
import hashlib
import re
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from support.functions import ROLE, create_function, error_of, invoke, new_name, python_zip, zip_of
from support.millrace import Millrace

ACCOUNT = "000000000000"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"


def status_of(call, **arguments):
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    return raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


def arn_of(name):
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def invalid(text):
    return "InvalidParameterValueException", text


def violation(value, path, text):
    return (
        "ValidationException",
        f"1 validation error detected: Value {value} at '{path}' failed to satisfy constraint: {text}",
    )


def not_found(name, qualifier=""):
    return "ResourceNotFoundException", f"Function not found: {arn_of(name)}{qualifier}"


def creation(**changes):
    settings = {
        "FunctionName": new_name(),
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "Role": ROLE,
        "Code": {"ZipFile": python_zip("")},
    }
    settings.update(changes)
    return {k: v for k, v in settings.items() if v is not None}


def test_a_new_function_is_described_as_aws_does(functions, make):
    archive = python_zip("def handler(event, context): pass")
    name = new_name()
    made = functions.create_function(**creation(FunctionName=name, Code={"ZipFile": archive}))
    metadata = made.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 201
    assert re.fullmatch(UUID, metadata["HTTPHeaders"]["x-amzn-requestid"])
    assert metadata["HTTPHeaders"]["content-type"] == "application/json"
    assert re.fullmatch(UUID, made.pop("RevisionId"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", made.pop("LastModified"))
    assert made == {
        "FunctionName": name,
        "FunctionArn": arn_of(name),
        "Runtime": "python3.11",
        "Role": ROLE,
        "Handler": "index.handler",
        "CodeSize": len(archive),
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "CodeSha256": base64.b64encode(hashlib.sha256(archive).digest()).decode(),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    }
    functions.delete_function(FunctionName=name)


def test_what_older_models_do_not_know_is_in_the_answer_too(server, make):
    import json

    name = make()
    authorization = (
        "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
    )
    answer = server.raw(
        "GET",
        f"/2015-03-31/functions/{name}/configuration",
        {"Authorization": authorization, "X-Amz-Date": "20260101T000000Z"},
    )
    configuration = json.loads(answer.body)
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    assert re.fullmatch(
        r"arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}", configuration["RuntimeVersionConfig"]["RuntimeVersionArn"]
    )


def test_waiters_see_a_function_come_change_and_exist(functions, make):
    name = make()
    fast = {"Delay": 1}
    functions.get_waiter("function_exists").wait(FunctionName=name, WaiterConfig=fast)
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=fast)
    updated = functions.update_function_configuration(FunctionName=name, Timeout=9)
    assert (updated["State"], updated["LastUpdateStatus"]) == ("Active", "InProgress")
    assert updated["LastUpdateStatusReasonCode"] == "Creating"
    functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=fast)
    now = functions.get_function_configuration(FunctionName=name)
    assert (now["State"], now["LastUpdateStatus"]) == ("Active", "Successful")
    assert "StateReason" not in now and "LastUpdateStatusReason" not in now


def test_a_function_is_found_by_every_form_of_its_name(functions, make):
    name = make()
    for form in (name, f"{ACCOUNT}:function:{name}", arn_of(name), f"function:{name}"):
        answer = functions.get_function_configuration(FunctionName=form)
        assert (answer["FunctionName"], answer["FunctionArn"]) == (name, arn_of(name))
    for form in (f"{name}:$LATEST", f"{ACCOUNT}:function:{name}:$LATEST", f"{arn_of(name)}:$LATEST"):
        answer = functions.get_function_configuration(FunctionName=form)
        assert answer["FunctionArn"] == f"{arn_of(name)}:$LATEST"
    answer = functions.get_function(FunctionName=name, Qualifier="$LATEST")["Configuration"]
    assert answer["FunctionArn"] == f"{arn_of(name)}:$LATEST"


def test_names_that_lead_nowhere(functions, make):
    name = make()
    get = functions.get_function
    assert error_of(get, FunctionName="nobody") == not_found("nobody")
    assert error_of(get, FunctionName="nobody", Qualifier="$LATEST") == not_found("nobody", ":$LATEST")
    assert error_of(get, FunctionName=name, Qualifier="7") == not_found(name, ":7")
    assert error_of(get, FunctionName=f"{name}:live") == not_found(name, ":live")
    assert error_of(get, FunctionName=f"{name}:1", Qualifier="2") == invalid(
        "The derived qualifier from the function name does not match the specified qualifier."
    )
    assert error_of(get, FunctionName=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}") == (
        "ResourceNotFoundException",
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    )
    code, _ = error_of(get, FunctionName=f"arn:aws:lambda:us-east-1:111111111111:function:{name}")
    assert code == "AccessDeniedException"
    pattern = (
        r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?"
        r"(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
    )
    assert error_of(get, FunctionName="a b") == violation(
        "'a b'", "functionName", f"Member must satisfy regular expression pattern: {pattern}"
    )
    assert error_of(get, FunctionName=name, Qualifier="a b") == violation(
        "'a b'", "qualifier", r"Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"
    )


def test_accounts_and_regions_are_apart(server, functions, make):
    name = make()
    for other in (server.client("lambda", access_key="111111111111"), server.client("lambda", region="eu-west-1")):
        assert other.list_functions()["Functions"] == []
        assert error_of(other.get_function, FunctionName=name)[0] == "ResourceNotFoundException"
    mine = server.client("lambda", access_key="111111111111")
    create_function(mine, name=name)
    assert mine.get_function(FunctionName=name)["Configuration"]["FunctionArn"] == arn_of(name).replace(
        ACCOUNT, "111111111111"
    )
    mine.delete_function(FunctionName=name)
    assert functions.get_function(FunctionName=name)


def test_creating_twice_conflicts(functions, make):
    name = make()
    assert error_of(functions.create_function, **creation(FunctionName=name)) == (
        "ResourceConflictException",
        f"Function already exist: {name}",
    )
    assert status_of(functions.create_function, **creation(FunctionName=name)) == 409


def test_each_constraint_of_a_creation_has_its_text(functions):
    def refused(**changes):
        return error_of(functions.create_function, **creation(**changes))

    missing = "Member must not be null"
    assert refused(Role=None) == violation("null", "role", missing)
    assert refused(Code=None) == violation("null", "code", missing)
    assert refused(FunctionName=None) == violation("null", "functionName", missing)
    assert refused(Role="admin") == violation(
        "'admin'",
        "role",
        r"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+",
    )
    assert refused(Timeout=0) == violation("'0'", "timeout", "Member must have value greater than or equal to 1")
    assert refused(Timeout=901) == violation("'901'", "timeout", "Member must have value less than or equal to 900")
    assert refused(MemorySize=64) == violation(
        "'64'", "memorySize", "Member must have value greater than or equal to 128"
    )
    assert refused(MemorySize=10241) == violation(
        "'10241'", "memorySize", "Member must have value less than or equal to 10240"
    )
    assert refused(Description="d" * 257)[1].endswith("Member must have length less than or equal to 256")
    assert refused(Handler="h" * 129)[1].endswith("Member must have length less than or equal to 128")
    assert refused(Handler="a b")[1].endswith(r"Member must satisfy regular expression pattern: [^\s]+")
    assert refused(PackageType="Tar") == violation(
        "'Tar'", "packageType", "Member must satisfy enum value set: [Zip, Image]"
    )
    assert refused(EphemeralStorage={"Size": 100}) == violation(
        "'100'", "ephemeralStorage.size", "Member must have value greater than or equal to 512"
    )
    assert refused(Architectures=["x86_64", "arm64"]) == violation(
        "'[x86_64, arm64]'", "architectures", "Member must have length less than or equal to 1"
    )
    assert refused(Architectures=["mips"])[0] == "ValidationException"
    assert refused(Environment={"Variables": {"1": "x"}})[0] == "ValidationException"
    long = "n" * 65
    assert refused(FunctionName=long) == invalid(
        f"1 validation error detected: Value '{long}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{'a' * 96}"
    assert refused(FunctionName=arn) == (
        "ValidationException",
        f"1 validation error detected: Value '{arn}' at 'functionName' failed to satisfy constraint: Member must have "
        "length less than or equal to 140",
    )
    assert refused(FunctionName="n:1")[0] == "ValidationException"


def test_runtimes(functions, make):
    def refused(runtime):
        return error_of(functions.create_function, **creation(Runtime=runtime))

    runs = (
        "python3.9, python3.10, python3.11, python3.12, python3.13, python3.14, nodejs18.x, nodejs20.x, nodejs22.x, "
        "nodejs24.x, java8.al2, java11, java17, java21, java25, ruby3.2, ruby3.3, ruby3.4, provided.al2, provided.al2023"
    )
    for runtime in ("dotnet8", "python3.8", "nodejs16.x"):
        text = f"The runtime {runtime} is not supported by this server. Supported runtimes: {runs}."
        assert refused(runtime) == invalid(text)
    for runtime in ("go1.x", "java8", "provided", "python2.7", "nodejs14.x"):
        assert refused(runtime) == invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
            "We recommend you use a supported runtime while creating or updating functions."
        )
    code, text = refused("cobol")
    assert code == "InvalidParameterValueException"
    assert text.startswith("Value cobol at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [")
    assert text.endswith("] or be a valid ARN")
    both = invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    assert refused(None) == both
    assert error_of(functions.create_function, **creation(Handler=None)) == both
    for runtime in runs.split(", "):
        name = make(Runtime=runtime)
        assert functions.get_function_configuration(FunctionName=name)["Runtime"] == runtime


def test_what_this_server_cannot_do_is_refused_and_neutral_values_are_not(functions, make):
    def refused(**changes):
        return error_of(functions.create_function, **creation(**changes))

    assert refused(PackageType="Image", Code={"ImageUri": "x"})[1].startswith(
        "PackageType Image is not supported by this server; it runs zip archives with the runtimes python3.9"
    )
    for member, value in {
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "FileSystemConfigs": [{"Arn": "arn", "LocalMountPath": "/mnt/x"}],
        "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k",
        "TracingConfig": {"Mode": "Active"},
        "SnapStart": {"ApplyOn": "PublishedVersions"},
        "Architectures": ["arm64"],
        "ImageConfig": {"Command": ["c"]},
        "CodeSigningConfigArn": "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0",
    }.items():
        code, text = refused(**{member: value})
        assert code == "InvalidParameterValueException"
        assert "not supported by this server" in text, text
    make(
        Publish=False,
        PackageType="Zip",
        VpcConfig={"SubnetIds": [], "SecurityGroupIds": []},
        Layers=[],
        FileSystemConfigs=[],
        DeadLetterConfig={"TargetArn": ""},
        KMSKeyArn="",
        TracingConfig={"Mode": "PassThrough"},
        SnapStart={"ApplyOn": "None"},
        Architectures=["x86_64"],
        ImageConfig={},
    )


def test_the_environment_is_bounded_and_has_reserved_names(functions, make):
    prefix = "Lambda was unable to configure your environment variables because the environment variables you have provided "
    variables = {"BIG": "x" * 4090}
    assert error_of(functions.create_function, **creation(Environment={"Variables": variables})) == invalid(
        prefix + 'exceeded the 4KB limit. String measured: {"BIG":"' + "x" * 4090 + '"}'
    )
    reserved = {"AWS_REGION": "x", "AWS_SECRET_ACCESS_KEY": "x", "FINE": "x"}
    assert error_of(functions.create_function, **creation(Environment={"Variables": reserved})) == invalid(
        prefix + "contains reserved keys that are currently not supported for modification. Reserved keys used in this "
        "request: AWS_REGION, AWS_SECRET_ACCESS_KEY"
    )
    name = make(Environment={"Variables": {"BIG": "x" * 4085}})
    assert functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]["BIG"] == "x" * 4085
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"A1": "ü"}})
    assert functions.get_function_configuration(FunctionName=name)["Environment"] == {"Variables": {"A1": "ü"}}


def test_code_that_cannot_be_used(functions):
    def refused(**code):
        return error_of(functions.create_function, **creation(Code=code))

    unreadable = invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    assert refused(ZipFile=b"this is no zip") == unreadable
    assert refused(ZipFile=python_zip("x = 1")[:-30]) == unreadable
    assert refused(ZipFile=zip_of({})) == invalid("Uploaded file must be a non-empty zip")
    assert refused(ZipFile=b"") == invalid("Uploaded file must be a non-empty zip")
    assert refused() == invalid("Please provide a source for function code.")
    assert refused(ZipFile=python_zip(""), S3Bucket="bucket", S3Key="key") == invalid(
        "Please do not provide other FunctionCode parameters when providing a ZipFile."
    )
    assert refused(S3Bucket="no-such-bucket-here", S3Key="key") == invalid(
        "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
        "S3 Error Message: The specified bucket does not exist"
    )
    bomb = zip_of({"zeros": b"\0" * 262144001})
    assert refused(ZipFile=bomb) == invalid("Unzipped size must be smaller than 262144000 bytes")


def test_sizes_of_uploads_are_bounded(server):
    functions = server.client("lambda", read_timeout=300)  # 70 MB of base64 take long under a sanitizer
    too_large = b"\0" * 52428801
    assert error_of(functions.create_function, **creation(Code={"ZipFile": too_large})) == (
        "RequestEntityTooLargeException",
        "Zipped size must be smaller than 52428800 bytes",
    )
    with pytest.raises(ClientError) as raised:
        functions.create_function(**creation(Code={"ZipFile": b"\0" * 52700000}))
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413
    assert raised.value.response["Error"]["Message"] == (
        "Request must be smaller than 70167211 bytes for the CreateFunction operation"
    )


def test_the_code_is_behind_its_link(server, functions, make):
    archive = python_zip("x = 'the code of this test'")
    name = make(Code={"ZipFile": archive})
    code = functions.get_function(FunctionName=name)["Code"]
    assert code["RepositoryType"] == "S3"
    assert code["Location"].startswith(server.url + "/")
    with urllib.request.urlopen(code["Location"]) as answer:
        assert answer.read() == archive
        assert answer.headers["Content-Type"] == "application/zip"
    forged = code["Location"][:-8] + "AAAAAAAA"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(forged)
    assert refused.value.code == 403


def test_list_functions_pages_by_name(server):
    client = server.client("lambda", access_key="222222222222")
    names = sorted(create_function(client, name=f"paged-{i:02}") for i in range(53))
    first = client.list_functions()
    assert [f["FunctionName"] for f in first["Functions"]] == names[:50]
    assert "State" not in first["Functions"][0] and "LastUpdateStatus" not in first["Functions"][0]
    second = client.list_functions(Marker=first["NextMarker"])
    assert [f["FunctionName"] for f in second["Functions"]] == names[50:]
    assert "NextMarker" not in second
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 7})
    assert [f["FunctionName"] for page in pages for f in page["Functions"]] == names
    every = client.list_functions(FunctionVersion="ALL", MaxItems=1)["Functions"]
    assert every[0]["FunctionArn"].endswith(":$LATEST")
    assert error_of(client.list_functions, Marker="forged") == invalid("Invalid value for Marker.")
    assert error_of(client.list_functions, MaxItems=0)[0] == "ValidationException"
    assert error_of(client.list_functions, FunctionVersion="SOME") == violation(
        "'SOME'", "functionVersion", "Member must satisfy enum value set: [ALL]"
    )
    settings = client.get_account_settings()
    assert settings["AccountUsage"]["FunctionCount"] == 53
    assert settings["AccountUsage"]["TotalCodeSize"] == sum(
        f["CodeSize"] for f in first["Functions"] + second["Functions"]
    )
    assert settings["AccountLimit"]["CodeSizeZipped"] == 52428800
    for name in names:
        client.delete_function(FunctionName=name)


def test_new_code_is_run(functions, make):
    name = make("def handler(event, context): return 'old'")
    assert invoke(functions, name)[0] == "old"
    before = functions.get_function_configuration(FunctionName=name)
    archive = python_zip("def handler(event, context): return 'new'")
    updated = functions.update_function_code(FunctionName=name, ZipFile=archive)
    assert updated["CodeSize"] == len(archive)
    assert updated["LastUpdateStatus"] == "InProgress"
    after = functions.get_function_configuration(FunctionName=name)
    assert after["CodeSha256"] == updated["CodeSha256"] != before["CodeSha256"]
    assert len({before["RevisionId"], updated["RevisionId"], after["RevisionId"]}) == 3
    assert invoke(functions, name)[0] == "new"


def test_a_dry_run_changes_nothing(functions, make):
    name = make()
    before = functions.get_function_configuration(FunctionName=name)
    answer = functions.update_function_code(FunctionName=name, ZipFile=python_zip("x = 2"), DryRun=True)
    assert answer["CodeSha256"] != before["CodeSha256"]
    after = functions.get_function_configuration(FunctionName=name)
    for answer in (before, after):
        del answer["ResponseMetadata"]
    assert after == before
    assert error_of(functions.update_function_code, FunctionName=name, ZipFile=b"x", DryRun=True)[0] == (
        "InvalidParameterValueException"
    )


def test_a_stale_revision_is_refused(functions, make):
    name = make()
    stale = (
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve "
        "the latest Revision Id",
    )
    wrong = "00000000-0000-4000-8000-000000000000"
    update_code, update = functions.update_function_code, functions.update_function_configuration
    assert error_of(update_code, FunctionName=name, ZipFile=python_zip("x"), RevisionId=wrong) == stale
    assert error_of(update, FunctionName=name, Timeout=5, RevisionId=wrong) == stale
    assert status_of(update, FunctionName=name, Timeout=5, RevisionId=wrong) == 412
    right = functions.get_function_configuration(FunctionName=name)["RevisionId"]
    update(FunctionName=name, Timeout=5, RevisionId=right)
    assert error_of(update, FunctionName=name, Timeout=6, RevisionId=right) == stale


def test_what_an_update_leaves_out_stays(functions, make):
    name = make(Description="first", Timeout=7, MemorySize=256, Environment={"Variables": {"KEY": "v"}})

    def settings():
        now = functions.get_function_configuration(FunctionName=name)
        return {k: now.get(k) for k in ("Description", "Timeout", "MemorySize", "Environment", "Role", "Handler", "Runtime")}

    expected = settings()
    for change in (
        {"Description": ""},
        {"Timeout": 900},
        {"MemorySize": 10240},
        {"Role": "arn:aws:iam::000000000000:role/other"},
        {"Handler": "other.handler"},
        {"Runtime": "python3.12"},
        {"Environment": {"Variables": {"OTHER": "w"}}},
        {"Environment": {"Variables": {}}},
    ):
        functions.update_function_configuration(FunctionName=name, **change)
        expected.update(change)
        assert settings() == expected
    functions.update_function_configuration(FunctionName=name, EphemeralStorage={"Size": 1024})
    assert functions.get_function_configuration(FunctionName=name)["EphemeralStorage"] == {"Size": 1024}


def test_updates_refuse_what_creations_refuse(functions, make):
    name = make()
    update = functions.update_function_configuration
    assert error_of(update, FunctionName=name, Runtime="dotnet8")[0] == "InvalidParameterValueException"
    assert error_of(update, FunctionName=name, Timeout=901)[0] == "ValidationException"
    assert error_of(update, FunctionName=name, Environment={"Variables": {"AWS_REGION": "x"}})[0] == (
        "InvalidParameterValueException"
    )
    assert error_of(update, FunctionName="nobody", Timeout=5) == not_found("nobody")
    code = functions.update_function_code
    assert error_of(code, FunctionName="nobody", ZipFile=python_zip("")) == not_found("nobody")
    assert error_of(code, FunctionName=name) == invalid("Please provide a source for function code.")
    assert error_of(code, FunctionName=name, ZipFile=python_zip(""), Architectures=["arm64"])[0] == (
        "InvalidParameterValueException"
    )


def test_deletion(functions, make):
    name = make()
    assert error_of(functions.delete_function, FunctionName=name, Qualifier="$LATEST") == invalid(
        "$LATEST version cannot be deleted without deleting the function."
    )
    # As AWS answers for a version that is not there.
    gone = functions.delete_function(FunctionName=name, Qualifier="3")
    assert gone["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert functions.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(functions.delete_function, FunctionName=name) == not_found(name)
    assert error_of(functions.get_function, FunctionName=name) == not_found(name)
    assert error_of(functions.invoke, FunctionName=name) == not_found(name, ":$LATEST")
    make(name=name)  # the name is free again


def test_archives_go_with_the_last_function_that_uses_them(server, functions, make):
    def archives():
        return {p.stem for p in (server.data_dir / "functions" / "archives").glob("*/*")}

    def digest(archive):
        return hashlib.sha256(archive).hexdigest()

    first, second = python_zip("x = 'archive one'"), python_zip("x = 'archive two'")
    one, two = make(Code={"ZipFile": first}), make(Code={"ZipFile": first})
    assert digest(first) in archives()
    functions.update_function_code(FunctionName=one, ZipFile=second)
    assert {digest(first), digest(second)} <= archives()
    functions.delete_function(FunctionName=two)
    assert digest(first) not in archives()
    assert error_of(functions.create_function, **creation(FunctionName=one, Code={"ZipFile": first}))[0] == (
        "ResourceConflictException"
    )
    assert digest(first) not in archives()
    functions.delete_function(FunctionName=one)
    assert digest(second) not in archives()


def test_tags(functions, make):
    name = make(Tags={"team": "retail", "stage": "test"})
    arn = arn_of(name)
    assert functions.list_tags(Resource=arn)["Tags"] == {"team": "retail", "stage": "test"}
    assert functions.get_function(FunctionName=name)["Tags"] == {"team": "retail", "stage": "test"}
    answer = functions.tag_resource(Resource=arn, Tags={"stage": "live", "cost": ""})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    functions.untag_resource(Resource=arn, TagKeys=["team", "never there"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"stage": "live", "cost": ""}
    functions.untag_resource(Resource=arn, TagKeys=["stage", "cost"])
    assert "Tags" not in functions.get_function(FunctionName=name)
    many = {f"k{i}": "" for i in range(51)}
    assert error_of(functions.tag_resource, Resource=arn, Tags=many)[0] == "InvalidParameterValueException"
    assert error_of(functions.tag_resource, Resource=arn, Tags={}) == (
        "InvalidParameterValueException",
        "An error occurred and the request cannot be processed.",
    )
    assert error_of(functions.list_tags, Resource=arn_of("nobody")) == not_found("nobody")
    code, text = error_of(functions.list_tags, Resource="arn:aws:s3:::bucket")
    assert code == "ValidationException" and "at 'resource' failed to satisfy constraint" in text


def test_what_infrastructure_tools_ask_besides(server, functions, make):
    import json

    name = make()
    versions = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [(v["Version"], v["FunctionArn"]) for v in versions] == [("$LATEST", f"{arn_of(name)}:$LATEST")]
    assert error_of(functions.list_versions_by_function, FunctionName="nobody") == not_found("nobody")
    assert functions.get_function_code_signing_config(FunctionName=name)["FunctionName"] == name
    authorization = (
        "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
    )
    answer = server.raw(
        "GET",
        f"/2021-07-20/functions/{name}/runtime-management-config",
        {"Authorization": authorization, "X-Amz-Date": "20260101T000000Z"},
    )
    assert json.loads(answer.body) == {"UpdateRuntimeOn": "Auto", "FunctionArn": f"{arn_of(name)}:$LATEST"}
    answer = server.raw("GET", f"/2019-09-30/functions/{name}/provisioned-concurrency", {"Authorization": authorization,
                                                                             "X-Amz-Date": "20260101T000000Z"})
    assert answer.status == 404


def test_bodies_that_are_no_requests(server):
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host, Signature=0",
        "X-Amz-Date": "20260101T000000Z",
    }
    for body in (b"x", b"[1]", b"\xff\xfe", b"{", b"[" * 100000):
        answer = server.raw("POST", "/2015-03-31/functions", headers, body)
        assert answer.status == 400
        assert answer.headers["x-amzn-ErrorType"] == "InvalidRequestContentException"
    answer = server.raw("POST", "/2015-03-31/functions", headers, b"")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    answer = server.raw("POST", "/2015-03-31/functions", {}, b"{}")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (403, "MissingAuthenticationTokenException")
    answer = server.raw("GET", "/2015-03-31/nothing", headers)
    assert answer.status == 404


def test_functions_survive_kill_and_restart(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        client = server.client("lambda")
        source = "def handler(event, context): return [event, context.invoked_function_arn]"
        name = create_function(client, source, Tags={"a": "b"}, Environment={"Variables": {"KEY": "v"}})
        before = client.get_function(FunctionName=name)
        stray = server.data_dir / "functions" / "archives" / ACCOUNT / ("0" * 64 + ".zip")
        stray.write_bytes(b"left behind by a crash")
        server.kill()
        server.start()
        after = server.client("lambda").get_function(FunctionName=name)
        assert after["Configuration"] == before["Configuration"]
        assert after["Tags"] == {"a": "b"}
        assert not stray.exists()
        with urllib.request.urlopen(before["Code"]["Location"]) as answer:
            assert answer.read() == python_zip(source)
        assert invoke(server.client("lambda"), name, 5)[0] == [5, arn_of(name)]
    finally:
        assert server.stop() == 0, server.log()
