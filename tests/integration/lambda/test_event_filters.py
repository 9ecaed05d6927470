"""FilterCriteria of event source mappings: which records a function is given."""

import json

import pytest
from botocore.exceptions import ClientError
from support.millrace import Millrace, wait_until

from .recorder import Function, put

BUYS = {"Filters": [{"Pattern": json.dumps({"data": {"kind": ["buy"]}})}]}


def purchase(n, kind):
    return json.dumps({"n": n, "kind": kind})


def test_the_function_sees_what_passes(kinesis, lambdas, source, function, mapped):
    name, arn = source
    function.deploy()
    mapping = mapped(function, arn, FilterCriteria=BUYS, BatchSize=10)
    assert mapping["FilterCriteria"] == BUYS
    assert lambdas.get_event_source_mapping(UUID=mapping["UUID"])["FilterCriteria"] == BUYS
    wanted = [purchase(n, "buy") for n in range(0, 300, 3)]
    put(kinesis, name, *[purchase(n, "buy" if n % 3 == 0 else "sell") for n in range(300)], "no JSON")
    wait_until(lambda: len(function.data()) >= len(wanted), "all that passes came")
    assert function.data() == wanted
    # Those left out neither count nor make a batch of their own.
    assert all(0 < len(batch) <= 10 for batch in function.batches())
    assert sum(len(batch) == 10 for batch in function.batches()) >= 5


def test_one_of_several_filters_is_enough(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    patterns = [{"data": {"n": [{"numeric": [">=", 8]}]}}, {"data": {"kind": [{"prefix": "s"}]}}]
    mapped(function, arn, FilterCriteria={"Filters": [{"Pattern": json.dumps(p)} for p in patterns]})
    put(kinesis, name, *[purchase(n, "sell" if n == 3 else "buy") for n in range(10)])
    wait_until(lambda: len(function.data()) >= 3, "all that passes came")
    assert [json.loads(d)["n"] for d in function.data()] == [3, 8, 9]


def test_a_partition_key_can_be_asked_for(kinesis, source, function, mapped):
    name, arn = source
    function.deploy()
    mapped(function, arn, FilterCriteria={"Filters": [{"Pattern": '{"partitionKey":["b"]}'}]})
    put(kinesis, name, "a", "b", "c")
    wait_until(function.data, "what passes came")
    assert function.data() == ["b"]


def test_a_filter_can_be_changed_and_taken_away(kinesis, lambdas, source, function, mapped):
    name, arn = source
    function.deploy()
    uuid = mapped(function, arn, FilterCriteria=BUYS)["UUID"]
    put(kinesis, name, purchase(1, "buy"), purchase(2, "sell"), purchase(3, "buy"))
    wait_until(lambda: len(function.data()) >= 2, "the buys came")
    sells = {"Filters": [{"Pattern": json.dumps({"data": {"kind": ["sell"]}})}]}
    assert lambdas.update_event_source_mapping(UUID=uuid, FilterCriteria=sells)["FilterCriteria"] == sells
    put(kinesis, name, purchase(4, "sell"))
    wait_until(lambda: len(function.data()) >= 3, "a sale came")
    assert "FilterCriteria" not in lambdas.update_event_source_mapping(UUID=uuid, FilterCriteria={})
    put(kinesis, name, "anything")
    wait_until(lambda: len(function.data()) >= 4, "anything came")
    assert function.data() == [purchase(1, "buy"), purchase(3, "buy"), purchase(4, "sell"), "anything"]


def test_what_was_left_out_is_not_read_again_after_a_restart(tmp_path):
    """The checkpoint goes past it, also when nothing that passes comes behind it."""
    server = Millrace(tmp_path / "data").start()
    kinesis, lambdas = server.client("kinesis"), server.client("lambda")
    kinesis.create_stream(StreamName="filtered", ShardCount=1)
    function = Function(server).deploy()
    arn = kinesis.describe_stream_summary(StreamName="filtered")["StreamDescriptionSummary"]["StreamARN"]
    uuid = lambdas.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function.name, StartingPosition="TRIM_HORIZON", FilterCriteria=BUYS
    )["UUID"]
    put(kinesis, "filtered", purchase(1, "buy"), purchase(2, "sell"))
    wait_until(function.data, "the buy came")
    put(kinesis, "filtered", purchase(3, "buy"), purchase(4, "sell"))
    wait_until(lambda: len(function.data()) >= 2, "the other buy came")
    assert server.stop() == 0
    server.start()
    server.client("lambda").update_event_source_mapping(UUID=uuid, FilterCriteria={})
    put(server.client("kinesis"), "filtered", "new")
    wait_until(lambda: len(function.data()) >= 3, "the new one came")
    assert function.data() == [purchase(1, "buy"), purchase(3, "buy"), "new"]
    assert server.stop() == 0


@pytest.mark.parametrize(
    "pattern, why",
    [
        ("{", "The pattern is not JSON"),
        ('{"data":["x"]}', '"data" must be an object'),
        ('{"data":{"x":"y"}}', '"x" must be an object or an array'),
        ('{"data":{"x":[]}}', "Empty arrays are not allowed"),
        ('{"data":{"x":[{"like":"y"}]}}', "Unrecognized match type like"),
        ('{"data":{"x":[{"numeric":[">","1"]}]}}', "Value of > must be numeric"),
    ],
)
def test_a_pattern_that_is_none_is_refused(source, function, mapped, pattern, why):
    _, arn = source
    function.deploy()
    with pytest.raises(ClientError) as refused:
        mapped(function, arn, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    assert refused.value.response["Error"] == {
        "Code": "InvalidParameterValueException",
        "Message": f"Invalid filter pattern definition. {why}",
    }
