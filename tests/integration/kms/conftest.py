import pathlib

import boto3
import pytest


@pytest.fixture(scope="session", autouse=True)
def newer_model():
    """What Debian's boto3 does not know of KMS yet: operations and members, in botocore's form for additions."""
    if boto3.DEFAULT_SESSION is None:
        boto3.setup_default_session()
    loader = boto3.DEFAULT_SESSION._session.get_component("data_loader")
    loader.search_paths.append(str(pathlib.Path(__file__).resolve().parent / "newer"))
    loader._cache.clear()  # of models that other tests loaded before


@pytest.fixture(scope="session")
def kms(server):
    return server.client("kms", access_key="111122223333")


@pytest.fixture
def new_key(kms):
    """Makes keys: new_key(KeySpec="RSA_2048", ...) returns the metadata."""

    def create(**members):
        return kms.create_key(**members)["KeyMetadata"]

    return create


@pytest.fixture
def key(new_key):
    """The id of a new symmetric key."""
    return new_key()["KeyId"]


class Refused:
    """How a call is refused: its code and message."""

    def __call__(self, call, **members):
        from botocore.exceptions import ClientError

        with pytest.raises(ClientError) as e:
            call(**members)
        error = e.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture(scope="session")
def refused():
    return Refused()
