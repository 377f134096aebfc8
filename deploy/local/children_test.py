"""Child processes never outlive their parent, and say why they ended."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import children

HERE = pathlib.Path(__file__).resolve().parent


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def command_of(pid):
    return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()


def eventually(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class ChildrenTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.logs = pathlib.Path(folder.name)

    def shell(self, parent, script):
        return parent.start("sample", ["sh", "-c", script], dict(os.environ))

    def test_stopping_leaves_nothing_of_a_childs_own_children(self):
        parent = children.Children(self.logs)
        self.shell(parent, "trap 'exit 0' TERM; sleep 1000 & echo $!; wait")
        log = self.logs / "sample.log"
        self.assertTrue(eventually(lambda: log.read_text().endswith("\n")))
        grandchild = int(log.read_text())
        self.assertTrue(is_running(grandchild))
        parent.stop()
        self.assertTrue(eventually(lambda: not is_running(grandchild)))

    def test_a_child_ends_with_a_parent_that_is_killed(self):
        script = (
            "import children, os, sys, time;"
            "child = children.Children(sys.argv[1]).start('sample', ['sleep', '1000'], dict(os.environ));"
            "print(child.pid, flush=True); time.sleep(1000)"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", script, self.logs], cwd=HERE, stdout=subprocess.PIPE, text=True
        )
        child = int(parent.stdout.readline())
        self.assertTrue(is_running(child))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdout.close()
        self.assertTrue(eventually(lambda: not is_running(child)))

    def test_a_child_that_ends_is_reported_with_the_end_of_its_log(self):
        parent = children.Children(self.logs)
        self.shell(parent, "echo no such table; exit 3").wait()
        with self.assertRaisesRegex(children.Died, "sample ended with code 3\n.*no such table"):
            parent.check()
        parent.stop()

    def test_a_program_that_was_never_built_is_named(self):
        parent = children.Children(self.logs)
        with self.assertRaisesRegex(children.Died, "/nowhere/api is not there; has `cargo build` been run"):
            parent.start("api", ["/nowhere/api"], {})

    def test_the_log_of_the_run_before_is_kept(self):
        parent = children.Children(self.logs)
        for word in ("first", "second"):
            self.shell(parent, f"echo {word}").wait()
        parent.stop()
        self.assertEqual((self.logs / "sample.log").read_text(), "second\n")
        self.assertEqual((self.logs / "sample.log.old").read_text(), "first\n")

    def test_a_free_port_is_free_given_once_and_none_that_the_system_gives(self):
        ports = [children.free_port() for _ in range(100)]
        self.assertEqual(len(set(ports)), 100)
        self.assertLess(max(ports), 32_768)
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", ports[0]))

    def test_every_taken_port_is_named_with_the_variable_that_changes_it(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            places = [("127.0.0.1", port, "the API", "API_LISTEN"), ("127.0.0.1", 0, "nobody", "NONE")]
            with self.assertRaises(SystemExit) as refused:
                children.refuse_taken(places)
        self.assertIn(f"127.0.0.1:{port} for the API: address already in use", refused.exception.code)
        self.assertIn("API_LISTEN", refused.exception.code)
        self.assertNotIn("NONE", refused.exception.code)

    def test_as_a_program_it_becomes_one_that_ends_with_whoever_started_it(self):
        script = f"{sys.executable} {children.__file__} $$ /bin/sleep 60 & echo $!; wait"
        parent = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
        self.addCleanup(parent.stdout.close)
        pid = int(parent.stdout.readline())
        self.assertTrue(eventually(lambda: command_of(pid).startswith(b"/bin/sleep")), "never became it")
        parent.kill()
        parent.wait()
        self.assertTrue(eventually(lambda: not is_running(pid)), "outlives its parent")


if __name__ == "__main__":
    unittest.main()
