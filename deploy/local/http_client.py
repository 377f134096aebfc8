"""HTTP to our own programs on loopback, past any proxy."""

import json
import urllib.error
import urllib.request

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def answers(url):
    """Whether a GET is answered by 200."""
    try:
        with _opener.open(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def get(url):
    """The JSON answer to a GET."""
    with _opener.open(url, timeout=10) as answer:
        return json.load(answer)


def post(url, body=None, headers=None, seconds=10):
    """The status and the JSON answer to a POST; a refusal is an answer too."""
    data = b"" if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method="POST")
    try:
        with _opener.open(request, timeout=seconds) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read() or b"null")
