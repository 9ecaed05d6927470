"""Batches and transactions."""

import concurrent.futures

import pytest
from botocore.exceptions import ClientError

from .test_tables import error


def put(table, name, **more):
    return {"Put": {"TableName": table, "Item": {"id": {"S": name}, **more.pop("attributes", {})}, **more}}


def test_batches(dynamodb, table):
    requests = [{"PutRequest": {"Item": {"id": {"S": str(i)}}}} for i in range(25)]
    assert dynamodb.batch_write_item(RequestItems={table: requests})["UnprocessedItems"] == {}
    keys = [{"id": {"S": str(i)}} for i in range(0, 50, 2)]
    answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}})
    assert len(answer["Responses"][table]) == 13 and answer["UnprocessedKeys"] == {}
    dynamodb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": {"id": {"S": "0"}}}}]})
    assert dynamodb.scan(TableName=table)["Count"] == 24
    assert error(dynamodb.batch_get_item, RequestItems={table: {"Keys": keys[:1] * 2}})[1] == (
        "Provided list of item keys contains duplicates"
    )
    assert error(dynamodb.batch_write_item, RequestItems={table: requests[:1] * 2})[1] == (
        "Provided list of item keys contains duplicates"
    )


def test_a_transaction_is_done_as_a_whole_or_not_at_all(dynamodb, new_table):
    a, b = new_table("id"), new_table("id")
    dynamodb.transact_write_items(
        TransactItems=[put(a, "1", ConditionExpression="attribute_not_exists(id)"), put(b, "1")]
    )
    with pytest.raises(ClientError) as cancelled:
        dynamodb.transact_write_items(
            TransactItems=[
                put(b, "2"),
                put(
                    a,
                    "1",
                    ConditionExpression="attribute_not_exists(id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                ),
                {
                    "ConditionCheck": {
                        "TableName": b,
                        "Key": {"id": {"S": "1"}},
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )
    answer = cancelled.value.response
    assert answer["Error"]["Code"] == "TransactionCanceledException"
    assert answer["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ConditionalCheckFailed, None]"
    )
    assert [r["Code"] for r in answer["CancellationReasons"]] == ["None", "ConditionalCheckFailed", "None"]
    assert answer["CancellationReasons"][1]["Item"] == {"id": {"S": "1"}}
    assert dynamodb.scan(TableName=b)["Count"] == 1
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": a, "Key": {"id": {"S": "1"}}}},
            {
                "Update": {
                    "TableName": b,
                    "Key": {"id": {"S": "1"}},
                    "UpdateExpression": "ADD n :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
        ]
    )
    gets = [{"Get": {"TableName": t, "Key": {"id": {"S": "1"}}}} for t in (a, b)]
    assert dynamodb.transact_get_items(TransactItems=gets)["Responses"] == [
        {},
        {"Item": {"id": {"S": "1"}, "n": {"N": "1"}}},
    ]
    assert error(dynamodb.transact_write_items, TransactItems=[put(a, "x"), put(a, "x")])[1] == (
        "Transaction request cannot include multiple operations on one item"
    )


def test_a_token_makes_a_transaction_happen_once(dynamodb, table):
    def add(amount):
        return dict(
            TransactItems=[
                {
                    "Update": {
                        "TableName": table,
                        "Key": {"id": {"S": "c"}},
                        "UpdateExpression": "ADD n :one",
                        "ExpressionAttributeValues": {":one": {"N": amount}},
                    }
                }
            ],
            ClientRequestToken="once",
        )

    for _ in range(3):
        dynamodb.transact_write_items(**add("1"))
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "c"}})["Item"]["n"] == {"N": "1"}
    assert error(dynamodb.transact_write_items, **add("2"))[0] == "IdempotentParameterMismatchException"


def test_transactions_move_and_reads_see_the_sum(server, dynamodb, table):
    """Amounts are moved between two items by 8 threads; their sum never changes."""
    for name in "ab":
        dynamodb.put_item(TableName=table, Item={"id": {"S": name}, "n": {"N": "1000"}})
    clients = [server.client("dynamodb") for _ in range(8)]

    def update(name, amount):
        return {
            "Update": {
                "TableName": table,
                "Key": {"id": {"S": name}},
                "UpdateExpression": "SET n = n + :x",
                "ExpressionAttributeValues": {":x": {"N": str(amount)}},
            }
        }

    def move(i):
        for n in range(10):
            if i % 4 == 0:
                gets = [{"Get": {"TableName": table, "Key": {"id": {"S": name}}}} for name in "ab"]
                answer = clients[i].transact_get_items(TransactItems=gets)["Responses"]
                assert sum(int(r["Item"]["n"]["N"]) for r in answer) == 2000
            else:
                clients[i].transact_write_items(TransactItems=[update("a", n + 1), update("b", -n - 1)])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(move, range(8)))
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "a"}})["Item"]["n"] == {"N": str(1000 + 6 * 55)}
