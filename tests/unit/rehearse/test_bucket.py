"""What stands in for a bucket keeps what is written to it, and shows it as S3 would."""

import http.client
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest

from deploy_overlay.rehearse.bucket import Bucket, running_bucket

# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
FRAMED = (
    b"5;chunk-signature=ab\r\nhello\r\n6;chunk-signature=cd\r\n world\r\n"
    b"0;chunk-signature=ef\r\nx-amz-checksum-crc32:aa==\r\n\r\n"
)


def ask(
    bucket: Bucket, method: str, path: str, body: bytes = b"", **headers: str
) -> tuple[int, bytes, Mapping[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(bucket.endpoint).port or 0, timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, named)
    answer = connection.getresponse()
    found = answer.status, answer.read(), dict(answer.getheaders())
    connection.close()
    return found


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_bucket(public=False) as running:
        yield running


def signed(bucket: Bucket) -> str:
    return f"AWS4-HMAC-SHA256 Credential={bucket.key}/20260101/us-east-1/s3/aws4_request, Signature=0"


def test_what_is_written_is_read_by_those_who_sign(bucket: Bucket) -> None:
    assert ask(bucket, "PUT", "/rehearsal/a%20b.txt", b"hello", Authorization=signed(bucket))[0] == 200
    assert ask(bucket, "GET", "/rehearsal/a%20b.txt", Authorization=signed(bucket))[:2] == (200, b"hello")
    query = f"?X-Amz-Credential={bucket.key}%2F20260101&X-Amz-Signature=0"
    assert ask(bucket, "GET", f"/rehearsal/a%20b.txt{query}")[:2] == (200, b"hello")
    assert ask(bucket, "GET", "/rehearsal/a%20b.txt")[0] == 403
    assert ask(bucket, "PUT", "/rehearsal/other.txt", b"hello")[0] == 403
    assert list(bucket.objects) == ["a b.txt"]


def test_everybody_reads_a_public_bucket_and_public_objects(bucket: Bucket) -> None:
    ask(bucket, "PUT", "/rehearsal/shown", b"hello", Authorization=signed(bucket), x_amz_acl="public-read")
    assert ask(bucket, "GET", "/rehearsal/shown")[0] == 200
    with running_bucket(public=True) as open_one:
        ask(open_one, "PUT", "/rehearsal/shown", b"hello", Authorization=signed(open_one))
        assert ask(open_one, "GET", "/rehearsal/shown")[0] == 200


def test_the_frames_of_aws_chunked_are_taken_off(bucket: Bucket) -> None:
    headers = {"x_amz_content_sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "Content_Encoding": "aws-chunked"}
    ask(bucket, "PUT", "/rehearsal/framed", FRAMED, Authorization=signed(bucket), **headers)
    assert bucket.objects["framed"].body == b"hello world"


def test_the_rest_of_the_protocol(bucket: Bucket) -> None:
    sign = signed(bucket)
    ask(bucket, "PUT", "/rehearsal/one", b"hello", Authorization=sign, Content_Type="text/plain")
    status, body, headers = ask(bucket, "HEAD", "/rehearsal/one", Authorization=sign)
    assert (status, body, headers["Content-Length"], headers["Content-Type"]) == (200, b"", "5", "text/plain")
    assert headers["ETag"] == '"5d41402abc4b2a76b9719d911017c592"'
    assert ask(bucket, "GET", "/rehearsal/one", Authorization=sign, Range="bytes=1-2")[:2] == (206, b"el")
    ask(bucket, "PUT", "/rehearsal/two", Authorization=sign, x_amz_copy_source="/rehearsal/one")
    assert b"<Key>one</Key>" in ask(bucket, "GET", "/rehearsal?list-type=2&prefix=o", Authorization=sign)[1]
    assert ask(bucket, "DELETE", "/rehearsal/one", Authorization=sign)[0] == 204
    assert ask(bucket, "GET", "/rehearsal/one", Authorization=sign)[0] == 404
    assert bucket.objects["two"].body == b"hello"
    assert ask(bucket, "GET", "/another/one", Authorization=sign)[0] == 404
