import itertools
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.millrace import Millrace

ROOT_KEY = "AKIAROOTROOTROOTROOT"
ROOT_SECRET = "root/secret+of/the+first/administrator00"
ACCOUNT = "000000000000"
ENVIRONMENT = {"MILLRACE_ROOT_ACCESS_KEY_ID": ROOT_KEY, "MILLRACE_ROOT_SECRET_ACCESS_KEY": ROOT_SECRET}

_numbers = itertools.count()


def start(directory, *args, env=None):
    args = ["--auth", "enforce", "--python", "/usr/bin/python3", *args]
    return Millrace(directory / "data", args=args, env=ENVIRONMENT if env is None else env).start()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A server that enforces authentication and authorization."""
    millrace = start(tmp_path_factory.mktemp("enforce"), "--test-clock")
    yield millrace
    assert millrace.process.poll() is None, f"the server died:\n{millrace.log()}"
    assert millrace.stop() == 0, millrace.log()


@pytest.fixture(scope="session")
def root(server):
    """Makes clients of the administrator."""
    return lambda service, **options: server.client(service, ROOT_KEY, secret=ROOT_SECRET, **options)


def call_kinesis(server, key, secret, operation, **members):
    """A signed request with members that Debian's boto3 does not know; the status and the body."""
    body = json.dumps(members).encode()
    request = AWSRequest("POST", server.url + "/", data=body, headers={
        "Host": f"127.0.0.1:{server.port}", "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"Kinesis_20131202.{operation}"})
    SigV4Auth(Credentials(key, secret), "kinesis", "us-east-1").add_auth(request)
    answer = server.raw("POST", "/", headers=dict(request.headers.items()), body=body)
    return answer.status, json.loads(answer.body or b"{}")


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


class User:
    """A user with an access key, whose permissions a test changes."""

    def __init__(self, server, iam, name):
        self.server = server
        self.iam = iam
        self.name = name
        self.arn = iam.create_user(UserName=name)["User"]["Arn"]
        self.key = iam.create_access_key(UserName=name)["AccessKey"]

    def may(self, *statements):
        self.iam.put_user_policy(UserName=self.name, PolicyName="test", PolicyDocument=policy(*statements))
        return self

    def call_kinesis(self, operation, **members):
        return call_kinesis(self.server, self.key["AccessKeyId"], self.key["SecretAccessKey"], operation, **members)

    def client(self, service, **options):
        return self.server.client(service, self.key["AccessKeyId"], secret=self.key["SecretAccessKey"], **options)


@pytest.fixture
def user(server, root):
    return User(server, root("iam"), f"user-{next(_numbers)}")


@pytest.fixture
def stream(root):
    """The name of a new stream."""
    name = f"stream-{next(_numbers)}"
    root("kinesis").create_stream(StreamName=name, ShardCount=1)
    return name


@pytest.fixture
def root_calls_kinesis(server):
    return lambda operation, **members: call_kinesis(server, ROOT_KEY, ROOT_SECRET, operation, **members)


@pytest.fixture
def role(root):
    """Makes roles that Lambda can assume, with permissions."""

    def make(*statements, principal=None):
        name = f"role-{next(_numbers)}"
        principal = principal or {"Service": "lambda.amazonaws.com"}
        trust = policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
        arn = root("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if statements:
            root("iam").put_role_policy(RoleName=name, PolicyName="test", PolicyDocument=policy(*statements))
        return name, arn

    return make
