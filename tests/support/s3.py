"""A server that speaks S3, on loopback: moto's, which is not ours and parses what real clients send."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from .installing import python_with
from .programs import run, usual_python
from .serving import free_port

PATIENCE = 60.0  # seconds until it answers


# For who sees what: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
_BUCKET = """
import boto3, json, sys
address, name, folder = sys.argv[1:]
client = boto3.client("s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
client.create_bucket(Bucket=name)
allowed = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/{folder}/*"}
client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
"""


def prepared() -> Path:
    """The Python that runs it; installed on first need, which takes a package index."""
    return python_with(usual_python(), "moto[server]>=5")


@contextlib.contextmanager
def s3(log: Path, *buckets: str, public: str = "public", host: str = "127.0.0.1") -> Iterator[str]:
    """The address of a server with these buckets while the block runs.

    Without a signature everybody reads what is below the folder `public` and nothing else; any key signs. `host` is where
    it listens.
    https://docs.getmoto.org/en/latest/docs/server_mode.html
    """
    python = prepared()
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(python), "-m", "moto.server", "-H", host, "-p", str(port)], stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait(address, server, log)
            for name in buckets:
                run([python, "-c", _BUCKET, address, name, public], log.parent)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server of S3 did not answer\n{log.read_text(encoding='utf-8', errors='replace')}")
