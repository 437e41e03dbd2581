"""A webhook receiver for belplan. Try it: python3 receiver.py 9000

SECRET: the webhook's signingSecret; ORIGIN: scheme, host and port as they stand in urlTemplate.
"""

import base64
import hashlib
import hmac
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

NAMES = {"+31612345678": "Jane Doe (ACME)", "+31502100099": "Müller GmbH"}
PINS = {"4711": "215", "0815": "+31502102544"}
SECRET = os.environ.get("SECRET", "")


def decide(values):
    """What to do with the call."""
    if values.get("code"):
        destination = PINS.get(values["code"])
        return {"status": "ACK", "destination": destination} if destination else {"status": "NAK"}
    name = NAMES.get(values.get("callerid", ""))
    return {"status": "ACK", "callername": name} if name else {"status": "NAK"}


def signed(headers, method, url, body):
    """Whether the request is what belplan signed, and not older than five minutes."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(SECRET[6:]) if SECRET.startswith("whsec_") else SECRET.encode()
    content = f"{headers.get('webhook-id', '')}.{timestamp}.{method} {url}\n".encode() + body
    expected = b"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return any(hmac.compare_digest(expected, signature) for signature in given)


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        origin = os.environ.get("ORIGIN", "http://" + self.headers["host"])
        if SECRET and not signed(self.headers, self.command, origin + self.path, body):
            return self.answer(401, {"status": "ERR"})
        # Values of a GET are in the URL, those of a POST in the body.
        query = parse_qsl(urlsplit(self.path).query, keep_blank_values=True)
        form = parse_qsl(body.decode(), keep_blank_values=True)
        self.answer(200, decide(dict(query + form)))

    do_POST = do_GET

    def answer(self, status, values):
        body = urlencode(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
