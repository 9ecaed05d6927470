"""What was acknowledged is there after kill -9; what a clock ends is gone."""

import concurrent.futures

from botocore.exceptions import BotoCoreError, ClientError

from support.admin import advance
from support.millrace import Millrace, wait_until

DEFINITION = {
    "TableName": "items",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "g", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-g",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}


def test_acknowledged_items_survive_a_kill(tmp_path):
    server = Millrace(tmp_path / "data").start()
    server.client("dynamodb").create_table(**DEFINITION)
    acknowledged = {}

    def write(worker):
        client = server.client("dynamodb")
        for n in range(10_000):
            key = f"{worker}-{n % 50}"
            try:
                client.update_item(
                    TableName="items",
                    Key={"id": {"S": key}},
                    UpdateExpression="SET n = :n, g = :g",
                    ExpressionAttributeValues={":n": {"N": str(n)}, ":g": {"S": f"g{n % 3}"}},
                )
            except (BotoCoreError, ClientError):
                return
            acknowledged[key] = n

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write, worker) for worker in range(4)]
        wait_until(lambda: sum(acknowledged.values()) > 8000, "some writes")
        server.kill()
        for done in running:
            done.result()
    server.start()
    client = server.client("dynamodb")
    items = {i["id"]["S"]: i for page in client.get_paginator("scan").paginate(TableName="items") for i in page["Items"]}
    for key, n in acknowledged.items():
        # The write in flight at the kill may be there as well.
        assert int(items[key]["n"]["N"]) in (n, n + 50), key
    indexed = {}
    for page in client.get_paginator("scan").paginate(TableName="items", IndexName="by-g"):
        indexed.update({i["id"]["S"]: i for i in page["Items"]})
    assert indexed == items
    client.delete_table(TableName="items")
    assert server.stop() == 0


def test_items_expire(tmp_path):
    server = Millrace(tmp_path / "data", args=["--test-clock"]).start()
    client = server.client("dynamodb")
    client.create_table(**DEFINITION)
    client.update_time_to_live(TableName="items", TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
    now = int(client.describe_table(TableName="items")["Table"]["CreationDateTime"].timestamp())
    for name, ttl in (("soon", now + 60), ("later", now + 100_000), ("long ago", 1000)):
        client.put_item(TableName="items", Item={"id": {"S": name}, "ttl": {"N": str(ttl)}, "g": {"S": "x"}})
    client.put_item(TableName="items", Item={"id": {"S": "text"}, "ttl": {"S": str(now)}})
    advance(server, 3600)
    wait_until(lambda: client.scan(TableName="items")["Count"] == 3, "the item to expire")
    assert {i["id"]["S"] for i in client.scan(TableName="items")["Items"]} == {"later", "long ago", "text"}
    assert {i["id"]["S"] for i in client.scan(TableName="items", IndexName="by-g")["Items"]} == {"later", "long ago"}
    assert server.stop() == 0
