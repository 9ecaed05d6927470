"""Query and Scan: key conditions, order, pages, segments, filters and indexes."""

import random

import pytest

from .test_tables import error


def all_pages(call, **arguments):
    items, pages = [], 0
    while True:
        page = call(**arguments)
        pages += 1
        items += page.get("Items", [])
        if "LastEvaluatedKey" not in page:
            return items, pages
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


@pytest.fixture
def numbers(dynamodb, new_table):
    """A table with a sort key of type N: -10 to 10 in halves, written in random order."""
    name = new_table("id", "n:N")
    values = [i / 2 for i in range(-20, 21)]
    random.Random(1).shuffle(values)
    for start in range(0, len(values), 25):
        requests = [{"PutRequest": {"Item": {"id": {"S": "a"}, "n": {"N": str(v)}}}} for v in values[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={name: requests})
    dynamodb.put_item(TableName=name, Item={"id": {"S": "aa"}, "n": {"N": "0"}})
    return name


def numbers_of(items):
    return [float(item["n"]["N"]) for item in items]


@pytest.mark.parametrize("forward", [True, False])
@pytest.mark.parametrize("limit", [None, 1, 7])
@pytest.mark.parametrize(
    "condition, wanted",
    [
        ("", lambda n: True),
        ("AND n = :x", lambda n: n == -2.5),
        ("AND n < :x", lambda n: n < -2.5),
        ("AND n <= :x", lambda n: n <= -2.5),
        ("AND n > :x", lambda n: n > -2.5),
        ("AND n >= :x", lambda n: n >= -2.5),
        ("AND n BETWEEN :x AND :y", lambda n: -2.5 <= n <= 3),
    ],
)
def test_key_conditions(dynamodb, numbers, condition, wanted, limit, forward):
    values = {":id": {"S": "a"}, ":x": {"N": "-2.5"}, ":y": {"N": "3"}}
    used = {k: v for k, v in values.items() if k in "id = :id " + condition}
    items, _ = all_pages(
        dynamodb.query,
        TableName=numbers,
        KeyConditionExpression="id = :id " + condition,
        ExpressionAttributeValues=used,
        ScanIndexForward=forward,
        **({"Limit": limit} if limit else {}),
    )
    expected = [i / 2 for i in range(-20, 21) if wanted(i / 2)]
    assert numbers_of(items) == (expected if forward else expected[::-1])


def test_legacy_forms(dynamodb, numbers):
    answer = dynamodb.query(
        TableName=numbers,
        KeyConditions={
            "id": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "a"}]},
            "n": {"ComparisonOperator": "GE", "AttributeValueList": [{"N": "9.5"}]},
        },
        AttributesToGet=["n"],
    )
    assert answer["Items"] == [{"n": {"N": "9.5"}}, {"n": {"N": "10"}}]
    answer = dynamodb.scan(
        TableName=numbers,
        ScanFilter={"id": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"S": "aa"}]}},
    )
    assert answer["Count"] == 1 and answer["ScannedCount"] == 42


def test_begins_with(dynamodb, new_table):
    name = new_table("id", "s:S")
    for s in ("a", "ab", "abc", "b", "ab\u00ff", "a\u0000b"):
        dynamodb.put_item(TableName=name, Item={"id": {"S": "x"}, "s": {"S": s}})

    def found(prefix, forward):
        answer = dynamodb.query(
            TableName=name,
            KeyConditionExpression="id = :x AND begins_with(s, :p)",
            ExpressionAttributeValues={":x": {"S": "x"}, ":p": {"S": prefix}},
            ScanIndexForward=forward,
        )
        return [item["s"]["S"] for item in answer["Items"]]

    assert found("ab", True) == ["ab", "abc", "ab\u00ff"]
    assert found("ab", False) == ["ab\u00ff", "abc", "ab"]
    assert found("a\u0000", True) == ["a\u0000b"]


def test_scans_have_segments_that_together_are_all(dynamodb, table):
    names = {f"item-{i}" for i in range(200)}
    for start in range(0, 200, 25):
        requests = [{"PutRequest": {"Item": {"id": {"S": n}}}} for n in sorted(names)[start : start + 25]]
        dynamodb.batch_write_item(RequestItems={table: requests})
    for segments in (1, 2, 10):
        found = []
        for segment in range(segments):
            items, _ = all_pages(dynamodb.scan, TableName=table, Segment=segment, TotalSegments=segments, Limit=9)
            found.append([item["id"]["S"] for item in items])
        assert sorted(sum(found, [])) == sorted(names)
        assert all(len(part) > 100 / segments / 3 for part in found), "the segments are of a size"
    assert error(dynamodb.scan, TableName=table, Segment=4, TotalSegments=4)[1] == (
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: 4 is not less "
        "than TotalSegments: 4"
    )


def test_pages_end_at_1_mb(dynamodb, table):
    for i in range(15):
        dynamodb.put_item(TableName=table, Item={"id": {"S": str(i)}, "data": {"S": "x" * 200_000}})
    items, pages = all_pages(dynamodb.scan, TableName=table)
    assert len(items) == 15 and pages == 3
    first = dynamodb.scan(
        TableName=table, FilterExpression="id = :none", ExpressionAttributeValues={":none": {"S": "none"}}
    )
    assert first["Count"] == 0 and first["ScannedCount"] == 6 and "LastEvaluatedKey" in first
    assert dynamodb.scan(TableName=table, Select="COUNT", Limit=2)["Count"] == 2


def test_indexes(dynamodb, new_table):
    name = new_table(
        "id",
        "n:N",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "n", "AttributeType": "N"},
            {"AttributeName": "city", "AttributeType": "S"},
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-city-local",
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "city", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-city",
                "KeySchema": [{"AttributeName": "city", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x"]},
            }
        ],
    )
    for n, city in enumerate(["Rome", "Oslo", "Rome", None]):
        item = {"id": {"S": "a"}, "n": {"N": str(n)}, "x": {"S": "x"}, "y": {"S": "y"}}
        if city:
            item["city"] = {"S": city}
        dynamodb.put_item(TableName=name, Item=item)
    by_city = dict(
        TableName=name,
        IndexName="by-city",
        KeyConditionExpression="city = :c",
        ExpressionAttributeValues={":c": {"S": "Rome"}},
    )
    items, pages = all_pages(dynamodb.query, Limit=1, **by_city)
    assert [item["n"]["N"] for item in items] == ["0", "2"]
    assert items[0] == {"id": {"S": "a"}, "n": {"N": "0"}, "city": {"S": "Rome"}, "x": {"S": "x"}}
    local = dict(
        TableName=name,
        IndexName="by-city-local",
        KeyConditionExpression="id = :a AND city > :m",
        ExpressionAttributeValues={":a": {"S": "a"}, ":m": {"S": "M"}},
    )
    assert [i["city"]["S"] for i in dynamodb.query(**local)["Items"]] == ["Oslo", "Rome", "Rome"]
    assert dynamodb.query(Select="ALL_ATTRIBUTES", **local)["Items"][0]["y"] == {"S": "y"}
    assert dynamodb.scan(TableName=name, IndexName="by-city")["Count"] == 3
    dynamodb.delete_item(TableName=name, Key={"id": {"S": "a"}, "n": {"N": "0"}})
    assert [i["n"]["N"] for i in dynamodb.query(**by_city)["Items"]] == ["2"]
    assert error(dynamodb.query, ConsistentRead=True, **by_city)[1] == (
        "Consistent reads are not supported on global secondary indexes"
    )
    assert error(dynamodb.query, **{**by_city, "IndexName": "none"})[1] == (
        "The table does not have the specified index: none"
    )
    assert error(dynamodb.put_item, TableName=name, Item={"id": {"S": "a"}, "n": {"N": "0"}, "city": {"N": "1"}})[
        1
    ].startswith("One or more parameter values were invalid: Type mismatch for Index Key city Expected: S Actual: N")


def test_errors_of_query_have_awss_texts(dynamodb, numbers):
    values = {":a": {"S": "a"}}
    assert error(dynamodb.query, TableName=numbers)[1] == (
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )
    assert error(
        dynamodb.query, TableName=numbers, KeyConditionExpression="x = :a", ExpressionAttributeValues=values
    )[1] == ("Query condition missed key schema element: id")
    assert error(
        dynamodb.query,
        TableName=numbers,
        KeyConditionExpression="id = :a",
        FilterExpression="n <> :a",
        ExpressionAttributeValues=values,
    )[1] == "Filter Expression can only contain non-primary key attributes: Primary key attribute: n"
    assert error(
        dynamodb.query,
        TableName=numbers,
        KeyConditionExpression="id = :a",
        ExpressionAttributeValues=values,
        ExclusiveStartKey={"id": {"S": "a"}},
    )[1] == "The provided starting key is invalid"
    page = {
        "TableName": numbers,
        "KeyConditionExpression": "id = :a AND n > :n",
        "ExpressionAttributeValues": {":a": {"S": "a"}, ":n": {"N": "1"}},
    }
    starts = {
        "The provided starting key does not match the range key predicate": {"id": {"S": "a"}, "n": {"N": "1"}},
        "The query can return at most one row and cannot be restarted": {"id": {"S": "b"}, "n": {"N": "2"}},
        "The provided key element does not match the schema": {"id": {"S": "a"}, "n": {"S": "2"}},
    }
    for text, start in starts.items():
        assert error(dynamodb.query, **page, ExclusiveStartKey=start)[1] == text
    assert error(
        dynamodb.query, TableName="none", KeyConditions={"id": {"ComparisonOperator": "NULL"}}
    )[0] == "ResourceNotFoundException"
