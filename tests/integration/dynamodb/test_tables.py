"""Tables: created, described, changed, listed, deleted, and their settings."""

import pytest
from botocore.exceptions import ClientError

from support.json_client import DynamoDbJsonClient
from support.millrace import wait_until


def error(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_create_describe_list_delete(server, dynamodb, new_table):
    name = new_table("id", "n:N", Tags=[{"Key": "team", "Value": "a"}])
    raw = DynamoDbJsonClient(server)
    raw.ok("UpdateTable", TableName=name, DeletionProtectionEnabled=True)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "n", "KeyType": "RANGE"},
    ]
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described["ProvisionedThroughput"]["ReadCapacityUnits"] == 0
    assert described["ItemCount"] == 0 and described["TableSizeBytes"] == 0
    assert described["TableArn"].endswith(":table/" + name)
    assert dynamodb.describe_table(TableName=described["TableArn"])["Table"] == described
    assert name in dynamodb.list_tables()["TableNames"]
    arn = described["TableArn"]
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]

    code, text = error(dynamodb.delete_table, TableName=name)
    assert code == "ValidationException" and text.startswith("Resource cannot be deleted as it is currently protected")
    raw.ok("UpdateTable", TableName=name, DeletionProtectionEnabled=False)
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}, "n": {"N": "1"}})
    assert dynamodb.describe_table(TableName=name)["Table"]["ItemCount"] == 1
    dynamodb.delete_table(TableName=name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=name)
    assert error(dynamodb.describe_table, TableName=name) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Table: {name} not found",
    )
    assert error(dynamodb.get_item, TableName=name, Key={"id": {"S": "a"}, "n": {"N": "1"}}) == (
        "ResourceNotFoundException",
        "Requested resource not found",
    )


def test_a_table_that_is_made_again_is_empty(dynamodb, new_table):
    definition = {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
    }
    for _ in range(2):
        dynamodb.create_table(TableName="again", **definition)
        assert error(dynamodb.create_table, TableName="again", **definition) == (
            "ResourceInUseException",
            "Table already exists: again",
        )
        described = dynamodb.describe_table(TableName="again")["Table"]
        assert "BillingModeSummary" not in described
        assert described["ProvisionedThroughput"]["WriteCapacityUnits"] == 4
        assert dynamodb.scan(TableName="again")["Items"] == []
        dynamodb.put_item(TableName="again", Item={"id": {"S": "a"}})
        dynamodb.delete_table(TableName="again")


def test_errors_of_create_table_have_awss_texts(dynamodb):
    s = {"AttributeName": "id", "AttributeType": "S"}
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    common = {"TableName": "refused", "KeySchema": key}
    invalid = "One or more parameter values were invalid: "
    assert error(dynamodb.create_table, AttributeDefinitions=[s], **common)[1] == (
        invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
    )
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    assert error(
        dynamodb.create_table,
        AttributeDefinitions=[s],
        BillingMode="PAY_PER_REQUEST",
        ProvisionedThroughput=throughput,
        **common,
    )[1] == (
        invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )
    other = {"AttributeName": "a", "AttributeType": "S"}
    assert error(dynamodb.create_table, AttributeDefinitions=[other], BillingMode="PAY_PER_REQUEST", **common)[1] == (
        invalid
        + "Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [a]"
    )
    assert error(
        dynamodb.create_table, AttributeDefinitions=[s, other], BillingMode="PAY_PER_REQUEST", **common
    )[1].startswith(invalid + "Number of attributes in KeySchema does not exactly match")
    code, text = error(
        dynamodb.create_table,
        AttributeDefinitions=[s],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        **common,
    )
    assert code == "ValidationException" and "no DynamoDB Streams" in text
    assert error(dynamodb.list_backups)[0] == "UnknownOperationException"
    assert error(dynamodb.execute_statement, Statement="SELECT * FROM a")[0] == "UnknownOperationException"


def test_an_index_that_is_added_gets_the_items_that_are_there(dynamodb, table):
    """As the KCL 3 does."""
    for i in range(120):
        item = {"id": {"S": f"lease-{i}"}, "x": {"N": str(i)}}
        if i % 2:
            item["owner"] = {"S": f"worker-{i % 3}"}
        dynamodb.put_item(TableName=table, Item=item)
    index = {
        "IndexName": "OwnerIndex",
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}, {"AttributeName": "id", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    dynamodb.update_table(
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "owner", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )

    def is_active():
        described = dynamodb.describe_table(TableName=table)["Table"]
        return described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"

    wait_until(is_active, "the index to be active")

    def owned(worker):
        answer = dynamodb.query(
            TableName=table,
            IndexName="OwnerIndex",
            KeyConditionExpression="#o = :o",
            ExpressionAttributeNames={"#o": "owner"},
            ExpressionAttributeValues={":o": {"S": worker}},
        )
        return answer["Items"]

    first = owned("worker-0")
    assert first == [
        {"owner": {"S": "worker-0"}, "id": {"S": name}}
        for name in sorted(f"lease-{i}" for i in range(120) if i % 2 and i % 3 == 0)
    ]
    taken = first[0]["id"]
    dynamodb.update_item(
        TableName=table,
        Key={"id": taken},
        AttributeUpdates={"owner": {"Action": "PUT", "Value": {"S": "thief"}}},
    )
    assert owned("worker-0") == first[1:] and [i["id"] for i in owned("thief")] == [taken]
    dynamodb.update_item(TableName=table, Key={"id": taken}, AttributeUpdates={"owner": {"Action": "DELETE"}})
    assert owned("thief") == []
    dynamodb.update_table(TableName=table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "OwnerIndex"}}])
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName=table)["Table"]


def test_settings(dynamodb, table):
    arn = dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    specification = {"Enabled": True, "AttributeName": "expires"}
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {"TimeToLiveStatus": "DISABLED"}
    answer = dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)
    assert answer["TimeToLiveSpecification"] == specification
    assert error(dynamodb.update_time_to_live, TableName=table, TimeToLiveSpecification=specification) == (
        "ValidationException",
        "TimeToLive is already enabled",
    )
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expires",
    }
    described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40000
    assert dynamodb.describe_endpoints()["Endpoints"][0]["CachePeriodInMinutes"] == 1440


def test_lists_have_pages(dynamodb, new_table):
    names = sorted(new_table("id") for _ in range(3))
    found, start = [], {}
    while True:
        page = dynamodb.list_tables(Limit=1, **start)
        found += page["TableNames"]
        if "LastEvaluatedTableName" not in page:
            break
        start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}
    assert [n for n in found if n in names] == names
