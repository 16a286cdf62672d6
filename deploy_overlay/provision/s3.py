"""Reads a bucket of any service that speaks S3: lists its objects and gets them.

Requests are signed as https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html says.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

from ..base.message import Failure
from ..base.scrub import hide

PATIENCE = 120.0  # seconds
EMPTY = hashlib.sha256(b"").hexdigest()
CHUNK = 1 << 20
# Names of variables, those of django-storages before those of boto3.
REGION = ("AWS_S3_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION")
ENDPOINT = ("AWS_S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Bucket:
    """`endpoint` is empty for Amazon's own."""

    name: str
    key: str
    secret: str
    region: str = "us-east-1"
    endpoint: str = ""

    def objects(self) -> Iterator[tuple[str, int]]:
        """Key and size of each object, folders left out. Raises Failure."""
        token = ""
        while True:
            query = {"list-type": "2"} | ({"continuation-token": token} if token else {})
            with self._asked("", query) as answer:
                page = ElementTree.fromstring(answer.read())
            space = page.tag.partition("}")[0] + "}" if page.tag.startswith("{") else ""
            for one in page.iter(f"{space}Contents"):
                key = one.findtext(f"{space}Key") or ""
                if not key.endswith("/"):
                    yield key, int(one.findtext(f"{space}Size") or 0)
            token = page.findtext(f"{space}NextContinuationToken") or ""
            if not token:
                return

    def check(self) -> None:
        """Raises Failure unless it can be listed."""
        next(self.objects(), None)

    def read(self, key: str) -> Iterator[bytes]:
        """The content of an object. Raises Failure."""
        with self._asked(key, {}) as answer:
            yield from iter(lambda: answer.read(CHUNK), b"")

    def _asked(self, key: str, query: Mapping[str, str]) -> http.client.HTTPResponse:
        url, headers = self.signed(key, query, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
        try:
            found: http.client.HTTPResponse = urllib.request.urlopen(
                urllib.request.Request(url, headers=headers), timeout=PATIENCE
            )
            return found
        except urllib.error.HTTPError as error:
            told = error.read(2000).decode("utf-8", "replace")
            code = told.partition("<Code>")[2].partition("</Code>")[0]
            raise self._failure(f"{error.code} {code or error.reason}") from None
        except (OSError, http.client.HTTPException) as error:
            raise self._failure(str(getattr(error, "reason", "") or error)) from None

    def _failure(self, reason: str) -> Failure:
        return Failure(
            f"The bucket {self.name} cannot be read: {reason}. Check its name, key and region, then run this again.",
            anchor="bucket-not-readable",
        )

    def signed(
        self, key: str, query: Mapping[str, str], at: str, more: Mapping[str, str] | None = None
    ) -> tuple[str, dict[str, str]]:
        """Address and headers of a GET request; `at` is the time, YYYYMMDDTHHMMSSZ, `more` are further headers."""
        base = urlsplit(self.endpoint or f"https://{self.name}.s3.{self.region}.amazonaws.com")
        named = not self.endpoint or base.netloc.startswith(f"{self.name}.")  # by its host
        path = f"{base.path.rstrip('/')}/{'' if named else f'{self.name}/'}{quote(key)}"
        listed = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))
        headers = {"host": base.netloc, "x-amz-content-sha256": EMPTY, "x-amz-date": at, **(more or {})}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        request = "\n".join(("GET", path, listed, lines, names, EMPTY))
        scope = f"{at[:8]}/{self.region}/s3/aws4_request"
        text = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()))
        signing = f"AWS4{self.secret}".encode()
        for part in scope.split("/"):
            signing = hmac.digest(signing, part.encode(), "sha256")
        signature = hmac.digest(signing, text.encode(), "sha256").hex()
        parts = {"Credential": f"{self.key}/{scope}", "SignedHeaders": names, "Signature": signature}
        headers["authorization"] = "AWS4-HMAC-SHA256 " + ",".join(f"{name}={value}" for name, value in parts.items())
        address = f"{base.scheme}://{base.netloc}{path}{'?' if listed else ''}{listed}"
        return address, {name: value for name, value in headers.items() if name != "host"}


def bucket_of(variables: Mapping[str, str]) -> Bucket | None:
    """The bucket that a site's variables lead to, by the names that django-storages and boto3 read; None for none."""
    name, key, secret = (
        variables.get(one, "") for one in ("AWS_STORAGE_BUCKET_NAME", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    )
    if not (name and key and secret):
        return None
    hide(secret)
    region = next((variables[one] for one in REGION if variables.get(one)), "us-east-1")
    endpoint = next((variables[one] for one in ENDPOINT if variables.get(one)), "")
    return Bucket(name, key, secret, region, endpoint)
