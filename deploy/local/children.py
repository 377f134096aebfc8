"""Child processes that never outlive their parent, with a log file each.

As a program: becomes the given one, which then ends with its parent, whose process id is given:

    python3 deploy/local/children.py $$ target/debug/api
"""

import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Cargo builds elsewhere when told so.
PROGRAMS = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug"
PR_SET_PDEATHSIG = 1
# A program finishes its requests within 10 s of SIGTERM; what takes longer is killed.
GRACE = 12.0
_libc = ctypes.CDLL(None, use_errno=True)


class Died(Exception):
    """A child that has to run has ended."""


def _in_any_order():
    """Ports, each once. Those that the system gives by itself begin at 32,768 or higher."""
    yield from random.sample(range(20_000, 32_768), 12_768)


# Shuffled when the first one is asked for: most programs ask for none.
_ports = _in_any_order()


def free_port():
    """A port that nobody listens on, and that the system gives to none who asks for any port."""
    while True:
        port = next(_ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def refuse_taken(addresses):
    """Ends the program when an address is taken. `addresses`: (host, port, who wants it, how to change it)."""
    taken = []
    for host, port, wanted_by, variable in addresses:
        with socket.socket() as probe:
            # As the servers do: connections that linger from the last run do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                taken.append(f"{host}:{port} for {wanted_by}: {error.strerror.lower()} (change it by {variable})")
    if taken:
        sys.exit("cannot start: " + "; ".join(taken))


class Children:
    """Starts programs, watches them and stops them in reverse order."""

    def __init__(self, logs):
        self.logs = pathlib.Path(logs)
        self.logs.mkdir(parents=True, exist_ok=True)
        self.running = []
        self.parent = os.getpid()

    def start(self, name, command, environment):
        """Starts a program that has to run until `stop`. Its output goes to `NAME.log`."""
        if not shutil.which(command[0]):
            raise Died(f"{name} could not be started: {command[0]} is not there; has `cargo build` been run?")
        with open(self._fresh_log(name), "wb") as log:
            child = subprocess.Popen(
                [str(part) for part in command],
                env=environment,
                # Relative paths, such as that of the default database, are relative to the repository.
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A group of its own: Ctrl-C reaches it through `stop`, in order, and so do its children.
                start_new_session=True,
                preexec_fn=self._die_with_parent,
            )
        self.running.append((name, child))
        return child

    def check(self):
        """Raises `Died` when a child has ended."""
        for name, child in self.running:
            if child.poll() is not None:
                raise Died(f"{name} ended with code {child.returncode}\n{self.tail(name)}")

    def stop(self):
        """Stops every child, the last started first, and everything that they started."""
        # A second Ctrl-C or SIGTERM must not leave half of them running.
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        handlers = [signal.signal(number, signal.SIG_IGN) for number in numbers]
        while self.running:
            self._stop_one(*self.running.pop())
        for number, handler in zip(numbers, handlers):
            signal.signal(number, handler)

    def tail(self, name):
        """The end of a child's log, and where the rest is."""
        path = self.logs / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines()[-15:]
        return "\n".join(f"  {name} | {line}" for line in lines) + f"\n  (all of it: {path})"

    @staticmethod
    def _stop_one(name, child):
        _signal_group(child, signal.SIGTERM)
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            print(f"{name} did not stop within {GRACE:.0f} s", file=sys.stderr)
        # Whatever is left of the group, such as a function that the emulator ran.
        _signal_group(child, signal.SIGKILL)
        child.wait()

    def _fresh_log(self, name):
        path = self.logs / f"{name}.log"
        if path.exists():
            path.replace(path.with_suffix(".log.old"))
        return path

    def _die_with_parent(self):
        # Works in the child between fork and exec.
        die_with(self.parent)


def die_with(parent):
    """SIGTERM follows when the parent is gone, even by kill -9."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def wait_until(ready, children, what, seconds):
    """Waits until `ready()` is true; stops waiting when a child dies."""
    deadline = time.monotonic() + seconds
    while not ready():
        children.check()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} was not ready after {seconds} s; see {children.logs}")
        time.sleep(0.02)


def _signal_group(child, number):
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        pass  # The whole group has ended already.


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
