"""Fills a database the way it is filled in life: the task runner judges the local cloud, round by round.

Two regions, so that something is wrong in one of them: `eu-west-1` has a DynamoDB that refuses connections.
"""

import datetime
import os
import subprocess

import http_client
from children import PROGRAMS, Children, free_port, wait_until

REGIONS = {
    "us-east-1": {},
    "eu-west-1": {"TM_DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:1"},
}
# Slots this many minutes ago: the newest are fresh, the oldest belong to an hour that is over.
AGES = (125, 62, 2, 1, 0)


def fill(database_url, directory):
    """Migrates the database and records a round for each region and slot."""
    environment = {**os.environ, "DATABASE_URL": database_url, "TM_JOURNAL_DIR": str(directory / "journal")}
    subprocess.run([PROGRAMS / "migration", "up"], env=environment, check=True, stdout=subprocess.DEVNULL)
    children = Children(directory / "logs")
    try:
        for region, faults in REGIONS.items():
            listen = f"127.0.0.1:{free_port()}"
            variables = {**environment, **faults, "TM_REGION": region, "RUNNER_LISTEN": listen}
            children.start(f"task-runner-{region}", [PROGRAMS / "task-runner"], variables)
            wait_until(lambda: http_client.answers(f"http://{listen}/readyz"), children, "the task runner", 15)
            for age in AGES:
                run(f"http://{listen}/tasks", age)
    finally:
        children.stop()


def run(tasks, age):
    """One round, for the slot of `age` minutes ago."""
    slot = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=age)
    headers = {"X-CloudScheduler-ScheduleTime": slot.isoformat()}
    status, answer = http_client.post(tasks, headers=headers, seconds=60)
    if status != 200 or answer["duplicate"]:
        raise SystemExit(f"no round was recorded: {status} {answer}")
