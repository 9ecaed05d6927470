"""The retail pipeline: bucket, function, stream and the mapping that joins them. Made anew or found as it is."""

import io
import pathlib
import time
import zipfile

import boto3
import botocore.config
import botocore.exceptions

from results import Results

BUCKET = "retail-processed-data"
FUNCTION = "ProcessRetailData"
STREAM = "RetailTransactionStream"
SHARDS = 2
ACCOUNT = "000000000000"  # an access key id of 12 digits is the account
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/retail"
FOLDER = pathlib.Path(__file__).resolve().parent
CODE = ("process_retail_data.py", "s3_object.py")

# Up to 1000 purchases an invocation, or what a second brought: few objects, and results within a second.
MAPPING = {"BatchSize": 1000, "MaximumBatchingWindowInSeconds": 1, "StartingPosition": "TRIM_HORIZON"}


class Late(Exception):
    """Something did not happen before its deadline."""


def zip_of(files):
    """A function's archive, in memory: {"name.py": "source"}."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)  # its fixed date: the same source is the same archive
            entry.external_attr = 0o644 << 16
            out.writestr(entry, text)
    return archive.getvalue()


def code():
    return {name: (FOLDER / name).read_text() for name in CODE}


class Pipeline:
    def __init__(self, url):
        self.url = url
        self.kinesis, self.lambda_, self.s3 = (self._client(s) for s in ("kinesis", "lambda", "s3"))
        self.results = Results(self.s3, BUCKET)

    def _client(self, service):
        config = botocore.config.Config(
            s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 3}, read_timeout=30)
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id=ACCOUNT,
                            aws_secret_access_key="any", config=config)

    def make_bucket(self):
        try:
            self.s3.create_bucket(Bucket=BUCKET)
        except self.s3.exceptions.BucketAlreadyOwnedByYou:
            pass

    def make_function(self, runtime, files=None, handler="process_retail_data.handler", **environment):
        archive = zip_of(files or code())
        environment["RETAIL_BUCKET"] = BUCKET
        try:
            self.lambda_.create_function(
                FunctionName=FUNCTION, Runtime=runtime, Role=ROLE, Handler=handler, Code={"ZipFile": archive},
                Timeout=60, MemorySize=256, Environment={"Variables": environment})
        except self.lambda_.exceptions.ResourceConflictException:
            self.lambda_.update_function_code(FunctionName=FUNCTION, ZipFile=archive)
        wait("the function is ready", self._function_ready)

    def _function_ready(self):
        now = self.lambda_.get_function(FunctionName=FUNCTION)["Configuration"]
        return now.get("State") == "Active" and now.get("LastUpdateStatus", "Successful") == "Successful"

    def make_stream(self):
        try:
            self.kinesis.create_stream(StreamName=STREAM, ShardCount=SHARDS)
        except self.kinesis.exceptions.ResourceInUseException:
            pass
        wait("the stream is active", lambda: self._stream()["StreamStatus"] == "ACTIVE")

    def _stream(self):
        return self.kinesis.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]

    def make_mapping(self, **settings):
        arn = self._stream()["StreamARN"]
        found = self.lambda_.list_event_source_mappings(EventSourceArn=arn, FunctionName=FUNCTION)
        if not found["EventSourceMappings"]:
            self.lambda_.create_event_source_mapping(
                EventSourceArn=arn, FunctionName=FUNCTION, **{**MAPPING, **settings})

    def wait_for(self, purchases, progress=lambda done: None, stalled_seconds=60):
        """Returns when all these purchases are in the bucket; Late when none came for `stalled_seconds`."""
        wanted = {p.id for p in purchases}
        done, deadline = -1, 0
        while True:
            try:
                self.results.refresh()
            except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError):
                pass  # the server may be starting; the deadline decides
            now = len(wanted & self.results.purchases.keys())
            if now > done:
                done, deadline = now, time.monotonic() + stalled_seconds
                progress(done)
            if done == len(wanted):
                return
            if time.monotonic() > deadline:
                raise Late(f"{done} of {len(wanted)} purchases are processed, and none more in {stalled_seconds} s")
            time.sleep(0.2)


def wait(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Late(f"not within {seconds} s: {what}")
        time.sleep(0.05)
