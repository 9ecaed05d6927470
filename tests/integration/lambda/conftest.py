import pytest
from botocore.exceptions import ClientError
from support.functions import create_function, new_name
from support.millrace import shared_directory

from .recorder import Function


@pytest.fixture(scope="session")
def functions(server):
    """A client for Lambda."""
    return server.client("lambda")


@pytest.fixture
def make(functions):
    """Makes functions that are gone after the test."""
    names = []

    def make_function(*arguments, **settings):
        names.append(create_function(functions, *arguments, **settings))
        return names[-1]

    yield make_function
    for name in names:
        try:
            functions.delete_function(FunctionName=name)
        except functions.exceptions.ResourceNotFoundException:
            pass


@pytest.fixture
def lambdas(functions):
    return functions


@pytest.fixture
def function(server):
    return Function(server)


@pytest.fixture
def shared():
    """A directory that functions can write to."""
    return shared_directory()


@pytest.fixture
def source(kinesis):
    """The name and ARN of a new stream of one shard."""
    name = new_name("source")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]
    yield name, arn
    kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


@pytest.fixture
def mapped(lambdas):
    """Makes mappings that are deleted in the end."""
    made = []

    def make(function, arn, **settings):
        settings.setdefault("StartingPosition", "TRIM_HORIZON")
        mapping = lambdas.create_event_source_mapping(
            EventSourceArn=arn, FunctionName=function.name, **settings)
        made.append(mapping["UUID"])
        return mapping

    yield make
    for uuid in made:
        try:
            lambdas.delete_event_source_mapping(UUID=uuid)
        except ClientError as e:
            assert e.response["Error"]["Code"] in ("ResourceNotFoundException", "ResourceInUseException")
