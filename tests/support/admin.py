"""The endpoints by which tests change a server: its clock and its faults."""

import json


def admin(server, method, page, body=None, headers=None):
    """The status, and the JSON of the answer."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    answer = server.raw(method, f"/_millrace/{page}", headers, text)
    assert answer.headers["Content-Type"] == "application/json", answer.body
    return answer.status, json.loads(answer.body)


def advance(server, seconds):
    """Moves the clock of a server that runs with --test-clock; returns what it then shows, in seconds."""
    status, answer = admin(server, "POST", "clock", {"advance_ms": round(seconds * 1000)})
    assert status == 200, answer
    return answer["now_ms"] / 1000


def hold(server):
    """Holds the clock of a server that runs with --test-clock: time passes by `advance` alone."""
    status, answer = admin(server, "POST", "clock", {"held": True})
    assert status == 200, answer


def set_faults(server, *faults):
    status, answer = admin(server, "PUT", "faults", list(faults))
    assert status == 200, answer
