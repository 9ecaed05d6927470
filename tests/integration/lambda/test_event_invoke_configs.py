"""What becomes of asynchronous invocations: retries, age, destinations."""

import base64
import json
import re

from support.functions import error_of, new_name
from support.millrace import wait_until

FAIL = "def handler(event, context):\n    raise ValueError('no')\n"
ECHO = "def handler(event, context):\n    return {'got': event}\n"


def arn_of(name, qualifier="$LATEST"):
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}:{qualifier}"


def test_put_update_get_list_delete(functions, make):
    name = make(Publish=True)
    missing = ("ResourceNotFoundException", f"The function {arn_of(name)} doesn't have an EventInvokeConfig")
    assert error_of(functions.get_function_event_invoke_config, FunctionName=name) == missing
    assert error_of(functions.update_function_event_invoke_config, FunctionName=name, MaximumRetryAttempts=1) == missing
    assert error_of(functions.delete_function_event_invoke_config, FunctionName=name) == missing
    assert error_of(functions.put_function_event_invoke_config, FunctionName=name) == (
        "InvalidParameterValueException",
        "You must specify at least one of error handling or destination setting.",
    )
    no_function = ("ResourceNotFoundException", "The function doesn't exist.")
    absent = {"FunctionName": f"{name}-x"}
    for call in (functions.put_function_event_invoke_config, functions.update_function_event_invoke_config):
        assert error_of(call, MaximumRetryAttempts=1, **absent) == no_function
    assert error_of(functions.list_function_event_invoke_configs, **absent) == no_function
    for call in (functions.get_function_event_invoke_config, functions.delete_function_event_invoke_config):
        assert error_of(call, **absent) == (missing[0], missing[1].replace(name, f"{name}-x"))
    put = functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)
    assert put["LastModified"].year >= 2026
    del put["ResponseMetadata"], put["LastModified"]
    assert put == {
        "FunctionArn": arn_of(name),
        "MaximumRetryAttempts": 1,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    }
    updated = functions.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (1, 60)
    replaced = functions.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=61)
    assert "MaximumRetryAttempts" not in replaced
    functions.put_function_event_invoke_config(FunctionName=name, Qualifier="1", MaximumRetryAttempts=0)
    listed = functions.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [c["FunctionArn"] for c in listed] == [arn_of(name), arn_of(name, "1")]
    assert functions.delete_function_event_invoke_config(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert error_of(functions.get_function_event_invoke_config, FunctionName=name) == missing
    assert functions.get_function_event_invoke_config(FunctionName=name, Qualifier="1")["MaximumRetryAttempts"] == 0
    for bad in ({"MaximumRetryAttempts": 3}, {"MaximumEventAgeInSeconds": 59}):
        assert error_of(functions.put_function_event_invoke_config, FunctionName=name, **bad)[0] == "ValidationException"
    for destination in (
        "arn:aws:sqs:us-east-1:000000000000:queue",
        "arn:aws:s3:::no-such-bucket",
    ):
        code, message = error_of(
            functions.put_function_event_invoke_config,
            FunctionName=name,
            DestinationConfig={"OnFailure": {"Destination": destination}},
        )
        assert code == "InvalidParameterValueException"
        assert destination in message
    nobody, own = arn_of("nobody").rsplit(":", 1)[0], arn_of(name).rsplit(":", 1)[0]
    for destination, text in (
        (nobody, f"The destination ARN {nobody} is invalid."),
        (own, "You can't specify the function as a destination for itself."),
    ):
        assert error_of(
            functions.put_function_event_invoke_config,
            FunctionName=name,
            DestinationConfig={"OnFailure": {"Destination": destination}},
        ) == ("InvalidParameterValueException", text)


def test_a_failure_is_told_to_a_bucket(server, functions, make):
    s3 = server.client("s3")
    bucket = new_name("async").lower()
    s3.create_bucket(Bucket=bucket)
    name = make(FAIL)
    functions.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    sent = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}')
    wait_until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), "the notice came")
    (entry,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert re.fullmatch(
        rf"aws/lambda/async/{name}/20\d\d/\d\d/\d\d/20\d\d-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}", entry["Key"]
    )
    notice = json.loads(s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())
    assert notice["version"] == "1.0"
    assert notice["requestContext"] == {
        "requestId": sent["ResponseMetadata"]["RequestId"],
        "functionArn": arn_of(name),
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 1,
    }
    assert notice["requestPayload"] == {"n": 1}
    assert notice["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert notice["responsePayload"]["errorMessage"] == "no"


def test_a_success_is_told_to_a_stream_and_to_a_function(kinesis, stream, functions, make, shared):
    seen = shared / "seen"
    last = make(
        f'import json\ndef handler(event, context):\n    open("{seen}", "w").write(json.dumps(event) + "\\n")\n'
    )
    middle = make(ECHO)
    first = make(ECHO)
    to_stream = f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"
    functions.put_function_event_invoke_config(
        FunctionName=first, DestinationConfig={"OnSuccess": {"Destination": arn_of(middle).rsplit(":", 1)[0]}}
    )
    functions.put_function_event_invoke_config(
        FunctionName=middle, DestinationConfig={"OnSuccess": {"Destination": to_stream}}
    )
    mapping = functions.create_event_source_mapping(
        EventSourceArn=to_stream, FunctionName=last, StartingPosition="TRIM_HORIZON"
    )
    try:
        functions.invoke(FunctionName=first, InvocationType="Event", Payload=b'"hello"')
        wait_until(lambda: seen.exists() and seen.read_text().endswith("\n"), "the last function saw it")
    finally:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    (record,) = json.loads(seen.read_text())["Records"]
    notice = json.loads(base64.b64decode(record["kinesis"]["data"]))
    assert notice["requestContext"]["functionArn"] == arn_of(middle)
    assert notice["requestPayload"]["requestContext"]["functionArn"] == arn_of(first)
    assert notice["requestPayload"]["responsePayload"] == {"got": "hello"}
    assert notice["responsePayload"] == {"got": notice["requestPayload"]}


def records_of(kinesis, stream):
    """All records of all shards."""
    found = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        first = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        found += kinesis.get_records(ShardIterator=first["ShardIterator"])["Records"]
    return found


def test_a_failed_event_goes_to_the_dead_letters_as_it_came(server, functions, make, kinesis, stream):
    s3 = server.client("s3")
    bucket = new_name("told").lower()
    s3.create_bucket(Bucket=bucket)
    target = f"arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"
    name = make(FAIL, DeadLetterConfig={"TargetArn": target})
    assert functions.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": target}
    functions.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n":  1}')

    def records():
        return records_of(kinesis, stream)

    wait_until(records, "the event came")
    assert [r["Data"] for r in records()] == [b'{"n":  1}']
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    functions.invoke(FunctionName=name, InvocationType="RequestResponse", Payload=b'{"n": 2}')
    functions.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in functions.get_function_configuration(FunctionName=name)
    assert len(records()) == 1


def test_dead_letters_that_cannot_be_brought_are_counted_and_tried_again(server, functions, make, kinesis):
    later = new_name("dead")
    kinesis.create_stream(StreamName=later, ShardCount=1)
    name = make(FAIL, DeadLetterConfig={"TargetArn": f"arn:aws:kinesis:us-east-1:000000000000:stream/{later}"})
    functions.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    kinesis.delete_stream(StreamName=later)
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"1")
    count = f'millrace_lambda_dead_letter_errors_total{{account="000000000000",region="us-east-1",function="{name}"}} '

    def counted():
        return count in server.raw("GET", "/metrics").body.decode()

    wait_until(counted, "the failure is counted")
    kinesis.create_stream(StreamName=later, ShardCount=1)

    wait_until(lambda: records_of(kinesis, later), "the event came in the end")
    kinesis.delete_stream(StreamName=later)


def test_dead_letters_that_have_nowhere_to_go_are_refused(functions, make):
    for target in ("arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:kinesis:us-east-1:000000000000:stream/none"):
        code, message = error_of(
            functions.update_function_configuration, FunctionName=make(), DeadLetterConfig={"TargetArn": target}
        )
        assert code == "InvalidParameterValueException"
        assert target in message
