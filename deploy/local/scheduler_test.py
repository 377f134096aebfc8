"""What the scheduler sends, and says of the answers."""

import contextlib
import datetime
import http.server
import io
import json
import threading
import unittest

import scheduler


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers every POST alike and keeps its headers."""

    def do_POST(self):
        self.server.received = (self.path, self.headers)
        body = json.dumps({"duplicate": True}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class SchedulerTest(unittest.TestCase):
    def setUp(self):
        quiet = contextlib.redirect_stdout(io.StringIO())
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)

    def test_a_trigger_names_its_job_and_the_minute_it_is_for(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
            threading.Thread(target=server.handle_request).start()
            sent = scheduler.Scheduler(f"http://127.0.0.1:{server.server_port}", "open sesame").trigger()
            path, headers = server.received
        self.assertTrue(sent)
        self.assertEqual(path, "/tasks")
        self.assertEqual(headers["Authorization"], "Bearer open sesame")
        self.assertTrue(headers["X-CloudScheduler-JobName"])
        slot = datetime.datetime.fromisoformat(headers["X-CloudScheduler-ScheduleTime"].replace("Z", "+00:00"))
        self.assertEqual((slot.second, slot.microsecond, slot.utcoffset()), (0, 0, datetime.timedelta(0)))
        self.assertLess(datetime.datetime.now(datetime.timezone.utc) - slot, datetime.timedelta(seconds=90))

    def test_a_task_runner_that_is_away_is_no_success(self):
        # Port 9 is for discarding, and nobody does that any more.
        self.assertFalse(scheduler.Scheduler("http://127.0.0.1:9").trigger())

    def test_what_is_not_up_is_named(self):
        rows = [{"service": "SQS", "status": "down"}, {"service": "EC2", "status": "up"}]
        self.assertEqual(scheduler.summary(200, {"measurements": rows}), "1 of 2 up: SQS down")

    def test_a_refusal_is_told_in_its_own_words(self):
        told = scheduler.summary(401, {"detail": "a bearer token is needed"})
        self.assertEqual(told, "the task runner answered 401: a bearer token is needed")


if __name__ == "__main__":
    unittest.main()
