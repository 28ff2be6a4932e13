"""Forwards Meta's webhooks to Handover, from the receiver that you already run.

Call `forward` with the body exactly as it came, byte for byte, and with Meta's own signature: Handover checks it again.
The role of the receiver needs the policy that the stack names in its output `ForwardsWebhooks`, and nothing else. What is
too large for the bus (256 KB with its envelope) goes over HTTP instead: POST it to /webhook with the same header.
"""

import json

BUS = "handover"
LARGEST_ENTRY = 256 * 1024


def entry(body: bytes, signature: str, bus: str = BUS) -> dict:
    """The entry of PutEvents; a ValueError if it is too large for the bus."""
    detail = json.dumps({"body": body.decode("utf-8"), "signature": signature})
    if len(detail.encode()) + 256 > LARGEST_ENTRY:
        raise ValueError("too large for the bus; POST it to /webhook instead")
    return {"EventBusName": bus, "Source": "partner.receiver", "DetailType": "WebhookForwarded", "Detail": detail}


def forward(events, body: bytes, signature: str) -> None:
    """Puts one webhook on the bus; `events` is `boto3.client("events")`. Answer Meta with 200 only if this returns."""
    answer = events.put_events(Entries=[entry(body, signature)])
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["Entries"][0].get("ErrorMessage", "the bus did not take it"))


def handler(event, _context):
    """The same as a Lambda function behind an HTTP API; Meta's verification (GET) stays with your receiver."""
    import base64

    import boto3

    body = event["body"].encode()
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    forward(boto3.client("events"), body, event["headers"]["x-hub-signature-256"])
    return {"statusCode": 200}
