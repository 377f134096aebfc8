"""Runs a command beside a fresh local cloud with the sample applications, all on free ports:

    .venv/bin/python deploy/local/test_cloud.py -- cargo test --workspace

The command finds the variables in its environment, and in the JSON file that `CLOUD_ENV` names. Its
exit code is ours. The logs are kept when it fails.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import bootstrap
import cloud
from children import Children, Died


def main():
    command = sys.argv[2:] if sys.argv[1:2] == ["--"] else sys.argv[1:]
    if not command:
        sys.exit("usage: test_cloud.py -- COMMAND [ARGUMENT...]")
    # The emulator writes its last state while it stops, hence the wait in `stop` before the removal.
    directory = pathlib.Path(tempfile.mkdtemp(prefix="cloud-monitor-test-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    children = Children(directory / "logs")
    code = 1
    try:
        code = run(command, children, directory)
    except (Died, TimeoutError, bootstrap.Failed) as error:
        print(f"the local cloud ended: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        code = 130
    finally:
        children.stop()
        if code == 0:
            shutil.rmtree(directory, ignore_errors=True)
        else:
            print(f"logs of the local cloud: {directory}/logs", file=sys.stderr)
    sys.exit(code)


def run(command, children, directory):
    variables = cloud.start(children, cloud.Ports.free(), directory)
    file = directory / "environment.json"
    file.write_text(json.dumps(variables, indent=1))
    # The applications' own listen addresses would make programs under test collide with them.
    exported = {name: value for name, value in variables.items() if not name.endswith("_LISTEN")}
    with subprocess.Popen(command, env={**os.environ, **exported, "CLOUD_ENV": str(file)}) as test:
        try:
            return test.wait()
        except BaseException:
            test.terminate()
            raise


if __name__ == "__main__":
    main()
