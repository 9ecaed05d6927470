"""The purchases of tests/data/cdnow_master.txt.gz, and what plain code makes of them."""

import collections
import gzip
import json
import pathlib

FILE = pathlib.Path(__file__).resolve().parents[2] / "tests/data/cdnow_master.txt.gz"

Purchase = collections.namedtuple("Purchase", "id customer day units cents")
Month = collections.namedtuple("Month", "purchases units cents")


def read(path=FILE):
    """All purchases in the order of the file. It numbers none, so a purchase's id is the number of its line."""
    purchases = []
    with gzip.open(path, "rt") as lines:
        next(lines)  # the heading
        for number, line in enumerate(lines, 1):
            customer, day, units, dollars = line.split()
            whole, _, fraction = dollars.partition(".")
            purchases.append(Purchase(f"cdnow-{number:06}", customer, f"{day[:4]}-{day[4:6]}-{day[6:]}", int(units),
                                      int(whole) * 100 + int(fraction.ljust(2, "0"))))
    return purchases


def record(purchase):
    """A purchase as PutRecords takes it. A customer's purchases share a shard and keep their order."""
    data = {
        "id": purchase.id,
        "customer": purchase.customer,
        "date": purchase.day,
        "units": purchase.units,
        "dollars": dollars(purchase.cents),
    }
    return {"Data": json.dumps(data).encode(), "PartitionKey": purchase.customer}


def by_month(purchases):
    """{"1997-01": Month} of any purchases."""
    months = {}
    for p in purchases:
        m = months.get(p.day[:7], Month(0, 0, 0))
        months[p.day[:7]] = Month(m.purchases + 1, m.units + p.units, m.cents + p.cents)
    return dict(sorted(months.items()))


def dollars(cents):
    return f"{cents // 100}.{cents % 100:02}"
