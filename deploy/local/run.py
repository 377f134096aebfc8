"""Everything on one machine: the local cloud, the sample applications, migration, task runner, API, scheduler.

    make run                                       # SQLite in data/
    make run DATABASE_URL=postgresql://…           # PostgreSQL

Addresses are changed by the variables that the programs themselves read: API_LISTEN, RUNNER_LISTEN,
VOTING_LISTEN, QUOTES_LISTEN; the cloud's by CLOUD_PORT. Cloud and sample applications stay on loopback: of
theirs only the port counts. Ctrl-C stops everything.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import bootstrap
import cloud
import http_client
from children import PROGRAMS, ROOT, Children, Died, refuse_taken, wait_until
from scheduler import Scheduler

DATA = ROOT / "data"


def main():
    arguments = argparse.ArgumentParser(description="Everything on one machine.")
    arguments.add_argument("--once", action="store_true", help="stop after the first round")
    once = arguments.parse_args().once
    places = addresses()
    refuse_taken([(*place, who, variable) for variable, (who, place) in places.items()])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(0))
    children = Children(DATA / "logs")
    try:
        scheduler = start(children, places)
        if once:
            sys.exit(0 if scheduler.trigger() else 1)
        scheduler.start()
        while True:
            children.check()
            time.sleep(0.2)
    except (Died, TimeoutError, bootstrap.Failed) as error:
        sys.exit(f"stopping: {error}")
    except KeyboardInterrupt:
        print("\nstopping")
    finally:
        children.stop()


def addresses():
    """Who listens where: {variable: (who, (host, port))}."""
    defaults = {
        "CLOUD_PORT": ("the local cloud", "4566"),
        "VOTING_LISTEN": ("the voting game", "127.0.0.1:8010"),
        "QUOTES_LISTEN": ("the quote generator", "127.0.0.1:8011"),
        "RUNNER_LISTEN": ("the task runner", "127.0.0.1:8001"),
        "API_LISTEN": ("the API", "127.0.0.1:8000"),
    }
    places = {}
    for variable, (who, default) in defaults.items():
        host, _, port = (os.environ.get(variable) or default).rpartition(":")
        try:
            places[variable] = (who, (host or "127.0.0.1", int(port)))
        except ValueError:
            sys.exit(f"{variable}: {os.environ[variable]!r} is not an address such as 127.0.0.1:8000")
    return places


def start(children, places):
    """Starts everything in order, and prints where it is."""
    port = {variable: place[1] for variable, (_, place) in places.items()}
    print("starting the local cloud and the sample applications …", flush=True)
    ports = cloud.Ports(port["CLOUD_PORT"], port["VOTING_LISTEN"], port["QUOTES_LISTEN"])
    variables = cloud.start(children, ports, DATA / "cloud")
    environment = {**cloud.child_environment(), **variables, "AWS_EC2_METADATA_DISABLED": "true"}
    # The monitor must work with its own key, not with what the applications sign with.
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.pop(name)
    for variable in ("RUNNER_LISTEN", "API_LISTEN"):
        environment[variable] = f"{places[variable][1][0]}:{port[variable]}"
    environment.setdefault("API_APPLICATIONS", json.dumps(applications(variables)))
    migrate(environment)
    bases = {}
    for name, variable in (("task-runner", "RUNNER_LISTEN"), ("api", "API_LISTEN")):
        children.start(name, [PROGRAMS / name], environment)
        host = places[variable][1][0]
        bases[name] = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port[variable]}"
    for name, base in bases.items():
        wait_until(lambda: http_client.answers(f"{base}/livez"), children, name, 15)
    announce(bases, variables)
    return Scheduler(bases["task-runner"], os.environ.get("TM_TRIGGER_TOKEN"))


def applications(variables):
    """Where readers of the dashboard can try the sample applications."""
    return {
        variables["TM_REGION"]: {
            "voting_game": variables["TM_VOTING_API_URL"],
            "quote_generator": variables["TM_BEZZOS_QUOTES_URL"],
            "shade_generator": variables["TM_SHADES_URL"],
            "beacon": variables["TM_S3_FILE_URL"],
        }
    }


def migrate(environment):
    """Brings the database's schema up to date."""
    try:
        done = subprocess.run(
            [PROGRAMS / "migration", "up"], env=environment, cwd=ROOT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
    except OSError as error:
        raise Died(f"the migration could not be started: {error}") from error
    (DATA / "logs/migration.log").write_text(done.stdout)
    if done.returncode != 0:
        raise Died(f"the migration ended with code {done.returncode}\n{done.stdout}")


def announce(bases, variables):
    """Says where everything is."""
    shown = [
        ("dashboard", f"{bases['api']}/"),
        ("API", f"{bases['api']}/docs"),
        ("task runner", bases["task-runner"]),
        ("voting game", f"{variables['TM_VOTING_API_URL']}/topics?include_votes=true"),
        ("quotes", variables["TM_BEZZOS_QUOTES_URL"]),
        ("shades", variables["TM_SHADES_URL"]),
        ("beacon", variables["TM_S3_FILE_URL"]),
        ("local cloud", variables["TM_IAM_ENDPOINT_URL"]),
        ("logs", str(pathlib.Path(os.path.relpath(DATA / "logs")))),
    ]
    for name, value in shown:
        print(f"  {name:<12} {value}")
    print("Ctrl-C stops everything.", flush=True)


if __name__ == "__main__":
    main()
