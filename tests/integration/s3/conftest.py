import contextlib
import itertools

import pytest

_numbers = itertools.count()


@pytest.fixture(scope="session")
def s3(server):
    return server.client("s3")


@pytest.fixture
def bucket(s3):
    """The name of a new bucket; what is in it at the end does not matter."""
    name = f"bucket-{next(_numbers)}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def sending():
    """`with sending(s3, {"If-Match": tag}):` adds headers to the calls, of members that old SDKs do not know."""

    @contextlib.contextmanager
    def add(client, headers):
        def hook(params, **_):
            params["headers"].update(headers)

        client.meta.events.register("before-call.s3", hook)
        try:
            yield
        finally:
            client.meta.events.unregister("before-call.s3", hook)

    return add


def headers_of(answer):
    return answer["ResponseMetadata"]["HTTPHeaders"]


@pytest.fixture
def error_of():
    """Calls and returns (status, code, message) of the error that comes."""
    from botocore.exceptions import ClientError

    def call(function, **arguments):
        with pytest.raises(ClientError) as caught:
            function(**arguments)
        response = caught.value.response
        return (
            response["ResponseMetadata"]["HTTPStatusCode"],
            response["Error"]["Code"],
            response["Error"]["Message"],
        )

    return call
