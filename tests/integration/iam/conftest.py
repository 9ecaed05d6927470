import itertools

import pytest

_accounts = itertools.count(300000000000)

TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:*","Resource":"*"}]}'


@pytest.fixture
def account():
    """An account that no other test uses."""
    return str(next(_accounts))


@pytest.fixture
def iam(server, account):
    return server.client("iam", access_key=account)


@pytest.fixture
def sts(server, account):
    return server.client("sts", access_key=account)
