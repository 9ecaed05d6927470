"""Functions as tests make and invoke them."""

import io
import itertools
import json
import zipfile

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/functions"
ECHO = "def handler(event, context):\n    return event\n"

_numbers = itertools.count()


def new_name(prefix="function"):
    return f"{prefix}-{next(_numbers)}"


def zip_of(files, modes=None):
    """An archive of {name: text or bytes}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (modes or {}).get(name, 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return out.getvalue()


def python_zip(source):
    return zip_of({"index.py": source})


def create_function(client, source=ECHO, name=None, **settings):
    """Makes a Python function whose module is `source` and returns its name."""
    name = name or new_name()
    settings.setdefault("Runtime", "python3.11")
    settings.setdefault("Handler", "index.handler")
    settings.setdefault("Role", ROLE)
    settings.setdefault("Code", {"ZipFile": python_zip(source)})
    client.create_function(FunctionName=name, **settings)
    return name


def invoke(client, name, event=None, **arguments):
    """The answer's parsed payload, and the answer."""
    answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode(), **arguments)
    body = answer["Payload"].read()
    return (json.loads(body) if body else None), answer


def error_of(call, **arguments):
    """The code and the message of the error that the call ends with."""
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]
