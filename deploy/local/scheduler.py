"""Triggers the task runner as Cloud Scheduler would: at once, then every minute on the minute."""

import collections
import datetime
import threading
import time

import http_client

# A round ends after 30 s; an answer that takes twice as long is not coming.
PATIENCE = 60


class Scheduler(threading.Thread):
    """Posts triggers until the program ends, and says what came of each."""

    def __init__(self, url, token=None):
        super().__init__(daemon=True)
        self.url = url
        self.token = token

    def run(self):
        while True:
            self.trigger()
            time.sleep(60 - time.time() % 60)

    def trigger(self):
        """Posts one trigger for the present minute. Returns whether it was answered by 200."""
        minute = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
        headers = {
            "X-CloudScheduler-JobName": "local-every-minute",
            "X-CloudScheduler-ScheduleTime": minute.isoformat().replace("+00:00", "Z"),
        }
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        started = time.monotonic()
        try:
            status, answer = http_client.post(f"{self.url}/tasks", headers=headers, seconds=PATIENCE)
        except OSError as error:
            status, answer = None, str(error)
        seconds = time.monotonic() - started
        print(f"{minute:%H:%M} UTC  {summary(status, answer)}  ({seconds:.1f} s)", flush=True)
        return status == 200


def summary(status, answer):
    """One line on what a trigger's answer says."""
    if status != 200:
        detail = answer.get("detail", answer) if isinstance(answer, dict) else answer
        return f"the task runner answered {status}: {detail}"
    if answer.get("duplicate"):
        return "this minute has been judged already"
    counts = collections.Counter(row["status"] for row in answer["measurements"])
    bad = [f"{row['service']} {row['status']}" for row in answer["measurements"] if row["status"] != "up"]
    return f"{counts['up']} of {sum(counts.values())} up" + (": " + ", ".join(sorted(bad)) if bad else "")
