"""The served API keeps docs/openapi.json, whatever is asked of it.

schemathesis makes requests out of the document, good ones and bad ones, and sends them to one machine
(`handover dev`) with the simulator behind it: no answer is a 5xx, and each is as the document says. The seed
is fixed and the requests are counted, so two runs ask the same.

HANDOVER       the command to start the machine with (default target/debug/handover)
AUTHORIZATION  the header of that name, where the API wants one; without it, the one that the machine prints
EXAMPLES       so many requests for each route in each phase (default 25)
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMMAND = pathlib.Path(os.environ.get("HANDOVER", "target/debug/handover")).resolve()
EXAMPLES = os.environ.get("EXAMPLES", "25")
SEED = "20260420"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# What the machine says when it is up: where its routes are, and, if it asks for one, a header to send.
ROUTES = re.compile(r"(http://127\.0\.0\.1:\d+)\s+the bundle's routes")
HEADER = re.compile(r"Authorization: (Bearer [A-Za-z0-9._~+/=-]+)")


def started(folder):
    """The machine, what it has printed, and the address of its routes."""
    printed = folder / "printed"
    with printed.open("w") as output:
        arguments = [COMMAND, "dev", "--fresh", "--port", "0"]
        machine = subprocess.Popen(arguments, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
    for _ in range(600):
        text = printed.read_text()
        routes = ROUTES.search(text)
        if routes and "What happens:" in text:
            return machine, text, routes.group(1)
        if machine.poll() is not None:
            sys.exit(f"the machine did not start:\n{text}")
        time.sleep(0.1)
    machine.kill()
    sys.exit(f"the machine was not up within a minute:\n{printed.read_text()}")


def create(url, authorization):
    """Something to be found: without a migration most routes have only one answer."""
    headers = {"Content-Type": "application/json"}
    if authorization:
        headers["Authorization"] = authorization
    body = json.dumps({"flow": "partner-switch", "label": "Acme"}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url}/migrations", data=body, headers=headers)) as answer:
        assert answer.status == 201, answer.status


def main():
    with tempfile.TemporaryDirectory() as folder:
        machine, text, url = started(pathlib.Path(folder))
        try:
            printed = HEADER.search(text)
            authorization = os.environ.get("AUTHORIZATION") or (printed and printed.group(1))
            create(url, authorization)
            command = [sys.executable, "-m", "schemathesis", "run", str(ROOT / "docs/openapi.json"), "--url", url]
            command += ["--checks", ",".join(CHECKS), "--max-examples", EXAMPLES, "--seed", SEED]
            command += ["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--warnings", "off"]
            command += ["--header", f"Authorization: {authorization}"] if authorization else []
            # It keeps what it has found before beside itself, which would make two runs differ.
            return subprocess.run(command, cwd=folder, check=False).returncode
        finally:
            machine.kill()
            machine.wait()


if __name__ == "__main__":
    sys.exit(main())
