"""Reads what ProcessRetailData wrote, by the rule in its README: a purchase is its id and counts once."""

import json
import re

from purchases import Purchase

KEY = re.compile(r"year=(\d{4})/month=(\d{2})/[^/]+\.ndjson")


class Wrong(Exception):
    """An object says what no run of the function can have written."""


class Results:
    """All that is in the bucket so far. Objects never change, so each is read once however often one asks."""

    def __init__(self, s3, bucket):
        self._s3, self._bucket = s3, bucket
        self._read = set()
        self.purchases = {}  # by id
        self.copies = 0  # purchases that were met again, as at-least-once delivery allows
        self.invalid = {}  # reason by record
        self.partitions = set()  # "1997-01"
        self.objects = 0  # of sales

    def refresh(self):
        """Reads the objects that are new since the last call."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket):
            for entry in page.get("Contents", ()):
                if entry["Key"] not in self._read:
                    self._add(entry["Key"])
        return self

    def _add(self, key):
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        lines = [json.loads(line) for line in body.splitlines()]
        partition = KEY.fullmatch(key)
        if partition:
            month = "-".join(partition.groups())
            for line in lines:
                self._add_line(key, month, line)
            self.partitions.add(month)
            self.objects += 1
        elif key.startswith("invalid/"):
            self.invalid.update((line["record"], line["reason"]) for line in lines)
        self._read.add(key)

    def _add_line(self, key, month, line):
        sales = [Purchase(s["id"], line["customer"], line["day"], s["units"], cents(s["dollars"]))
                 for s in line["sales"]]
        totals = (line["purchases"], line["units"], cents(line["dollars"]))
        if totals != (len(sales), sum(s.units for s in sales), sum(s.cents for s in sales)):
            raise Wrong(f"{key}: the totals are not those of the sales: {line}")
        if line["day"][:7] != month:
            raise Wrong(f"{key}: {line['day']} is in the partition of another month")
        for sale in sales:
            known = self.purchases.setdefault(sale.id, sale)
            if known != sale:
                raise Wrong(f"{key}: two purchases have the id {sale.id}: {known} and {sale}")
            self.copies += known is not sale


def cents(dollars):
    whole, _, fraction = dollars.partition(".")
    return int(whole) * 100 + int(fraction)
