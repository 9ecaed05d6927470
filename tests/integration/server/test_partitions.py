"""ARNs have the partition of their region, in every service."""

import pytest

from support.functions import create_function, error_of, invoke
from support.millrace import wait_until

ACCOUNT = "000000000000"
PARTITIONS = {"us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn", "us-iso-east-1": "aws-iso", "eu-central-1": "aws"}


@pytest.mark.parametrize("region", PARTITIONS)
def test_a_stream_and_its_consumers(server, region):
    kinesis, partition = server.client("kinesis", region=region), PARTITIONS[region]
    kinesis.create_stream(StreamName="parted", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="parted")["StreamDescriptionSummary"]["StreamARN"]
    assert arn == f"arn:{partition}:kinesis:{region}:{ACCOUNT}:stream/parted"
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="app")["Consumer"]["ConsumerARN"]
    assert consumer.startswith(arn + "/consumer/app:")
    assert kinesis.describe_stream_consumer(ConsumerARN=consumer)["ConsumerDescription"]["StreamARN"] == arn
    assert len(kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]) == 1
    for other in ("aws", "aws-cn", "aws-us-gov", "aws-other"):
        if other != partition:
            wrong = arn.replace(f"arn:{partition}:", f"arn:{other}:")
            assert error_of(kinesis.list_stream_consumers, StreamARN=wrong)[0] == "ResourceNotFoundException"
    for tail in ("/", "/x", "/consumer", "/consumer/", "/consumer/app"):
        assert error_of(kinesis.list_stream_consumers, StreamARN=arn + tail)[0] == "ResourceNotFoundException", tail
    kinesis.delete_stream(StreamName="parted", EnforceConsumerDeletion=True)


def test_a_function_its_versions_layers_logs_and_sources(server):
    region, partition = "us-gov-west-1", "aws-us-gov"
    functions, logs = server.client("lambda", region=region), server.client("logs", region=region)
    role = f"arn:{partition}:iam::{ACCOUNT}:role/functions"
    source = "def handler(event, context):\n    print('said')\n    return context.invoked_function_arn\n"
    name = create_function(functions, source, Role=role)
    arn = f"arn:{partition}:lambda:{region}:{ACCOUNT}:function:{name}"
    assert functions.get_function_configuration(FunctionName=arn)["FunctionArn"] == arn
    assert invoke(functions, name)[0] == arn
    assert functions.publish_version(FunctionName=name)["FunctionArn"] == arn + ":1"
    groups = f"/aws/lambda/{name}"
    wait_until(lambda: logs.describe_log_groups(logGroupNamePrefix=groups)["logGroups"], "the function has a log")
    group = logs.describe_log_groups(logGroupNamePrefix=groups)["logGroups"][0]["arn"]
    assert group == f"arn:{partition}:logs:{region}:{ACCOUNT}:log-group:{groups}:*"
    stream = logs.describe_log_streams(logGroupName=groups)["logStreams"][0]["arn"]
    assert stream.startswith(f"arn:{partition}:logs:{region}:{ACCOUNT}:log-group:{groups}:log-stream:")

    kinesis = server.client("kinesis", region=region)
    kinesis.create_stream(StreamName="parted", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="parted")["StreamDescriptionSummary"]["StreamARN"]
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName=name, StartingPosition="LATEST")
    assert mapping["EventSourceArn"] == arn
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    wrong = {"FunctionName": name, "StartingPosition": "LATEST", "EventSourceArn": arn.replace(partition, "aws")}
    assert error_of(functions.create_event_source_mapping, **wrong)[0] == "InvalidParameterValueException"
    functions.delete_function(FunctionName=name)
    kinesis.delete_stream(StreamName="parted")
