"""Child processes that cannot outlive us.

Every child asks the kernel to be signalled when its parent dies, so even a SIGKILL of the test run leaves
no QEMU, no server and (because a network namespace lives only as long as a process in it) no network.
The kernel means the parent *thread*: start children from a thread that stays, in practice the main one.
"""

import contextlib
import ctypes
import signal
import subprocess
import tempfile
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(argv, log, namespace=None, stdin=subprocess.DEVNULL):
    """Start argv (inside the network namespace of that pid); both its outputs are appended to the file log."""
    if namespace is not None:
        argv = inside(namespace) + list(argv)
    with open(log, "ab") as out:
        return subprocess.Popen(
            list(argv), stdin=stdin, stdout=out, stderr=subprocess.STDOUT, preexec_fn=_die_with_parent
        )


def run(argv, namespace=None, timeout=60, check=True):
    """Run argv to its end and return the CompletedProcess, with text output."""
    if namespace is not None:
        argv = inside(namespace) + list(argv)
    done = subprocess.run(list(argv), capture_output=True, text=True, errors="replace", timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


@contextlib.contextmanager
def scratch():
    """A folder that goes when its block ends."""
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        yield Path(folder)


def inside(namespace):
    """The command prefix that enters the network namespace of a pid. nsenter execs: the pid stays ours."""
    return ["nsenter", f"--net=/proc/{namespace}/ns/net", "--"]


def stop(process, grace=3):
    """End one child that we started, politely first. Safe to call twice and on None."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
