"""Versions, aliases and reserved concurrency of functions."""

import json
import threading

import pytest
from botocore.exceptions import ClientError
from support.functions import create_function, error_of, invoke, new_name, python_zip
from support.millrace import Millrace, wait_until

from .recorder import put

SAYS = 'import os\ndef handler(event, context):\n    return ["{}", context.function_version, context.invoked_function_arn]\n'


def arn_of(name, qualifier=None):
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return f"{arn}:{qualifier}" if qualifier else arn


def answer_of(functions, name, **arguments):
    answer = functions.invoke(FunctionName=name, **arguments)
    return json.loads(answer["Payload"].read()), answer.get("ExecutedVersion")


def test_a_version_stays_as_it_was_published(functions, make):
    name = make(SAYS.format("one"), Environment={"Variables": {"KEY": "1"}}, Description="first")
    published = functions.publish_version(FunctionName=name, Description="of the first")
    assert published["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (published["Version"], published["FunctionArn"]) == ("1", arn_of(name, "1"))
    assert published["Description"] == "of the first"
    functions.update_function_code(FunctionName=name, ZipFile=python_zip(SAYS.format("two")))
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": {"KEY": "2"}})
    assert answer_of(functions, name) == (["two", "$LATEST", arn_of(name)], "$LATEST")
    assert answer_of(functions, name, Qualifier="1") == (["one", "1", arn_of(name, "1")], "1")
    assert answer_of(functions, arn_of(name, "1"))[0][0] == "one"
    first = functions.get_function(FunctionName=name, Qualifier="1")["Configuration"]
    assert first["Environment"]["Variables"] == {"KEY": "1"}
    assert (first["Version"], first["FunctionArn"]) == ("1", arn_of(name, "1"))
    assert first["CodeSha256"] != functions.get_function(FunctionName=name)["Configuration"]["CodeSha256"]


def test_publishing_what_did_not_change_is_the_same_version(functions, make):
    name = make(SAYS.format("one"))
    assert [functions.publish_version(FunctionName=name)["Version"] for _ in range(2)] == ["1", "1"]
    changed = functions.update_function_code(FunctionName=name, ZipFile=python_zip(SAYS.format("two")), Publish=True)
    assert (changed["Version"], changed["FunctionArn"]) == ("2", arn_of(name, "2"))
    assert changed["State"] == "Pending" and "LastUpdateStatus" not in changed
    functions.delete_function(FunctionName=name, Qualifier="2")
    # A number is never used again.
    assert functions.publish_version(FunctionName=name)["Version"] == "3"
    listed = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [v["Version"] for v in listed] == ["$LATEST", "1", "3"]
    assert [v["FunctionArn"] for v in listed] == [arn_of(name, v["Version"]) for v in listed]
    everything = [
        f["FunctionArn"]
        for page in functions.get_paginator("list_functions").paginate(FunctionVersion="ALL")
        for f in page["Functions"]
        if f["FunctionName"] == name
    ]
    assert everything == [arn_of(name, v) for v in ("$LATEST", "1", "3")]


def test_a_description_makes_a_version_and_publishing_a_revision(functions, make):
    name = make(SAYS.format("one"), Description="first")
    revision = lambda **a: functions.get_function_configuration(FunctionName=name, **a)["RevisionId"]
    before = revision()
    assert functions.publish_version(FunctionName=name, Description="of its own")["Version"] == "1"
    after = revision()
    assert after != before
    # Neither the description that a version was given nor publishing again is a change.
    assert functions.publish_version(FunctionName=name)["Version"] == "1"
    assert revision() == after
    functions.update_function_configuration(FunctionName=name, Description="second")
    second = functions.publish_version(FunctionName=name)
    assert (second["Version"], second["Description"]) == ("2", "second")
    assert functions.publish_version(FunctionName=name, Description="third")["Version"] == "2"
    assert functions.get_function_configuration(FunctionName=name, Qualifier="1")["Description"] == "of its own"


def test_tags_make_a_revision_and_belong_to_the_function_alone(functions, make):
    name = make(Publish=True)
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    revision = lambda: functions.get_function_configuration(FunctionName=name)["RevisionId"]
    seen = [revision()]
    functions.tag_resource(Resource=arn_of(name), Tags={"a": "1"})
    seen.append(revision())
    functions.untag_resource(Resource=arn_of(name), TagKeys=["a"])
    seen.append(revision())
    assert len(set(seen)) == 3
    for qualifier in ("1", "live", "$LATEST"):
        for call, arguments in (
            (functions.tag_resource, {"Tags": {"a": "1"}}),
            (functions.untag_resource, {"TagKeys": ["a"]}),
            (functions.list_tags, {}),
        ):
            assert error_of(call, Resource=arn_of(name, qualifier), **arguments) == (
                "InvalidParameterValueException",
                "Tags on function aliases and versions are not supported. Please specify a function ARN.",
            )


def test_deleting_a_version_that_does_not_exist(functions, make):
    name = make(Publish=True)
    answer = functions.delete_function(FunctionName=name, Qualifier="7")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    missing = ("ResourceNotFoundException", f"Function not found: {arn_of(name + '-x')}")
    assert error_of(functions.delete_function, FunctionName=f"{name}-x") == missing
    assert error_of(functions.delete_function, FunctionName=f"{name}-x", Qualifier="7") == missing


def test_create_with_publish(functions, make):
    name = make(SAYS.format("one"), Publish=True)
    assert answer_of(functions, name, Qualifier="1")[0][0] == "one"
    pages = functions.get_paginator("list_versions_by_function").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 1}
    )
    assert [v["Version"] for p in pages for v in p["Versions"]] == ["$LATEST", "1"]


def test_publishing_something_else_than_is_wanted_is_error_of(functions, make):
    name = make(SAYS.format("one"))
    publish = functions.publish_version
    sha = functions.get_function_configuration(FunctionName=name)["CodeSha256"]
    assert error_of(publish, FunctionName=name, CodeSha256="other") == (
        "InvalidParameterValueException",
        f"CodeSHA256 (other) is different from current CodeSHA256 in $LATEST ({sha}). "
        "Please try again with the CodeSHA256 in $LATEST.",
    )
    assert error_of(publish, FunctionName=name, RevisionId="other")[0] == "PreconditionFailedException"
    assert publish(FunctionName=name, CodeSha256=sha)["Version"] == "1"
    assert error_of(publish, FunctionName="nobody")[0] == "ResourceNotFoundException"
    for call in (functions.get_function, functions.invoke):
        assert error_of(call, FunctionName=name, Qualifier="7") == (
            "ResourceNotFoundException",
            f"Function not found: {arn_of(name, '7')}",
        )


def test_an_alias_names_a_version(functions, make):
    name = make(SAYS.format("one"), Publish=True)
    functions.update_function_code(FunctionName=name, ZipFile=python_zip(SAYS.format("two")), Publish=True)
    made = functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description="what runs")
    assert made["ResponseMetadata"].pop("HTTPStatusCode") == 201
    revision = made["RevisionId"]
    del made["ResponseMetadata"], made["RevisionId"]
    assert made == {
        "AliasArn": arn_of(name, "live"),
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "what runs",
    }
    assert answer_of(functions, name, Qualifier="live") == (["one", "1", arn_of(name, "live")], "1")
    configuration = functions.get_function_configuration(FunctionName=name, Qualifier="live")
    assert (configuration["Version"], configuration["FunctionArn"]) == ("1", arn_of(name, "live"))
    assert error_of(functions.update_alias, FunctionName=name, Name="live", RevisionId="x")[0] == (
        "PreconditionFailedException"
    )
    moved = functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RevisionId=revision)
    assert moved["FunctionVersion"] == "2" and moved["RevisionId"] != revision
    assert answer_of(functions, arn_of(name, "live"))[0][0] == "two"
    functions.create_alias(FunctionName=name, Name="old", FunctionVersion="1")
    assert [a["Name"] for a in functions.list_aliases(FunctionName=name)["Aliases"]] == ["live", "old"]
    of_first = functions.list_aliases(FunctionName=name, FunctionVersion="1")["Aliases"]
    assert [a["Name"] for a in of_first] == ["old"]
    assert error_of(functions.delete_function, FunctionName=name, Qualifier="1")[0] == "ResourceConflictException"
    functions.delete_alias(FunctionName=name, Name="old")
    functions.delete_alias(FunctionName=name, Name="old")
    functions.delete_function(FunctionName=name, Qualifier="1")
    assert error_of(functions.get_alias, FunctionName=name, Name="old") == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {arn_of(name, 'old')}",
    )


def test_an_alias_may_share_invocations_between_two_versions(functions, make):
    name = make(SAYS.format("one"), Publish=True)
    functions.update_function_code(FunctionName=name, ZipFile=python_zip(SAYS.format("two")), Publish=True)
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    made = functions.create_alias(FunctionName=name, Name="both", FunctionVersion="1", RoutingConfig=routing)
    assert made["RoutingConfig"] == routing
    # All of one kind among 40: once in 10^11 runs.
    assert {answer_of(functions, name, Qualifier="both")[1] for _ in range(40)} == {"1", "2"}
    # Weights are for invocations: what is read of the alias is its version's, always.
    for read in (functions.get_function_configuration, lambda **a: functions.get_function(**a)["Configuration"]):
        assert {read(FunctionName=name, Qualifier="both")["Version"] for _ in range(20)} == {"1"}
    cleared = functions.update_alias(FunctionName=name, Name="both", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in cleared
    assert {answer_of(functions, name, Qualifier="both")[1] for _ in range(10)} == {"1"}


def test_aliases_that_are_error_of(functions, make):
    name = make(SAYS.format("one"), Publish=True)
    create = functions.create_alias
    good = {"FunctionName": name, "Name": "live", "FunctionVersion": "1"}
    create(**good)
    assert error_of(create, **good) == ("ResourceConflictException", f"Alias already exists: {arn_of(name, 'live')}")
    assert error_of(create, **{**good, "Name": "x", "FunctionVersion": "7"}) == (
        "ResourceNotFoundException",
        f"Function not found: {arn_of(name, '7')}",
    )
    assert error_of(create, **{**good, "Name": "12"})[0] == "ValidationException"
    assert error_of(create, **{**good, "Name": "x", "FunctionVersion": "live"})[0] == "ValidationException"
    at = "at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: "
    a_weight = (
        "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
        "Member must have value greater than or equal to 0.0, Member must not be null]"
    )
    a_version = (
        "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
        "Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]"
    )
    for weights, version, expected in (
        (
            {"1": 0.5},
            "1",
            (
                "InvalidParameterValueException",
                "Invalid function version 1. Function version 1 is already included in routing configuration.",
            ),
        ),
        (
            {"1": 0.8, "2": 0.2},
            "1",
            (
                "InvalidParameterValueException",
                "Number of items in AdditionalVersionWeights cannot be greater than 1",
            ),
        ),
        ({"2": 2}, "1", ("ValidationException", f"1 validation error detected: Value '{{2=2.0}}' {at}{a_weight}")),
        ({"2": -1}, "1", ("ValidationException", f"1 validation error detected: Value '{{2=-1.0}}' {at}{a_weight}")),
        (
            {"$LATEST": 0.5},
            "1",
            ("ValidationException", f"1 validation error detected: Value '{{$LATEST=0.5}}' {at}{a_version}"),
        ),
        (
            {"1": 0.5},
            "$LATEST",
            (
                "InvalidParameterValueException",
                "$LATEST is not supported for an alias pointing to more than 1 version",
            ),
        ),
        ({"7": 0.1}, "1", ("ResourceNotFoundException", f"Function not found: {arn_of(name, '7')}")),
    ):
        assert expected == error_of(
            create,
            **{**good, "Name": "x", "FunctionVersion": version},
            RoutingConfig={"AdditionalVersionWeights": weights},
        )
    assert error_of(functions.update_alias, FunctionName=name, Name="none") == (
        "ResourceNotFoundException",
        f"Alias not found: {arn_of(name, 'none')}",
    )
    assert error_of(create, FunctionName=f"{name}-x", Name="live", FunctionVersion="1") == (
        "ResourceNotFoundException",
        f"Function not found: {arn_of(name + '-x', '1')}",
    )


def test_a_mapping_calls_the_version_of_its_alias(kinesis, source, function, mapped, lambdas):
    name, arn = source
    source_of = (
        'import json, os\ndef handler(event, context):\n    with open(os.environ["SEEN"], "a") as out:\n'
        '        out.write(json.dumps(["{}", context.invoked_function_arn]) + "\\n")\n'
    )
    function.deploy(source_of.format("one"), Publish=True)
    lambdas.update_function_code(FunctionName=function.name, ZipFile=python_zip(source_of.format("two")), Publish=True)
    lambdas.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
    mapping = lambdas.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=arn_of(function.name, "live"), StartingPosition="TRIM_HORIZON"
    )
    try:
        assert mapping["FunctionArn"] == arn_of(function.name, "live")
        put(kinesis, name, "a")
        wait_until(function.invocations, "the function was invoked")
        lambdas.update_alias(FunctionName=function.name, Name="live", FunctionVersion="2")
        put(kinesis, name, "b")
        wait_until(lambda: len(function.invocations()) >= 2, "it was invoked again")
        live = arn_of(function.name, "live")
        assert function.invocations() == [["one", live], ["two", live]]
        found = lambdas.list_event_source_mappings(FunctionName=live)["EventSourceMappings"]
        assert [m["UUID"] for m in found] == [mapping["UUID"]]
    finally:
        lambdas.delete_event_source_mapping(UUID=mapping["UUID"])


def test_events_run_the_version_that_they_were_sent_to(functions, make, shared):
    path = shared / "seen"
    source = (
        f'def handler(event, context):\n    open("{path}", "a").write("{{}} " + context.function_version + "\\n")\n'
    )
    name = make(source.format("one"), Publish=True)
    functions.update_function_code(FunctionName=name, ZipFile=python_zip(source.format("two")))
    assert functions.invoke(FunctionName=name, Qualifier="1", InvocationType="Event")["StatusCode"] == 202
    wait_until(lambda: path.exists() and path.read_text().endswith("\n"), "the event was run")
    assert path.read_text() == "one 1\n"


def test_versions_and_aliases_survive_a_kill(tmp_path):
    server = Millrace(tmp_path / "data").start()
    try:
        functions = server.client("lambda")
        name = new_name()
        create_function(functions, SAYS.format("one"), name, Publish=True)
        functions.update_function_code(FunctionName=name, ZipFile=python_zip(SAYS.format("two")))
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
        server.kill()
        server.start()
        functions = server.client("lambda")
        assert answer_of(functions, name, Qualifier="live")[0][0] == "one"
        assert answer_of(functions, name)[0][0] == "two"
        assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 3
        assert functions.publish_version(FunctionName=name)["Version"] == "2"
        functions.delete_function(FunctionName=name)
        assert error_of(functions.get_alias, FunctionName=name, Name="live")[0] == "ResourceNotFoundException"
        archives = list((tmp_path / "data" / "functions" / "archives").rglob("*.zip"))
        assert archives == []
    finally:
        server.kill()


# ---- Reserved concurrency ----


def test_reserved_concurrency_is_shown_and_taken_away(functions, make):
    name = make()
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName=name)
    assert "Concurrency" not in functions.get_function(FunctionName=name)
    put_it = functions.put_function_concurrency
    assert put_it(FunctionName=name, ReservedConcurrentExecutions=2)["ReservedConcurrentExecutions"] == 2
    assert functions.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 2}
    answer = functions.delete_function_concurrency(FunctionName=name)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "Concurrency" not in functions.get_function(FunctionName=name)
    assert error_of(put_it, FunctionName=f"{name}:1", ReservedConcurrentExecutions=1)[0] == (
        "InvalidParameterValueException"
    )
    assert error_of(put_it, FunctionName=name, ReservedConcurrentExecutions=-1)[0] == "ValidationException"
    assert error_of(put_it, FunctionName="no-function", ReservedConcurrentExecutions=1) == (
        "ResourceNotFoundException",
        f"Function not found: {arn_of('no-function', '$LATEST')}",
    )
    limit = functions.get_account_settings()["AccountLimit"]
    other = make()
    put_it(FunctionName=other, ReservedConcurrentExecutions=2)
    after = functions.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    assert after == limit["UnreservedConcurrentExecutions"] - 2
    # What is left for the others: a tenth of 16.
    for too_many in (limit["ConcurrentExecutions"] - 2, limit["ConcurrentExecutions"] + 1):
        assert error_of(put_it, FunctionName=name, ReservedConcurrentExecutions=too_many) == (
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            "below its minimum value of [1].",
        )
    with pytest.raises(ClientError) as raised:
        put_it(FunctionName=name, ReservedConcurrentExecutions=limit["ConcurrentExecutions"] + 1)
    assert "Type" not in raised.value.response  # AWS leaves it out here
    assert put_it(FunctionName=name, ReservedConcurrentExecutions=limit["ConcurrentExecutions"] - 3)


def metric(server, name, function):
    lines = server.raw("GET", "/metrics").body.decode().splitlines()
    (line,) = [m for m in lines if m.startswith(f"millrace_lambda_{name}{{") and f'function="{function}"' in m]
    return float(line.split()[-1])


def test_no_more_run_at_a_time(server, functions, make, shared):
    begun = shared / "begun"
    name = make(
        f'import time\ndef handler(event, context):\n    open("{begun}", "w").close()\n'
        '    time.sleep(event["seconds"])\n',
        Timeout=30,
    )
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    running = threading.Thread(target=invoke, args=(functions, name, {"seconds": 3}))
    running.start()
    try:
        wait_until(begun.exists, "the first invocation runs")
        assert metric(server, "concurrent_executions", name) == 1
        with pytest.raises(ClientError) as caught:
            invoke(functions, name, {"seconds": 0})
        response = caught.value.response
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
        assert response["Error"]["Code"] == "TooManyRequestsException"
        assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    finally:
        running.join()
    invoke(functions, name, {"seconds": 0})
    assert metric(server, "concurrent_executions", name) == 0
    assert metric(server, "throttles_total", name) == 1


def test_none_at_all_stops_mappings_without_loss(kinesis, source, function, mapped, lambdas):
    name, arn = source
    function.deploy()
    lambdas.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    uuid = mapped(function, arn, MaximumRetryAttempts=0)["UUID"]
    put(kinesis, name, "a")
    wait_until(
        lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"].startswith("PROBLEM"),
        "the mapping reports the problem",
    )
    assert function.invocations() == []
    lambdas.delete_function_concurrency(FunctionName=function.name)
    wait_until(lambda: function.data() == ["a"], "the record was kept")
