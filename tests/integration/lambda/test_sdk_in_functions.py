"""A function's AWS SDK reaches this server, or the S3 that the configuration names, without being told."""

import pytest
from support.functions import create_function, invoke
from support.millrace import Millrace

# Debian's boto3 is older than AWS_ENDPOINT_URL.
SOURCE = """
import boto3

def handler(event, context):
    boto3.client("s3").put_object(Bucket="results", Key="from-function", Body=b"written")
    boto3.resource("s3").Object("results", "from-resource").put(Body=b"written")
    return boto3.client("kinesis").list_streams()["StreamNames"]
"""
SETTINGS = {"Runtime": "python3.11", "Timeout": 30, "MemorySize": 512}


def start(directory, *args):
    return Millrace(directory / "data", args=("--python", "/usr/bin/python3", *args)).start()


def keys(server):
    return [o["Key"] for o in server.client("s3").list_objects_v2(Bucket="results").get("Contents", [])]


@pytest.fixture
def server(tmp_path):
    server = start(tmp_path)
    yield server
    assert server.stop() == 0


def test_boto3_reaches_the_server(server):
    server.client("s3").create_bucket(Bucket="results")
    server.client("kinesis").create_stream(StreamName="known", ShardCount=1)
    answer, _ = invoke(server.client("lambda"), create_function(server.client("lambda"), SOURCE, **SETTINGS))
    assert answer == ["known"]
    assert keys(server) == ["from-function", "from-resource"]


def test_boto3_reaches_the_s3_that_is_configured(server, tmp_path_factory):
    elsewhere = start(tmp_path_factory.mktemp("elsewhere"), "--s3-endpoint", server.url,
                      "--s3-access-key", "123456789012", "--s3-secret-key", "secret")
    try:
        theirs = server.client("s3", access_key="123456789012")
        theirs.create_bucket(Bucket="results")
        functions = elsewhere.client("lambda")
        invoke(functions, create_function(functions, SOURCE, **SETTINGS))
        assert [o["Key"] for o in theirs.list_objects_v2(Bucket="results")["Contents"]] == [
            "from-function", "from-resource"]
    finally:
        assert elsewhere.stop() == 0
