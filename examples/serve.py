"""A server that scores uploaded images, of the standard library alone.

    python examples/serve.py quality.model --port 8000 --workers 2
    curl --data-binary @photo.jpg http://127.0.0.1:8000/score

Every worker is a process of its own that loads the model once. `ScoreApp` is a WSGI application,
so that gunicorn or any other server of that kind can take the place of this small one. It speaks
to the loopback only; put a web server before it that does encryption and authentication.
"""

import argparse
import io
import json
import multiprocessing
import signal
import socket
import sys
import warnings
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")  # every decoder is a risk; offer those that are needed
MAX_BYTES = 20_000_000
MAX_PIXELS = 25_000_000


class Refused(Exception):
    """A request that gets no score, with the status that says why."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class ScoreApp:
    """POST an image to /score, and its score comes back: ``{"score": 41.7}``."""

    def __init__(self, model):
        self.model = model

    def __call__(self, environ, start_response):
        try:
            status, answer = "200 OK", {"score": self.score(environ)}
        except Refused as refusal:
            status, answer = refusal.status, {"error": str(refusal)}
        body = json.dumps(answer).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]

    def score(self, environ):
        if environ["PATH_INFO"] != "/score":
            raise Refused("404 Not Found", "images are sent to /score")
        if environ["REQUEST_METHOD"] != "POST":
            raise Refused("405 Method Not Allowed", "images are sent by POST")
        with decoded(body_of(environ)) as image:
            try:
                return float(self.model.predict([image])[0])
            except ValueError as error:  # too small for a patch, gray where color is expected, ...
                raise Refused("422 Unprocessable Content", str(error)) from error


def body_of(environ):
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Refused("411 Length Required", "the length of the image must be said")
    if int(length) > MAX_BYTES:
        raise Refused("413 Content Too Large", f"more than {MAX_BYTES} bytes")
    return environ["wsgi.input"].read(int(length))


def decoded(data):
    """An image, its pixels counted before any of them is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise Refused("413 Content Too Large", f"more than {MAX_PIXELS} pixels")
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("413 Content Too Large", f"more than {MAX_PIXELS} pixels") from error
    except UnidentifiedImageError as error:
        message = f"no image of the formats {', '.join(FORMATS)}"
        raise Refused("415 Unsupported Media Type", message) from error
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow says of damaged files
        raise Refused("415 Unsupported Media Type", f"a damaged image: {error}") from error
    return image


class Handler(WSGIRequestHandler):
    """Gives up on a client that says nothing for half a minute."""

    timeout = 30

    def log_message(self, *arguments):
        pass


def work(path, listening):
    """Load the model, in this process, and answer requests."""
    from sk_hyperimage.persistence import load_model

    server = WSGIServer(listening.getsockname(), Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(ScoreApp(load_model(path)))
    server.serve_forever()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="file written by save_model")
    parser.add_argument("--port", type=int, default=8000, help="0 for any that is free")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    listening = socket.create_server(("127.0.0.1", options.port), backlog=128)
    spawned = multiprocessing.get_context("spawn")  # which PyTorch supports, unlike "fork"
    workers = [
        spawned.Process(target=work, args=(options.model, listening), daemon=True)
        for _ in range(options.workers)
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # which ends the workers, too
    for worker in workers:
        worker.start()
    pids = [worker.pid for worker in workers]
    print(json.dumps({"port": listening.getsockname()[1], "workers": pids}), flush=True)
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
