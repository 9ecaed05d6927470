"""Puts purchases into a stream, all of them, whatever becomes of single requests."""

import time

import botocore.exceptions

from purchases import record

BATCH = 500  # the most that PutRecords takes


class NotLoaded(Exception):
    """The stream did not take the purchases in time."""


def load(kinesis, stream, purchases, progress=lambda done: None, seconds=300):
    """Sends the purchases 500 at a time, and those that were refused, or may not have arrived, again.

    So a record may be in the stream twice, under one id. `progress` is told how many purchases are in the stream.
    """
    deadline = time.monotonic() + seconds
    done = 0
    for start in range(0, len(purchases), BATCH):
        waiting = [record(p) for p in purchases[start:start + BATCH]]
        pause = 0.05
        while waiting:
            left, problem = _put(kinesis, stream, waiting)
            done += len(waiting) - len(left)
            waiting = left
            progress(done)
            if not waiting:
                break
            if time.monotonic() > deadline:
                raise NotLoaded(f"{done} of {len(purchases)} purchases are in {stream} after {seconds} s: {problem}")
            time.sleep(pause)
            pause = min(2 * pause, 2)
    return done


def _put(kinesis, stream, records):
    """The records that must be sent again, and why."""
    try:
        answer = kinesis.put_records(StreamName=stream, Records=records)
    except botocore.exceptions.ClientError as e:
        if e.response["ResponseMetadata"]["HTTPStatusCode"] < 500 and not _is_throttling(e.response["Error"]["Code"]):
            raise
        return records, str(e)
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as e:
        return records, str(e)
    results = answer["Records"]
    left = [r for r, result in zip(records, results) if result.get("ErrorCode")]
    problem = next((f"{r['ErrorCode']}: {r.get('ErrorMessage', '')}" for r in results if r.get("ErrorCode")), "")
    return left, problem


def _is_throttling(code):
    return code in ("ProvisionedThroughputExceededException", "LimitExceededException", "ThrottlingException")
