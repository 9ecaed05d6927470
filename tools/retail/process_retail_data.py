"""ProcessRetailData: a Lambda function that turns purchases of a Kinesis stream into sales a day and customer in S3.

A record is a purchase in JSON: {"id": "cdnow-000001", "customer": "00001", "date": "1997-01-01", "units": 1,
"dollars": "11.77"}. `id` names the purchase: a producer that is not sure whether a record arrived sends it again
under the same id.

A batch becomes one object a month, s3://retail-processed-data/year=1997/month=01/<shard>-<first sequence
number>-<hash>.ndjson, a line a day and customer:

    {"day": "1997-01-01", "customer": "00001", "purchases": 1, "units": 1, "dollars": "11.77",
     "sales": [{"id": "cdnow-000001", "units": 1, "dollars": "11.77"}]}

and what is no purchase goes to invalid/<shard>-<first sequence number>-<hash>.ndjson, a line a record with the reason.

Why nothing is missing and nothing counts twice
-----------------------------------------------
A batch may come again, whole or in other borders, after some or all of its objects were written: the function
failed half-way, the server was killed, the batch was split. So:

1. The function returns only after every object of the batch is written, and the checkpoint moves only after it
   returned. So every purchase of the stream is in some object.
2. A key ends in the hash of what the object holds, and what it holds depends on the records alone. So an object never
   changes: the same batch writes the same objects, other borders write other objects beside them, and a late
   writer (an attempt believed dead) cannot replace more by less.
3. Each line lists the purchases that its totals are made of. **Readers count each id once.** What a purchase
   is (day, customer, units, dollars) is the same in every object, so it does not matter which copy is read.

By 1 no purchase is missing, by 3 none counts twice, whatever the borders of batches were; 2 keeps copies few. The
totals of a line are for readers that can live with the copies which a failure leaves. README.md has the query.

Standard library only: runs on any Python 3.9 or newer, here and in AWS.
"""

import base64
import collections
import datetime
import decimal
import hashlib
import json
import os
import re

import s3_object

NAME = re.compile("[A-Za-z0-9_.:-]{1,64}")
DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
MAX_UNITS = 1_000_000
MAX_DOLLARS = 1_000_000_000

Purchase = collections.namedtuple("Purchase", "id customer day units cents")
_buckets = {}  # the connection is kept from one invocation to the next


class Invalid(Exception):
    """The record is no purchase; the text says why."""


def handler(event, context):
    records = event["Records"]
    purchases, repeated, invalid = sort_out(records)
    shard, _, first = records[0]["eventID"].partition(":")
    objects = dict(sales_objects(purchases, f"{shard}-{first}"))
    if invalid:
        objects.update([named("invalid/", f"{shard}-{first}", invalid)])
    for key, body in objects.items():
        bucket().put(key, body)
    summary = {
        "event": "batch",
        "shard": shard,
        "first": first,
        "records": len(records),
        "purchases": len(purchases),
        "repeated": repeated,
        "invalid": len(invalid),
        "reasons": collections.Counter(line["reason"] for line in invalid),
        "objects": len(objects),
    }
    print(json.dumps(summary))
    return summary


def bucket():
    name = os.environ.get("RETAIL_BUCKET", "retail-processed-data")
    if name not in _buckets:
        _buckets[name] = s3_object.Bucket(name)
    return _buckets[name]


def sort_out(records):
    """The purchases of a batch, how many records repeat one of them, and the lines about the rest."""
    purchases, repeated, invalid = {}, 0, []
    for record in records:
        data = record["kinesis"]["data"]
        try:
            purchase = decode(base64.b64decode(data))
            if purchases.setdefault(purchase.id, purchase) is not purchase:
                if purchases[purchase.id] != purchase:
                    raise Invalid("id of another purchase")
                repeated += 1
        except Invalid as e:
            invalid.append({"record": record["eventID"], "reason": str(e), "data": data})
    return list(purchases.values()), repeated, invalid


def decode(data):
    try:
        fields = json.loads(data, parse_float=decimal.Decimal, parse_constant=no_number)
    except (ValueError, RecursionError):
        raise Invalid("not JSON") from None
    if not isinstance(fields, dict):
        raise Invalid("not an object")
    for name in ("id", "customer"):
        value = fields.get(name)
        if not isinstance(value, str) or not NAME.fullmatch(value):
            raise Invalid(name)
    return Purchase(fields["id"], fields["customer"], day_of(fields.get("date")), units_of(fields.get("units")),
                    cents_of(fields.get("dollars")))


def no_number(text):
    raise ValueError(text)


def day_of(value):
    try:
        if isinstance(value, str) and DATE.fullmatch(value):
            return datetime.date(*map(int, value.split("-"))).isoformat()
    except ValueError:
        pass
    raise Invalid("date")


def units_of(value):
    if type(value) is not int or not 1 <= value <= MAX_UNITS:  # not isinstance: True is an int
        raise Invalid("units")
    return value


def cents_of(value):
    """Dollars, as text or as a number, in cents; 0 is a gift and valid."""
    if isinstance(value, str) and AMOUNT.fullmatch(value):
        value = decimal.Decimal(value)
    if type(value) not in (int, decimal.Decimal) or not 0 <= value < MAX_DOLLARS:
        raise Invalid("dollars")
    if value != round(value, 2):
        raise Invalid("dollars")
    return int(value * 100)


def dollars(cents):
    return f"{cents // 100}.{cents % 100:02}"


def sales_objects(purchases, batch):
    """(key, body) of each month's object. The same purchases give the same bytes."""
    groups = collections.defaultdict(list)
    for purchase in purchases:
        groups[purchase.day, purchase.customer].append(purchase)
    months = collections.defaultdict(list)
    for (day, customer), group in sorted(groups.items()):
        months[day[:4], day[5:7]].append({
            "day": day,
            "customer": customer,
            "purchases": len(group),
            "units": sum(p.units for p in group),
            "dollars": dollars(sum(p.cents for p in group)),
            "sales": [{"id": p.id, "units": p.units, "dollars": dollars(p.cents)} for p in group],
        })
    for (year, month), lines in months.items():
        yield named(f"year={year}/month={month}/", batch, lines)


def named(folder, batch, lines):
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return f"{folder}{batch}-{hashlib.sha256(body).hexdigest()[:32]}.ndjson", body
