"""Event source mappings whose source is an enhanced fan-out consumer."""

import pytest
from botocore.exceptions import ClientError
from support.millrace import wait_until

from .recorder import put


@pytest.fixture
def consumer(kinesis, source):
    """The ARN of a consumer of the source."""
    _, arn = source
    return kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]


def test_the_function_sees_the_consumer(kinesis, lambdas, source, consumer, function, mapped):
    name, _ = source
    function.deploy()
    mapping = mapped(function, consumer)
    assert mapping["EventSourceArn"] == consumer
    put(kinesis, name, "one", "two")
    wait_until(lambda: len(function.data()) >= 2, "all records came")
    assert function.data() == ["one", "two"]
    assert {e["eventSourceARN"] for i in function.invocations() for e in i["events"]} == {consumer}
    found = lambdas.list_event_source_mappings(EventSourceArn=consumer)["EventSourceMappings"]
    assert [m["UUID"] for m in found] == [mapping["UUID"]]


def test_a_stream_and_its_consumer_are_two_sources(kinesis, source, consumer, function, mapped):
    name, arn = source
    function.deploy()
    mapped(function, arn)
    mapped(function, consumer)
    put(kinesis, name, "one")
    wait_until(lambda: len(function.data()) >= 2, "it came twice")
    sources = [e["eventSourceARN"] for i in function.invocations() for e in i["events"]]
    assert sorted(sources) == sorted([arn, consumer])


def test_without_its_consumer_a_mapping_rests(kinesis, lambdas, source, consumer, function, mapped):
    name, _ = source
    function.deploy()
    uuid = mapped(function, consumer)["UUID"]
    put(kinesis, name, "one")
    wait_until(function.data, "the record came")
    kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    wait_until(
        lambda: lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]
        == "PROBLEM: Stream consumer does not exist",
        "the mapping knows that its consumer is gone",
    )


def test_a_consumer_that_is_none_is_no_source(source, consumer, function, mapped):
    _, arn = source
    function.deploy()
    for absent in (f"{arn}/consumer/none:1", consumer + "0"):
        with pytest.raises(ClientError) as refused:
            mapped(function, absent)
        assert refused.value.response["Error"] == {
            "Code": "InvalidParameterValueException",
            "Message": f"Stream not found: {absent}",
        }
