"""The control target of a local monitor: a server that does not depend on the local cloud.

It answers every GET with 204 and the time of day, from a thread of the program that starts it.
"""

import http.server
import threading


class Answer(http.server.BaseHTTPRequestHandler):
    """204, whatever is asked for."""

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass  # A line a minute that says nothing.


def start():
    """Starts the server on a free loopback port, and returns its address. It ends with the program."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"
