"""The server of the examples: what it refuses, and a real client's requests."""

import http.client
import io
import json
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from wsgiref.util import setup_testing_defaults

import numpy as np
import pytest
from PIL import Image

from sk_hyperimage.neural_network import CNNRegressor
from sk_hyperimage.persistence import save_model

SCRIPT = Path(__file__).parents[1] / "examples" / "serve.py"


@pytest.fixture(scope="module")
def model():
    images = np.random.default_rng(0).random((20, 8, 8, 3), dtype=np.float32)
    network = CNNRegressor("C(4) MP(8) FC(4) FC(1,linear)", max_epochs=1, random_state=0)
    return network.fit(images, images.mean(axis=(1, 2, 3)))


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def bomb(side):
    """A PNG of a few bytes that says that it is enormous."""

    def chunk(kind, content):
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.fixture(scope="module")
def photos():
    rng = np.random.default_rng(1)
    return [rng.integers(0, 256, size=(8, 8, 3), dtype=np.uint8) for _ in range(10)]


@pytest.fixture(scope="module")
def bad_uploads(photos):
    """What is no image that the model takes, and the status that says so."""
    noise = png(np.random.default_rng(0).integers(0, 256, size=(1000, 1000, 3), dtype=np.uint8))
    tiff = io.BytesIO()
    Image.fromarray(photos[0]).save(tiff, "TIFF")
    return [
        (b"", 415),
        (b"text, and no image", 415),
        (noise[: len(noise) // 2], 415),
        (tiff.getvalue(), 415),
        (bomb(6_000), 413),
        (bomb(60_000), 413),
        (png(photos[0][..., 0]), 422),
        (noise, 422),
    ]


def answer(app, body=b"", path="/score", method="POST", **more):
    environ = {
        "PATH_INFO": path, "REQUEST_METHOD": method, "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)), **more,
    }  # fmt: skip
    setup_testing_defaults(environ)
    said = []
    (body,) = app(environ, lambda status, headers: said.append(status))
    return int(said[0].split()[0]), json.loads(body)


def test_the_application_scores_images_and_refuses_everything_else(
    model, photos, bad_uploads, monkeypatch
):
    monkeypatch.syspath_prepend(SCRIPT.parent)
    import serve

    app = serve.ScoreApp(model)
    status, said = answer(app, png(photos[0]))
    assert (status, said["score"]) == (200, pytest.approx(float(model.predict([photos[0]])[0])))
    for body, expected in bad_uploads:
        status, said = answer(app, body)
        assert status == expected and said["error"]
    assert answer(app, path="/")[0] == 404
    assert answer(app, method="GET")[0] == 405
    assert answer(app, CONTENT_LENGTH="")[0] == 411
    assert answer(app, CONTENT_LENGTH=str(10**9))[0] == 413


def resident(pid):
    """MB of memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_two_workers_answer_two_hundred_requests_in_the_same_memory(
    model, photos, bad_uploads, tmp_path
):
    save_model(model, tmp_path / "model")
    command = [sys.executable, SCRIPT, tmp_path / "model", "--port", "0", "--workers", "2"]
    uploads = [(png(photo), 200) for photo in photos] + bad_uploads
    expected = model.predict(photos)

    def send(number):
        body, _ = uploads[number % len(uploads)]
        for _ in range(120):  # until the workers have loaded the model
            client = http.client.HTTPConnection("127.0.0.1", started["port"], timeout=120)
            try:
                client.request("POST", "/score", body)
                response = client.getresponse()
                return number, response.status, json.loads(response.read())
            except ConnectionError:
                time.sleep(1)
            finally:
                client.close()

    def check(numbers):
        with ThreadPoolExecutor(4) as threads:
            for number, status, said in threads.map(send, numbers):
                number %= len(uploads)
                assert status == uploads[number][1]
                if status == 200:
                    assert said["score"] == pytest.approx(float(expected[number]), rel=1e-6)

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            started = json.loads(server.stdout.readline())
            check(range(120))
            before = [resident(pid) for pid in started["workers"]]
            check(range(120, 320))
            after = [resident(pid) for pid in started["workers"]]
        finally:
            server.terminate()
    # Of the larger one, since the other may have been loading the model at first. The images of
    # a megapixel among 200 uploads, if they were kept, would be 33 MB of the two.
    assert max(after) - max(before) < 8
    assert not any(Path(f"/proc/{pid}").exists() for pid in started["workers"])
