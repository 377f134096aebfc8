"""The dashboard on made-up history: an empty database is filled, and gets a round a minute.

    make demo

The database is data/demo.db, made anew each time. API_LISTEN changes the address. Ctrl-C stops everything.
"""

import os
import signal
import subprocess
import sys
import time

import http_client
from children import PROGRAMS, ROOT, Children, Died, refuse_taken, wait_until

DATA = ROOT / "data"
# A slow machine takes some minutes for a debug build's 90 days.
PATIENCE = 600


def main():
    listen = os.environ.get("API_LISTEN") or "127.0.0.1:8000"
    host, _, port = listen.rpartition(":")
    refuse_taken([(host, int(port), "the API", "API_LISTEN")])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    children = Children(DATA / "logs")
    try:
        start(children, listen)
        while True:
            children.check()
            time.sleep(0.2)
    except (Died, TimeoutError) as error:
        sys.exit(f"stopping: {error}")
    except KeyboardInterrupt:
        print("\nstopping")
    finally:
        children.stop()


def start(children, listen):
    """Fills a fresh database, and serves it."""
    for file in DATA.glob("demo.db*"):
        file.unlink()
    environment = {**os.environ, "DATABASE_URL": f"sqlite://{DATA}/demo.db", "API_LISTEN": listen}
    subprocess.run([PROGRAMS / "migration", "up"], env=environment, check=True, stdout=subprocess.DEVNULL)
    print("making up 90 days of ten regions, which takes a minute or two …", flush=True)
    children.start("demo", [PROGRAMS / "migration", "demo"], environment)
    log = DATA / "logs/demo.log"
    wait_until(lambda: "done" in log.read_text(), children, "the history", PATIENCE)
    children.start("api", [PROGRAMS / "api"], environment)
    wait_until(lambda: http_client.answers(f"http://{listen}/livez"), children, "the API", 15)
    print(f"  dashboard    http://{listen}/\nCtrl-C stops everything.", flush=True)


if __name__ == "__main__":
    main()
