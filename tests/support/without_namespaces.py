"""Runs a command as a container's engine does by default: namespaces and mounts are refused.

python3 without_namespaces.py [--without-landlock] COMMAND...
"""

import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, ANY_OF, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS, EOPNOTSUPP = 1, 38, 95
NAMESPACES = 0x7E020000  # the flags of clone(2)

# By architecture: clone, unshare, setns, mount.
CALLS = {"x86_64": (56, 272, 308, 165), "aarch64": (220, 97, 268, 40)}
CLONE3, LANDLOCK_CREATE_RULESET = 435, 444


def refuse(number, error):
    return [(EQUAL, 0, 1, number), (RETURN, 0, 0, ERRNO | error)]


def program(landlock):
    clone, *others = CALLS[platform.machine()]
    out = [(LOAD, 0, 0, 0)]
    for number in others:
        out += refuse(number, EPERM)
    out += refuse(CLONE3, ENOSYS)
    if not landlock:
        out += refuse(LANDLOCK_CREATE_RULESET, EOPNOTSUPP)
    out += [(EQUAL, 0, 3, clone), (LOAD, 0, 0, 16), (ANY_OF, 0, 1, NAMESPACES), (RETURN, 0, 0, ERRNO | EPERM)]
    return out + [(RETURN, 0, 0, ALLOW)]


def confine(landlock):
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program(landlock))
    instructions = ctypes.create_string_buffer(code)
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    command = sys.argv[1:]
    with_landlock = command[0] != "--without-landlock"
    if not with_landlock:
        command = command[1:]
    confine(with_landlock)
    os.execv(command[0], command)
