#!/usr/bin/env python3
"""Lists every member of every request of AWS's service models, for the test that walks the shapes of the operations.

    pip download --no-deps botocore && unzip botocore-*.whl
    python3 list_model_members.py botocore VERSION > model_members.txt

A line has a service, an operation and its members by their names on the wire; those of a structure, or of the structures
in a list or map, behind a dot.
"""

import gzip
import json
import pathlib
import sys

MODELS = {"dynamodb": "2012-08-10", "iam": "2010-05-08", "kinesis": "2013-12-02", "kms": "2014-11-01", "lambda": "2015-03-31", "logs": "2014-03-28", "s3": "2006-03-01", "sts": "2011-06-15"}


def members(shapes, name, prefix="", above=()):
    shape = shapes[name]
    if shape["type"] == "list":
        return members(shapes, shape["member"]["shape"], prefix, above)
    if shape["type"] == "map":
        return members(shapes, shape["value"]["shape"], prefix, above)
    if shape["type"] != "structure" or name in above:
        return
    for member, reference in shape["members"].items():
        place = reference.get("location")
        wire = reference.get("locationName", member) if place else member
        yield prefix + wire
        yield from members(shapes, reference["shape"], prefix + wire + ".", (*above, name))


def main():
    base = pathlib.Path(sys.argv[1])
    print(f"# Made by list_model_members.py from botocore {sys.argv[2]}.")
    for service, date in MODELS.items():
        model = json.loads(gzip.decompress((base / f"data/{service}/{date}/service-2.json.gz").read_bytes()))
        for operation, described in sorted(model["operations"].items()):
            found = members(model["shapes"], described["input"]["shape"]) if "input" in described else ()
            print(service, operation, *found)


main()
