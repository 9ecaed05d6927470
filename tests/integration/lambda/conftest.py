import pytest

from support.functions import create_function


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
