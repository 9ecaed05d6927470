"""The retail pipeline from nothing to verified results. tools/quickstart sets up, builds and runs this.

Run again it goes on where the last run ended: what is in the bucket already is not loaded again.
"""

import argparse
import pathlib
import subprocess
import sys
import time

import botocore.exceptions

import loading
import pipeline
import purchases
import results
import server_process

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """What came out is not what went in; the text says where."""


def say(text):
    print(text, flush=True)


class Progress:
    """A line that is rewritten on a terminal, and is printed ten times elsewhere."""

    def __init__(self, what, total):
        self.what, self.total, self.tenth = what, total, 0
        self.start = time.monotonic()

    def __call__(self, done):
        line = f"  {self.what} {done:,} of {self.total:,}"
        if sys.stdout.isatty():
            print(f"\r{line}", end="" if done < self.total else f" in {self.seconds():.1f} s\n", flush=True)
        elif done == self.total:
            say(f"{line} in {self.seconds():.1f} s")
        elif done * 10 // self.total > self.tenth:
            self.tenth = done * 10 // self.total
            say(line)

    def seconds(self):
        return time.monotonic() - self.start


def arguments():
    parser = argparse.ArgumentParser(prog="tools/quickstart")
    parser.add_argument("--once", action="store_true", help="verify, stop the server and exit")
    parser.add_argument("--data-dir", type=pathlib.Path, default=ROOT / "data/quickstart")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/bin/millrace")
    return parser.parse_args()


def runtime():
    """Lambda's name of the Python that the server is told to use."""
    minor = subprocess.run(["/usr/bin/python3", "-c", "import sys; print(sys.version_info.minor)"], check=True,
                           capture_output=True, text=True).stdout
    return f"python3.{int(minor)}"


def run(retail):
    """The purchases of the file, all of them processed."""
    say(f"Bucket {pipeline.BUCKET}")
    retail.make_bucket()
    say(f"Function {pipeline.FUNCTION} ({runtime()})")
    retail.make_function(runtime())
    say(f"Stream {pipeline.STREAM}, {pipeline.SHARDS} shards, each read by the function")
    retail.make_stream()
    retail.make_mapping()

    bought = sorted(purchases.read(), key=lambda p: p.day)  # in the order of the days, as they happened
    known = retail.results.refresh().purchases
    missing = [p for p in bought if p.id not in known]
    if len(missing) < len(bought):
        say(f"{len(bought) - len(missing):,} purchases are in the bucket from an earlier run")
    if missing:
        say(f"Loading {len(missing):,} purchases with PutRecords, {loading.BATCH} at a time")
        loading.load(retail.kinesis, pipeline.STREAM, missing, Progress("loaded", len(missing)))
        say("Waiting for the function to process them")
        retail.wait_for(missing, Progress("processed", len(missing)))
    return bought


def verify(found, bought):
    """Compares every month with plain code over the file, to the cent; prints the table."""
    expected = purchases.by_month(bought)
    ids = {p.id for p in bought}
    actual = purchases.by_month(p for p in found.purchases.values() if p.id in ids)
    say(f"\n  {'month':<8}{'purchases':>10}{'units':>9}{'dollars':>14}")
    for month, e in expected.items():
        a = actual.get(month)
        say(f"  {month:<8}{e.purchases:>10,}{e.units:>9,}{e.cents / 100:>14,.2f}" + ("" if a == e else "   WRONG"))
        if a != e:
            raise Failed(f"{month}: expected {e}, found {a}")
    total = [sum(column) for column in zip(*expected.values())]
    say(f"  {'total':<8}{total[0]:>10,}{total[1]:>9,}{total[2] / 100:>14,.2f}")
    say(f"\nVerified: the objects contain the purchases of the file, every month to the cent."
        f"\n  {found.objects} objects in {len(found.partitions)} partitions; {found.copies} repeated and "
        f"{len(found.invalid)} invalid purchases, which are not counted")
    others = len(found.purchases) - sum(m.purchases for m in actual.values())
    if others:
        say(f"  purchases that are not in the file, and not in the table: {others}")


def shown(path):
    """A path as short as it can be typed from here."""
    path = path.resolve()
    return path.relative_to(pathlib.Path.cwd()) if path.is_relative_to(pathlib.Path.cwd()) else path


def print_next(node, binary):
    aws = f"aws --endpoint-url {node.url}"
    purchase = ('{"id":"mine-1","customer":"00001","date":"1998-07-01","units":2,"dollars":"29.90"}')
    say(f"""
The server keeps running: process {node.pid}, log {shown(node.log)}, data {shown(node.data)}.
Objects    s3://{pipeline.BUCKET}/year=YYYY/month=MM/ at {node.url}
Metrics    {node.url}/metrics
Stop it    kill {node.pid}

Try next:
  export AWS_ACCESS_KEY_ID={pipeline.ACCOUNT} AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION={pipeline.REGION}
  {aws} s3 ls --recursive s3://{pipeline.BUCKET}/year=1998/
  {shown(binary)} logs {pipeline.FUNCTION} --data-dir {shown(node.data)}
  echo '{purchase}' | \
{aws} kinesis put-record --stream-name {pipeline.STREAM} --partition-key 00001 --data fileb:///dev/stdin
The last command writes a purchase of July 1998. A new partition appears seconds later.""")


def main():
    options = arguments()
    node = server_process.Server(options.binary, options.data_dir)
    if node.find():
        say(f"Millrace is still running from an earlier run: {node.url}, process {node.pid}")
    else:
        node.start(say)
        say(f"Millrace is running: {node.url}, process {node.pid}")
    try:
        retail = pipeline.Pipeline(node.url)
        bought = run(retail)
        verify(retail.results, bought)
    except (pipeline.Late, loading.NotLoaded) as e:
        raise Failed(f"{e}\nOutput of the function: {shown(options.binary)} logs {pipeline.FUNCTION} "
                     f"--data-dir {shown(node.data)}\nThe end of {node.log}:\n{node.last_lines()}") from e
    except botocore.exceptions.BotoCoreError as e:
        raise Failed(f"{e}\nThe end of {node.log}:\n{node.last_lines()}") from e
    finally:
        if options.once:
            node.stop()
    if options.once:
        say("The server has stopped.")
    else:
        print_next(node, options.binary)


if __name__ == "__main__":
    try:
        main()
    except (Failed, results.Wrong, server_process.CannotStart, botocore.exceptions.ClientError) as e:
        sys.exit(f"\ntools/quickstart: {e}")
    except KeyboardInterrupt:
        sys.exit("\ntools/quickstart: interrupted; run it again to continue")
