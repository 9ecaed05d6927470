"""The table of operations in api/kinesis/README.md: it has every operation, and the tests that it names are there."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[3]
ROW = re.compile(r"^\| (\w+) \| (\S+)::(test_\w+) \|$", re.MULTILINE)


def test_each_operation_has_a_test():
    declared = re.findall(r"^    &k(\w+),$", (ROOT / "api/kinesis/service.cpp").read_text(), re.MULTILINE)
    rows = ROW.findall((ROOT / "api/kinesis/README.md").read_text())
    assert [operation for operation, _, _ in rows] == declared and len(declared) == 40
    for operation, file, test in rows:
        text = (ROOT / "tests/integration" / file).read_text()
        assert re.search(rf"^def {test}\(", text, re.MULTILINE), f"no {test} in {file}"
        in_python = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        assert operation in text or in_python in text, f"{file} does not call {operation}"
