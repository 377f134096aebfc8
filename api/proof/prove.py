"""Proves that the API is what its document says, on SQLite and on PostgreSQL.

The document is valid; a fuzzer that knows it finds nothing that contradicts it; and clients that others
generate from it, in two languages, compile and read a server. Runs beside the local cloud, with a PostgreSQL
server whose databases are ours (`TEST_POSTGRES_URL`):

    .venv/bin/python deploy/local/test_cloud.py -- api/proof/.venv/bin/python api/proof/prove.py
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "deploy/local"))

import http_client
import seed
from children import PROGRAMS, Children, free_port, wait_until

DOCUMENT = HERE.parent / "openapi.json"
TYPESCRIPT = HERE / "typescript"
# The fuzzer's cases for each operation; the same ones in every run.
CASES = 100


def main():
    with tempfile.TemporaryDirectory(prefix="cloud-monitor-proof-") as directory:
        directory = pathlib.Path(directory)
        run(program("openapi-spec-validator"), DOCUMENT)
        generate(directory)
        prove("SQLite", f"sqlite://{directory}/proof.db", directory)
        prove("PostgreSQL", fresh_postgresql(), directory)


def generate(directory):
    """Makes and compiles both clients."""
    run("npm", "ci", "--no-audit", "--no-fund", "--silent", cwd=TYPESCRIPT)
    run("npm", "run", "--silent", "generate", cwd=TYPESCRIPT)
    run("npm", "run", "--silent", "build", cwd=TYPESCRIPT)
    run(program("openapi-python-client"), "generate", "--path", DOCUMENT, "--meta", "none", "--fail-on-warning",
        "--config", HERE / "python-client.yaml", "--output-path", directory / "client/cloud_monitor_client")


def prove(name, database_url, directory):
    """Seeds a database, serves it, and lets everyone read."""
    print(f"== the API on {name}", flush=True)
    seed.fill(database_url, directory)
    listen = f"127.0.0.1:{free_port()}"
    base = f"http://{listen}"
    children = Children(directory / "logs")
    environment = {**os.environ, "DATABASE_URL": database_url, "API_LISTEN": listen, "RUST_LOG": "warn"}
    try:
        children.start("api", [PROGRAMS / "api"], environment)
        wait_until(lambda: http_client.answers(f"{base}/readyz"), children, "the API", 15)
        served = http_client.get(f"{base}/openapi.json")
        assert served == json.loads(DOCUMENT.read_text()), "the server's document is not the golden one"
        run("node", TYPESCRIPT / "built/read.js", base)
        run(sys.executable, HERE / "read.py", directory / "client", base)
        run(program("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run", f"{base}/openapi.json",
            "--generation-deterministic", "--max-examples", str(CASES), cwd=directory)
        children.check()
    finally:
        children.stop()


def fresh_postgresql():
    """The URL of an empty database on the tests' server."""
    server = os.environ.get("TEST_POSTGRES_URL") or sys.exit("TEST_POSTGRES_URL is not set")
    for statement in ("DROP DATABASE IF EXISTS api_proof", "CREATE DATABASE api_proof"):
        run("psql", "--quiet", "--no-psqlrc", "--command", statement, server)
    return urllib.parse.urlsplit(server)._replace(path="/api_proof").geturl()


def program(name):
    """A program of our own virtual environment."""
    return pathlib.Path(sys.executable).parent / name


def run(*command, cwd=None):
    """Runs a command to its end; its failure is ours."""
    # Generators look for the formatters beside them.
    path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run([str(part) for part in command], cwd=cwd, env={**os.environ, "PATH": path}, check=False)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(str(part) for part in command)}")


if __name__ == "__main__":
    main()
