"""The local cloud with the sample applications on it, and the variables that a monitor of it needs.

As a program: starts everything on free ports (or the given ones), prints the variables as one JSON
object on one line, and runs until standard input closes or SIGTERM comes:

    .venv/bin/python deploy/local/cloud.py --directory /tmp/somewhere
"""

import argparse
import dataclasses
import json
import os
import pathlib
import secrets
import select
import signal
import sys

import bootstrap
import control
import emulator
import http_client
from children import PROGRAMS, Children, Died, free_port, wait_until

TOPIC = {
    "is_active": True,
    "title": "What is the best drink to watch a dashboard with?",
    "choices": [{"description": name} for name in ("Coffee", "Tea", "Water", "Mate")],
}


@dataclasses.dataclass
class Ports:
    """Where everything listens, all on loopback."""

    cloud: int
    voting: int
    quotes: int

    @classmethod
    def free(cls):
        """Ports that nobody uses right now."""
        return cls(free_port(), free_port(), free_port())


def child_environment():
    """The environment of every child: without the user's own cloud accounts, and without `PORT`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_") and name != "PORT"}
    # What the SDKs need to sign with; the local cloud accepts anything.
    local = {"AWS_REGION": emulator.REGION, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    # Nothing on loopback goes through a proxy.
    return {**kept, **local, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


@dataclasses.dataclass
class Routes:
    """How the voting game reaches the cloud: straight, unless something stands between them."""

    dynamodb: str | None = None
    sqs: str | None = None


def start(children, ports, directory, routes=Routes(), programs=PROGRAMS):
    """Starts cloud and applications, and waits until they work. Returns the variables for a monitor."""
    directory = pathlib.Path(directory).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    environment = child_environment()
    url = emulator.start(children, ports.cloud, directory, environment)
    resources = bootstrap.bootstrap(url, directory, programs)
    voting, quotes = f"http://127.0.0.1:{ports.voting}", f"http://127.0.0.1:{ports.quotes}"
    game = game_variables(resources, ports, kept_secret(directory / "voting-api-key"))
    game["VOTING_DYNAMODB_ENDPOINT_URL"] = routes.dynamodb or url
    game["VOTING_SQS_ENDPOINT_URL"] = routes.sqs or url
    children.start("voting-game-api", [programs / "voting-game-api"], {**environment, **game})
    children.start("voting-game-worker", [programs / "voting-game-worker"], {**environment, **game})
    listen = {"QUOTES_LISTEN": f"127.0.0.1:{ports.quotes}"}
    children.start("quote-generator", [programs / "quote-generator"], {**environment, **listen})
    for name, base in (("voting-game-api", voting), ("quote-generator", quotes)):
        wait_until(lambda: http_client.answers(f"{base}/livez"), children, name, 10)
    ensure_topic(voting, game["VOTING_API_KEY"])
    return {**monitor_variables(url, resources, voting, quotes), **game}


def game_variables(resources, ports, api_key):
    """What the voting game's two programs read, but for their routes."""
    return {
        "VOTING_LISTEN": f"127.0.0.1:{ports.voting}",
        "VOTING_API_KEY": api_key,
        "VOTING_TOPICS_TABLE": resources["TopicsTableName"],
        "VOTING_VOTES_TABLE": resources["VotesTableName"],
        "VOTING_QUEUE_URL": resources["VotesQueueUrl"],
        "VOTING_DEAD_LETTERS_URL": resources["VotesDeadLettersUrl"],
    }


def monitor_variables(url, resources, voting, quotes):
    """What the task runner reads. `*.localhost` does not resolve everywhere, so the gateway is reached by path."""
    endpoints = ("TM_EC2", "TM_DYNAMODB", "TM_LAMBDA", "TM_AWS_SQS", "TM_IAM", "TM_S3")
    return {
        "TM_REGION": emulator.REGION,
        "TM_VOTING_API_URL": voting,
        "TM_SHADES_URL": f"{url}/_aws/execute-api/{resources['ShadesApiId']}/$default/shades",
        "TM_BEZZOS_QUOTES_URL": f"{quotes}/quote",
        "TM_S3_FILE_URL": f"{url}/{resources['BeaconBucketName']}/beacon.png",
        "TM_S3_FILE_SHA256": resources["BeaconSha256"],
        "TM_VOTING_EC2_INSTANCE_ID": resources["InstanceId"],
        "TM_AWS_ACCESS_KEY_ID": resources["AccessKeyId"],
        "TM_AWS_SECRET_ACCESS_KEY": resources["SecretAccessKey"],
        "TM_LAMBDA_FUNCTION": resources["ShadesFunctionName"],
        "TM_SQS_QUEUE": resources["MonitorQueueName"],
        "TM_DYNAMODB_TABLE": resources["MonitorTableName"],
        "TM_S3_BUCKET": resources["MonitorBucketName"],
        "TM_CONTROL_URLS": control.start(),
        **{f"{name}_ENDPOINT_URL": url for name in endpoints},
    }


def ensure_topic(voting, api_key):
    """Makes a topic to vote on, unless there is an active one."""
    if any(topic["is_active"] for topic in http_client.get(f"{voting}/topics")):
        return
    status, answer = http_client.post(f"{voting}/topics", {"api_key": api_key, **TOPIC})
    if status != 201:
        raise bootstrap.Failed(f"the voting game made no topic: {answer}")


def kept_secret(path):
    """A random secret that stays the same from run to run."""
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text()


def main():
    arguments = argparse.ArgumentParser(description="The local cloud with the sample applications on it.")
    arguments.add_argument("--directory", required=True, help="where state and logs go")
    for name in ("cloud", "voting", "quotes"):
        arguments.add_argument(f"--{name}-port", type=int, help="a free port by default")
    for name in ("dynamodb", "sqs"):
        arguments.add_argument(f"--game-{name}-url", help="what the voting game calls instead of the cloud")
    arguments.add_argument("--programs", type=pathlib.Path, default=PROGRAMS, help="where the applications' programs are")
    chosen = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ports = Ports(chosen.cloud_port or free_port(), chosen.voting_port or free_port(), chosen.quotes_port or free_port())
    routes = Routes(chosen.game_dynamodb_url, chosen.game_sqs_url)
    children = Children(pathlib.Path(chosen.directory) / "logs")
    try:
        print(json.dumps(start(children, ports, chosen.directory, routes, chosen.programs)), flush=True)
        while not select.select([sys.stdin], [], [], 0.2)[0] or sys.stdin.readline():
            children.check()
    except (Died, TimeoutError, bootstrap.Failed) as error:
        sys.exit(f"the local cloud ended: {error}")
    except KeyboardInterrupt:
        pass
    finally:
        children.stop()


if __name__ == "__main__":
    main()
