"""Layers: archives that functions share, seen by them in /opt."""

import base64
import hashlib
import urllib.request

import pytest
from support.functions import ECHO, create_function, error_of, invoke, new_name, zip_of
from support.millrace import Millrace, wait_until

SHARED = {"python/shared.py": "WORD = 'from the layer'\n", "data/words.txt": "hello\n"}
USES = (
    "import shared\n"
    "def handler(event, context):\n"
    "    return {'word': shared.WORD, 'text': open('/opt/data/words.txt').read()}\n"
)


@pytest.fixture
def publish(functions):
    """Publishes versions of layers that are gone after the test."""
    made = []

    def publish_version(files, name=None, **settings):
        made.append(
            functions.publish_layer_version(
                LayerName=name or new_name("layer"), Content={"ZipFile": zip_of(files)}, **settings
            )
        )
        return made[-1]

    yield publish_version
    for version in made:
        functions.delete_layer_version(LayerName=version["LayerArn"], VersionNumber=version["Version"])


def test_a_function_uses_what_a_layer_has(functions, make, publish):
    layer = publish(SHARED)
    name = make(USES, Layers=[layer["LayerVersionArn"]])
    assert invoke(functions, name)[0] == {"word": "from the layer", "text": "hello\n"}
    wanted = [{"Arn": layer["LayerVersionArn"], "CodeSize": layer["Content"]["CodeSize"]}]
    assert functions.get_function_configuration(FunctionName=name)["Layers"] == wanted
    (listed,) = [f for f in functions.list_functions()["Functions"] if f["FunctionName"] == name]
    assert listed["Layers"] == wanted


def test_the_later_layer_wins_and_another_order_is_seen(functions, make, publish):
    first, second = publish(SHARED), publish({"python/shared.py": "WORD = 'other'\n"})
    arns = [first["LayerVersionArn"], second["LayerVersionArn"]]
    name = make(USES, Layers=arns)
    assert invoke(functions, name)[0] == {"word": "other", "text": "hello\n"}
    functions.update_function_configuration(FunctionName=name, Layers=arns[::-1])
    assert invoke(functions, name)[0]["word"] == "from the layer"
    functions.update_function_configuration(FunctionName=name, Description="layers stay")
    assert len(functions.get_function_configuration(FunctionName=name)["Layers"]) == 2
    functions.update_function_configuration(FunctionName=name, Layers=[])
    assert "Layers" not in functions.get_function_configuration(FunctionName=name)
    assert invoke(functions, name)[1]["FunctionError"] == "Unhandled"


def test_a_layer_brings_the_bootstrap_of_a_custom_runtime(functions, make):
    script = (
        "#!/bin/bash\n"
        "while true; do\n"
        '  head=$(mktemp)\n'
        '  curl -sS -D "$head" -o /dev/null "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"\n'
        "  id=$(grep -i '^lambda-runtime-aws-request-id:' \"$head\" | tr -d '\\r' | cut -d' ' -f2)\n"
        '  curl -sS -o /dev/null -d "\\"$0 $PWD\\""'
        ' "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response"\n'
        "done\n"
    )
    layer = functions.publish_layer_version(
        LayerName=new_name("runtime"), Content={"ZipFile": zip_of({"bootstrap": script}, {"bootstrap": 0o755})}
    )
    name = make(Runtime="provided.al2023", Layers=[layer["LayerVersionArn"]])
    assert invoke(functions, name)[0] == "/opt/bootstrap /var/task"


def test_what_node_finds(functions, make, publish):
    layer = publish({"nodejs/node_modules/shared/index.js": "exports.word = 'from the layer';\n"})
    code = {"ZipFile": zip_of({"index.js": "exports.handler = async () => require('shared').word;\n"})}
    name = make(Runtime="nodejs20.x", Code=code, Layers=[layer["LayerVersionArn"]])
    assert invoke(functions, name)[0] == "from the layer"


def test_versions(functions, publish):
    name = new_name("layer")
    first = publish(SHARED, name, Description="one", CompatibleRuntimes=["python3.12"], LicenseInfo="MIT")
    second = publish({"a": "b"}, name, CompatibleArchitectures=["x86_64"], CompatibleRuntimes=[])
    assert "CompatibleArchitectures" not in first and second["CompatibleRuntimes"] == []
    arn = f"arn:aws:lambda:us-east-1:000000000000:layer:{name}"
    assert (first["LayerArn"], first["LayerVersionArn"], first["Version"]) == (arn, arn + ":1", 1)
    assert second["LayerVersionArn"] == arn + ":2"
    got = functions.get_layer_version(LayerName=name, VersionNumber=1)
    by_arn = functions.get_layer_version_by_arn(Arn=arn + ":1")
    for answer in (got, by_arn):
        assert answer["Description"] == "one"
        assert answer["CompatibleRuntimes"] == ["python3.12"]
        assert answer["LicenseInfo"] == "MIT"
        archive = urllib.request.urlopen(answer["Content"]["Location"], timeout=30).read()
        assert archive == zip_of(SHARED)
        assert answer["Content"]["CodeSize"] == len(archive)
        assert answer["Content"]["CodeSha256"] == base64.b64encode(hashlib.sha256(archive).digest()).decode()
    listed = functions.list_layer_versions(LayerName=name)["LayerVersions"]
    assert [v["Version"] for v in listed] == [2, 1]
    only = functions.list_layer_versions(LayerName=name, CompatibleRuntime="python3.12")["LayerVersions"]
    assert [v["Version"] for v in only] == [1]
    (item,) = [v for v in functions.list_layers()["Layers"] if v["LayerName"] == name]
    assert item["LatestMatchingVersion"]["Version"] == 2
    (item,) = [v for v in functions.list_layers(CompatibleRuntime="python3.12")["Layers"] if v["LayerName"] == name]
    assert item["LatestMatchingVersion"]["Version"] == 1
    page = functions.list_layer_versions(LayerName=name, MaxItems=1)
    rest = functions.list_layer_versions(LayerName=name, Marker=page["NextMarker"])
    assert [v["Version"] for v in page["LayerVersions"] + rest["LayerVersions"]] == [2, 1]


def test_a_deleted_version_stays_with_its_functions_and_its_number_is_not_given_again(functions, make, publish):
    layer = publish(SHARED)
    name = make(USES, Layers=[layer["LayerVersionArn"]])
    for _ in range(2):  # the second time it is gone already
        functions.delete_layer_version(LayerName=layer["LayerArn"], VersionNumber=1)
    code, message = error_of(functions.get_layer_version, LayerName=layer["LayerArn"], VersionNumber=1)
    assert (code, message) == ("ResourceNotFoundException", "The resource you requested does not exist.")
    assert invoke(functions, name)[0]["word"] == "from the layer"
    assert publish({"a": "b"}, layer["LayerArn"].rsplit(":", 1)[1])["Version"] == 2
    arn = layer["LayerVersionArn"]
    code, message = error_of(functions.update_function_configuration, FunctionName=make(), Layers=[arn])
    assert (code, message) == ("InvalidParameterValueException", f"Layer version {arn} does not exist.")


def test_a_version_of_a_function_keeps_its_layers(functions, make, publish):
    layer = publish(SHARED)
    name = make(USES, Layers=[layer["LayerVersionArn"]])
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_function_configuration(FunctionName=name, Layers=[])
    functions.delete_layer_version(LayerName=layer["LayerArn"], VersionNumber=1)
    assert invoke(functions, name, Qualifier=version)[0]["word"] == "from the layer"


def test_what_is_refused(functions, make, publish):
    name = make()
    one = publish(SHARED)
    two = publish({"a": "b"}, one["LayerArn"].rsplit(":", 1)[1])
    arns = [one["LayerVersionArn"], two["LayerVersionArn"]]

    def refused(layers):
        return error_of(functions.update_function_configuration, FunctionName=name, Layers=layers)

    code, message = refused(arns)
    assert code == "InvalidParameterValueException"
    assert message == (
        "Two different versions of the same layer are not allowed to be referenced in the same function. "
        f"{arns[0]} and {arns[1]} are versions of the same layer."
    )
    assert refused([arns[0]] * 6) == ("InvalidParameterValueException", "Cannot reference more than 5 layers.")
    form = (
        r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:"
        r"[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)"
    )
    assert refused([one["LayerArn"]]) == (
        "ValidationException",
        f"1 validation error detected: Value '[{one['LayerArn']}]' at 'layers' failed to satisfy constraint: Member "
        "must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater "
        f"than or equal to 1, Member must satisfy regular expression pattern: {form}, Member must not be null]",
    )
    assert error_of(functions.get_layer_version_by_arn, Arn=one["LayerArn"]) == (
        "ValidationException",
        f"1 validation error detected: Value '{one['LayerArn']}' at 'arn' failed to satisfy constraint: Member must "
        f"satisfy regular expression pattern: {form}",
    )
    assert error_of(
        functions.publish_layer_version,
        LayerName="l",
        Content={"ZipFile": zip_of(SHARED)},
        CompatibleArchitectures=["x86", "arm64"],
    ) == (
        "ValidationException",
        "1 validation error detected: Value '[x86, arm64]' at 'compatibleArchitectures' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
    )
    assert refused([arns[0].replace("us-east-1", "eu-west-1")])[1] == (
        "Layers are not in the same region as the function. Layers are expected to be in region us-east-1."
    )
    assert refused([arns[0].replace("000000000000", "111111111111")])[0] == "AccessDeniedException"
    code, _ = error_of(
        functions.publish_layer_version, LayerName="l", Content={"ZipFile": b"no zip"}
    )
    assert code == "InvalidParameterValueException"
    code, _ = error_of(
        functions.publish_layer_version,
        LayerName="l",
        Content={"ZipFile": zip_of(SHARED)},
        CompatibleRuntimes=["cobol"],
    )
    assert code == "ValidationException"
    for call, arguments in ((functions.list_layers, {}), (functions.list_layer_versions, {"LayerName": "l"})):
        code, message = error_of(call, CompatibleRuntime="cobol", **arguments)
        assert code == "ValidationException"
        assert message.startswith("1 validation error detected: Value 'cobol' at 'compatibleRuntime' failed to satisfy")
    for call in (functions.get_layer_version, functions.delete_layer_version):
        assert error_of(call, LayerName="l", VersionNumber=0) == (
            "InvalidParameterValueException",
            "Layer Version Cannot be less than 1",
        )


def test_layers_survive_a_kill_and_unused_archives_go(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        client = server.client("lambda")
        layer = client.publish_layer_version(LayerName="kept", Content={"ZipFile": zip_of(SHARED)})
        create_function(client, USES, "f", Layers=[layer["LayerVersionArn"]])
        create_function(client, ECHO, "g")
        server.kill()
        server.start()
        client = server.client("lambda")
        assert invoke(client, "f")[0]["word"] == "from the layer"
        assert client.get_layer_version(LayerName="kept", VersionNumber=1)["Version"] == 1
        client.delete_layer_version(LayerName="kept", VersionNumber=1)

        def archives():
            return list((tmp_path / "data" / "functions" / "archives").rglob("*.zip"))

        assert len(archives()) == 3
        client.delete_function(FunctionName="f")
        wait_until(lambda: len(archives()) == 1, "what the deleted function had is gone")
        server.kill()
        server.start()
        again = server.client("lambda").publish_layer_version(LayerName="kept", Content={"ZipFile": zip_of(SHARED)})
        assert again["Version"] == 2
    finally:
        server.stop()
