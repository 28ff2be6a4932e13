"""The served API keeps docs/openapi.json, whatever is asked of it.

schemathesis makes requests out of the document, good ones and bad ones, and sends them to one machine
(`handover dev`) with the simulator behind it: no answer is a 5xx, and each is as the document says. The seed
is fixed and the requests are counted, so two runs ask the same.

HANDOVER       the command to start the machine with (default target/debug/handover)
AUTHORIZATION  the header of that name, where the API wants one; without it, with a token that the machine gives
EXAMPLES       so many requests for each route in each phase (default 10)
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = pathlib.Path(os.environ.get("HANDOVER", "target/debug/handover")).resolve()
EXAMPLES = os.environ.get("EXAMPLES", "10")
SEED = "20260420"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# What the machine says when it is up: where its routes are.
ROUTES = re.compile(r"(http://127\.0\.0\.1:\d+)\s+the bundle's routes")


def started(folder):
    """The machine, and the address of its routes."""
    printed = folder / "printed"
    with printed.open("w") as output:
        arguments = [COMMAND, "dev", "--fresh", "--port", "0"]
        machine = subprocess.Popen(arguments, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    for _ in range(600):
        text = printed.read_text()
        routes = ROUTES.search(text)
        if routes and "What happens:" in text:
            return machine, routes.group(1)
        if machine.poll() is not None:
            sys.exit(f"the machine did not start:\n{text}")
        time.sleep(0.1)
    machine.kill()
    sys.exit(f"the machine was not up within a minute:\n{printed.read_text()}")


def post(url, body, headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode()


def authorized(url):
    """The header that an operator sends; none where the machine asks for no token and gives none."""
    given = os.environ.get("AUTHORIZATION")
    if given:
        return {"Authorization": given}
    try:
        return {"Authorization": f"Bearer {post(f'{url}/local/token', {}, {}).strip()}"}
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return {}
        raise


def main():
    with tempfile.TemporaryDirectory() as folder:
        machine, url = started(pathlib.Path(folder))
        try:
            headers = authorized(url)
            created = json.loads(post(f"{url}/migrations", {"flow": "partner-switch", "label": "Acme"}, headers))
            command = [sys.executable, "-m", "schemathesis.cli", "run", str(ROOT / "docs/openapi.json"), "--url", url]
            command += ["--checks", ",".join(CHECKS), "--max-examples", EXAMPLES, "--seed", SEED]
            command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--warnings", "off"]
            for name, value in headers.items():
                command += ["--header", f"{name}: {value}"]
            # First about nobody, then about a migration: without it most routes have only one answer.
            ended = []
            for known in ["", f'[parameters]\n"path.id" = "{created["migration"]}"\n']:
                (pathlib.Path(folder) / "schemathesis.toml").write_text(known)
                # In the folder that goes: what it has found before would make two runs differ.
                ended.append(subprocess.run(command, cwd=folder, check=False).returncode)
            return max(ended)
        finally:
            machine.kill()
            machine.wait()


if __name__ == "__main__":
    sys.exit(main())
