"""Where names of uploaded files begin in a bucket, and requests that a bucket takes."""

import pytest

from deploy_overlay.provision.s3 import Bucket, bucket_of
from deploy_overlay.provision.uploads import OldBucket, prefix_of


@pytest.mark.parametrize(
    ("names", "keys", "prefix"),
    [
        (["covers/a.png", "b.pdf"], ["covers/a.png", "b.pdf", "static/a.png"], ""),
        (["covers/a.png", "b.pdf"], ["media/covers/a.png", "media/b.pdf", "static/b.pdf"], "media/"),
        (["a.png", "b.png"], ["x/public/a.png", "x/public/b.png", "x/private/a.png"], "x/public/"),
        (["a.png"], ["thumbs/a.png", "a.png"], ""),
        (["gone.png"], ["media/other.png"], ""),
        ([], ["media/a.png"], ""),
    ],
)
def test_what_stands_in_front_of_the_names_of_rows(names: list[str], keys: list[str], prefix: str) -> None:
    assert prefix_of(names, keys) == prefix


def test_only_what_lies_there_is_copied() -> None:
    found = OldBucket(Bucket("b", "k", "s"), "media/", {"media/a": 1, "static/b": 2, "media/c/d": 3})
    assert found.files == {"a": 1, "c/d": 3}


# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html#example-signature-calculations
AMAZONS = Bucket(
    "examplebucket",
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    endpoint="https://examplebucket.s3.amazonaws.com",
)
AT = "20130524T000000Z"


def test_requests_are_signed_as_amazon_says() -> None:
    url, headers = AMAZONS.signed("test.txt", {}, AT, {"range": "bytes=0-9"})
    assert url == "https://examplebucket.s3.amazonaws.com/test.txt"
    assert headers["authorization"].endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")

    url, headers = AMAZONS.signed("", {"max-keys": "2", "prefix": "J"}, AT)
    assert url == "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J"
    assert headers["authorization"].endswith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({}, "https://b.s3.us-east-1.amazonaws.com/a%20b/%C3%BC.png"),
        ({"AWS_REGION": "eu-west-1"}, "https://b.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC.png"),
        ({"AWS_S3_ENDPOINT_URL": "https://fly.storage.example/"}, "https://fly.storage.example/b/a%20b/%C3%BC.png"),
    ],
)
def test_a_bucket_is_where_its_variables_say(more: dict[str, str], url: str) -> None:
    keys = {"AWS_STORAGE_BUCKET_NAME": "b", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "a-secret-5c1"}
    found = bucket_of(keys | more)
    assert found is not None and found.signed("a b/ü.png", {}, AT)[0] == url
    assert bucket_of(keys | {"AWS_SECRET_ACCESS_KEY": ""}) is None
