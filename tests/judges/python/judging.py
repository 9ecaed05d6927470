"""What both Python judges share: cases by name, told one line each."""

import itertools
import os
import sys
import time
import traceback

ENDPOINT = os.environ["JUDGE_ENDPOINT"]
TOP_OF_HASH_KEYS = 2**128 - 1
DEADLINE = 60

_numbers = itertools.count()
_run = f"{os.getpid():x}-{int(time.time()):x}"


def new_name(what):
    return f"{what}-{_run}-{next(_numbers)}"


def check(condition, why):
    """`assert` that says why and is never optimised away."""
    if not condition:
        raise AssertionError(why)


def equal(found, expected, what):
    check(found == expected, f"{what} is {found!r}, not {expected!r}")


def wait_until(condition, what, seconds=DEADLINE):
    """Polls `condition` until it is true and returns its value."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def run(cases):
    """Runs the cases named on the command line, else all of `cases` ({name: function})."""
    failed = 0
    for name in sys.argv[1:] or cases:
        try:
            check(name in cases, "there is no such case")
            cases[name]()
            print(f"case {name} ok", flush=True)
        except Exception as error:
            failed += 1
            why = " ".join(f"{type(error).__name__}: {error}".split())
            print(f"case {name} failed: {why}", flush=True)
            traceback.print_exc()
    sys.exit(1 if failed else 0)
