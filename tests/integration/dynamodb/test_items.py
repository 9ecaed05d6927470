"""Items: written, read, changed and deleted, in the forms of all clients."""

import concurrent.futures
import json
import urllib.error
import urllib.request
import zlib
from decimal import Decimal

import boto3
import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

from support.json_client import DynamoDbJsonClient

from .test_tables import error


def lease(name, owner="a", counter=1):
    return {"leaseKey": {"S": name}, "leaseOwner": {"S": owner}, "leaseCounter": {"N": str(counter)}}


@pytest.fixture
def leases(new_table):
    return new_table("leaseKey")


def test_all_types_come_back(dynamodb, table):
    item = {
        "id": {"S": "a"},
        "n": {"N": "-1.5"},
        "b": {"B": b"\x00\xff"},
        "ss": {"SS": ["x", "y"]},
        "ns": {"NS": ["1", "20"]},
        "bs": {"BS": [b"a", b"b"]},
        "l": {"L": [{"S": ""}, {"NULL": True}, {"BOOL": False}]},
        "m": {"M": {"caf\u00e9": {"M": {}}}},
    }
    assert dynamodb.put_item(TableName=table, Item=item)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "a"}}, ConsistentRead=True)["Item"] == item
    answer = dynamodb.get_item(
        TableName=table,
        Key={"id": {"S": "a"}},
        ProjectionExpression="n, l[1], #m",
        ExpressionAttributeNames={"#m": "m"},
    )
    assert answer["Item"] == {"n": item["n"], "l": {"L": [{"NULL": True}]}, "m": item["m"]}
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"id": {"S": "none"}})
    old = dynamodb.delete_item(TableName=table, Key={"id": {"S": "a"}}, ReturnValues="ALL_OLD")
    assert old["Attributes"] == item
    assert "Attributes" not in dynamodb.delete_item(TableName=table, Key={"id": {"S": "a"}}, ReturnValues="ALL_OLD")


def test_the_resource_of_boto3(server, table):
    resource = boto3.resource(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="us-east-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
    ).Table(table)
    with resource.batch_writer() as batch:
        for i in range(60):
            batch.put_item(Item={"id": f"i{i}", "price": Decimal("12345678901234567890.123456789"), "n": i})
    assert resource.get_item(Key={"id": "i7"})["Item"]["price"] == Decimal("12345678901234567890.123456789")
    found = resource.scan(FilterExpression=Attr("n").gte(50) & Attr("id").begins_with("i"))
    assert found["Count"] == 10 and found["ScannedCount"] == 60
    assert resource.query(KeyConditionExpression=Key("id").eq("i3"))["Items"][0]["n"] == 3
    answer = resource.update_item(
        Key={"id": "i3"},
        UpdateExpression="SET n = n + :one",
        ExpressionAttributeValues={":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    assert answer["Attributes"] == {"n": 4}


def test_the_writes_of_the_kcl(server, dynamodb, leases):
    def put(item):
        return dict(TableName=leases, Item=item, Expected={"leaseKey": {"Exists": False}})

    dynamodb.put_item(**put(lease("shard-0")))
    assert error(dynamodb.put_item, **put(lease("shard-0", "b"))) == (
        "ConditionalCheckFailedException",
        "The conditional request failed",
    )
    key = {"leaseKey": {"S": "shard-0"}}

    def renew(counter):
        return dict(
            TableName=leases,
            Key=key,
            Expected={"leaseCounter": {"Value": {"N": str(counter)}}, "checkpointOwner": {"Exists": False}},
            AttributeUpdates={
                "leaseCounter": {"Action": "PUT", "Value": {"N": str(counter + 1)}},
                "throughputKBps": {"Action": "PUT", "Value": {"N": "1.25"}},
            },
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    raw = DynamoDbJsonClient(server)
    raw.ok("UpdateItem", **renew(1))
    assert raw.error("UpdateItem", **renew(1))["Item"]["leaseCounter"] == {"N": "2"}
    taken = dynamodb.update_item(
        TableName=leases,
        Key=key,
        Expected={"leaseKey": {"Exists": True, "Value": {"S": "shard-0"}}, "leaseOwner": {"Value": {"S": "a"}}},
        AttributeUpdates={
            "leaseOwner": {"Action": "PUT", "Value": {"S": "b"}},
            "checkpointOwner": {"Action": "DELETE"},
            "leaseCounter": {"Action": "ADD", "Value": {"N": "1"}},
        },
        ReturnValues="ALL_NEW",
    )
    assert taken["Attributes"] == {**lease("shard-0", "b", 3), "throughputKBps": {"N": "1.25"}}
    assert dynamodb.scan(TableName=leases, Limit=1)["Count"] == 1
    none = {"leaseKey": {"S": "none"}}
    dynamodb.update_item(TableName=leases, Key=none, AttributeUpdates={"leaseOwner": {"Action": "DELETE"}})
    assert "Item" not in dynamodb.get_item(TableName=leases, Key=none), "DELETE alone makes no item"


def test_a_condition_that_races_has_one_winner(server, dynamodb, leases):
    clients = [server.client("dynamodb") for _ in range(8)]
    for round_number in range(25):
        dynamodb.put_item(TableName=leases, Item=lease("shard", "nobody", round_number))

        def take(i, counter=round_number):
            try:
                clients[i].update_item(
                    TableName=leases,
                    Key={"leaseKey": {"S": "shard"}},
                    UpdateExpression="SET leaseOwner = :me, leaseCounter = leaseCounter + :one",
                    ConditionExpression="leaseCounter = :counter",
                    ExpressionAttributeValues={
                        ":me": {"S": f"w{i}"},
                        ":one": {"N": "1"},
                        ":counter": {"N": str(counter)},
                    },
                )
            except ClientError as e:
                assert e.response["Error"]["Code"] == "ConditionalCheckFailedException"
                return None
            return f"w{i}"

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            winners = [w for w in pool.map(take, range(8)) if w]
        assert len(winners) == 1
        item = dynamodb.get_item(TableName=leases, Key={"leaseKey": {"S": "shard"}})["Item"]
        assert item["leaseOwner"] == {"S": winners[0]}


def test_counters_lose_no_addition(server, dynamodb, table):
    clients = [server.client("dynamodb") for _ in range(8)]

    def add(client):
        for _ in range(25):
            client.update_item(
                TableName=table,
                Key={"id": {"S": "counter"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(add, clients))
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "counter"}})["Item"]["n"] == {"N": "200"}


def test_errors_have_awss_texts(dynamodb, table):
    key = {"id": {"S": "a"}}
    invalid = "One or more parameter values were invalid: "
    assert error(dynamodb.put_item, TableName=table, Item={"x": {"S": "a"}})[1] == (
        invalid + "Missing the key id in the item"
    )
    assert error(dynamodb.put_item, TableName=table, Item={"id": {"N": "1"}})[1] == (
        invalid + "Type mismatch for key id expected: S actual: N"
    )
    assert error(dynamodb.put_item, TableName=table, Item={"id": {"S": ""}})[1] == (
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
        "string value. Key: id"
    )
    assert error(dynamodb.get_item, TableName=table, Key={"x": {"S": "a"}})[1] == (
        "The provided key element does not match the schema"
    )
    big = {"S": "x" * (400 * 1024)}
    assert error(dynamodb.put_item, TableName=table, Item={**key, "big": big})[1] == (
        "Item size has exceeded the maximum allowed size"
    )
    assert error(
        dynamodb.update_item,
        TableName=table,
        Key=key,
        UpdateExpression="SET big = :b",
        ExpressionAttributeValues={":b": big},
    )[1] == "Item size to update has exceeded the maximum allowed size"
    assert error(
        dynamodb.update_item,
        TableName=table,
        Key=key,
        UpdateExpression="SET id = :b",
        ExpressionAttributeValues={":b": {"S": "b"}},
    )[1] == invalid + "Cannot update attribute id. This attribute is part of the key"
    assert error(
        dynamodb.put_item,
        TableName=table,
        Item=key,
        ConditionExpression="attribute_not_exists(id)",
        Expected={"id": {"Exists": False}},
    )[1] == (
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
        "{Expected} Expression parameters: {ConditionExpression}"
    )
    assert error(dynamodb.put_item, TableName=table, Item=key, ConditionExpression="status = status")[1] == (
        "Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: status"
    )
    assert error(dynamodb.put_item, TableName=table, Item=key, ExpressionAttributeValues={":a": {"S": "b"}})[1] == (
        "ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null"
    )
    assert error(dynamodb.put_item, TableName="no", Item=key)[1].startswith("Invalid table/index name.")


def test_answers_have_their_checksum(server):
    body = json.dumps({}).encode()
    for target, status in (("ListTables", 200), ("DescribeTable", 400), ("NoSuchOperation", 400)):
        got, headers, data = post(server, target, body)
        assert got == status
        assert int(headers["x-amz-crc32"]) == zlib.crc32(data)
        assert headers["Content-Type"] == "application/x-amz-json-1.0"
    got, headers, _ = post(server, "ListTables", body, "application/json")
    assert (got, headers["Content-Type"]) == (200, "application/json")
    assert json.loads(post(server, "DescribeTable", b'{"TableName":"none"}')[2])["__type"] == (
        "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
    )
    assert json.loads(post(server, "DescribeTable", b"{}")[2])["__type"] == (
        "com.amazon.coral.validate#ValidationException"
    )


def post(server, target, body, content_type="application/x-amz-json-1.0"):
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/",
        data=body,
        headers={
            "X-Amz-Target": "DynamoDB_20120810." + target,
            "Content-Type": content_type,
            "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
            "X-Amz-Date": "20260101T000000Z",
        },
    )
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as e:
        answer = e
    return answer.status, answer.headers, answer.read()
