import itertools

import pytest

_numbers = itertools.count()


@pytest.fixture(scope="session")
def dynamodb(server):
    return server.client("dynamodb")


@pytest.fixture
def new_table(dynamodb):
    """Makes tables: new_table("id") or new_table("id", "n:N"), with more members of CreateTable by name."""
    made = []

    def create(*keys, **members):
        name = f"table-{next(_numbers)}"
        attributes = [(key.split(":") + ["S"])[:2] for key in keys]
        members.setdefault("AttributeDefinitions", [{"AttributeName": a, "AttributeType": t} for a, t in attributes])
        kinds = ("HASH", "RANGE")
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": a, "KeyType": kind} for (a, _), kind in zip(attributes, kinds)],
            BillingMode="PAY_PER_REQUEST",
            **members,
        )
        made.append(name)
        return name

    yield create
    for name in made:
        try:
            dynamodb.delete_table(TableName=name)
        except dynamodb.exceptions.ResourceNotFoundException:
            pass


@pytest.fixture
def table(new_table):
    return new_table("id")
