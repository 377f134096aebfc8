"""The local cloud: MiniStack on one loopback port, its state in one folder."""

import os
import pathlib
import shutil
import sys

import botocore.config
import botocore.session

import http_client
from children import wait_until

REGION = "us-east-1"


def start(children, port, directory, environment):
    """Starts MiniStack and waits until it answers.

    It writes its state when it is stopped, not while it runs: after a `kill -9` the state is that of
    the last proper stop, and the bootstrap brings it up to date.
    """
    directory = pathlib.Path(directory).resolve()
    temporary = directory / "tmp"
    # Unpacked functions of the last run; MiniStack leaves them behind.
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(directory / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(directory / "s3"),
        "TMPDIR": str(temporary),
        # Listeners on fixed ports that nothing here uses; two clouds side by side would collide.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }
    # Containers are not used, so a Docker daemon that happens to run here is left alone.
    settings["DOCKER_HOST"] = f"unix://{temporary}/no-docker.sock"
    children.start("cloud", [sys.executable, "-m", "ministack"], {**environment, **settings})
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: http_client.answers(f"{url}/_ministack/health"), children, "the local cloud", 30)
    return url


def client(service, url, key="local", secret="local"):
    """A client of one service of the local cloud, whatever the user's own settings are."""
    session = botocore.session.Session(session_vars={"config_file": (None, None, os.devnull, None), "profile": (None, None, None, None)})
    return session.create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=botocore.config.Config(
            proxies={}, connect_timeout=2, read_timeout=30, retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
        ),
    )
