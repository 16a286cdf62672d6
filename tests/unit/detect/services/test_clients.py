"""Clients of other services in the project's own code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy_overlay.base.answers import Answers
from deploy_overlay.detect import FACTS, Facts
from deploy_overlay.summary import local_clients
from tests.unit.detect.conftest import SETTINGS, django_project, write

Build = Callable[..., Facts]
PACKAGES = (
    "Django==5.2.1 redis boto3 openai pika requests minio pymongo google-cloud-storage twilio pymemcache".replace(
        " ", "\n"
    )
)
AWS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]


def project(code: str, path: str = "site_/tools.py") -> dict[str, str]:
    return {**django_project(body=SETTINGS), "requirements.txt": PACKAGES, path: code}


@pytest.mark.parametrize(
    "code",
    [
        "import redis\nqueue = redis.Redis()\n",
        "import redis\nqueue = redis.Redis(host='localhost', port=6379)\n",
        "import os, redis\nqueue = redis.from_url('redis://:word@127.0.0.1:6379/0')\n",
        "from redis import StrictRedis as Client\ndef queue():\n    return Client(decode_responses=True)\n",
        "import redis\nHOST = 'localhost'\nqueue = redis.Redis(host=HOST)\n",
        "class Queue:\n    def __init__(self):\n        import redis\n        self.client = redis.Redis('localhost')\n",
        "import pika\npika.BlockingConnection(pika.ConnectionParameters('localhost'))\n",
        "import boto3\ns3 = boto3.client('s3', endpoint_url='http://localhost:9000')\n",
        "from minio import Minio\nstore = Minio('localhost:9000', access_key='a', secret_key='b')\n",
        "from pymongo import MongoClient\ndatabase = MongoClient()\n",
        "from pymemcache.client import base\ncache = base.Client(('localhost', 11211))\n",
        "import requests\nBASE = 'http://localhost:8001'\ndef ask(word):\n    return requests.get(f'{BASE}/{word}')\n",
    ],
)
def test_an_address_on_this_machine_is_named(facts: Build, code: str) -> None:
    assert [place.path for place in facts(project(code)).local_clients()] == ["site_/tools.py"]


@pytest.mark.parametrize(
    "code",
    [
        "import os, redis\nqueue = redis.Redis(host=os.environ.get('REDIS_HOST', 'localhost'))\n",
        "import redis\nfrom django.conf import settings\nqueue = redis.from_url(settings.REDIS_URL)\n",
        "import redis\nfrom django.conf import settings\nqueue = redis.Redis(getattr(settings, 'HOST', 'localhost'))\n",
        "import redis\ndef queue(host='localhost'):\n    return redis.Redis(host=host)\n",
        "import redis\ndef queue(host):\n    return redis.Redis(host or 'localhost')\n",
        "import redis\nfrom django.conf import settings\nif settings.DEBUG:\n    queue = redis.Redis()\n",
        "import requests\nrequests.post('https://api.example.com', json={'host': 'localhost'})\n",
        "import boto3\ns3 = boto3.client('s3')\n",
        "HOSTS = ['localhost']\n",
    ],
)
def test_any_other_address_is_not(facts: Build, code: str) -> None:
    assert facts(project(code)).local_clients() == []


def test_commands_are_looked_at_and_tests_are_not(facts: Build) -> None:
    code = "import redis\nqueue = redis.Redis()\n"

    files = {**project(code, "site_/management/commands/consume.py"), "site_/tests/test_queue.py": code}
    assert [place.path for place in facts(files).local_clients()] == ["site_/management/commands/consume.py"]


@pytest.mark.parametrize(
    ("code", "kind", "variables"),
    [
        (
            "import os, redis\nqueue = redis.Redis(host=os.getenv('QUEUE_HOST', 'localhost'), port=os.getenv('QUEUE_PORT'))\n",
            "redis",
            ["QUEUE_HOST", "QUEUE_PORT"],
        ),
        (
            "import os, redis\ndef queue():\n    url = os.environ['QUEUE_URL']\n    return redis.from_url(url)\n",
            "redis",
            ["QUEUE_URL"],
        ),
        ("import os, pika\npika.URLParameters(os.environ['AMQP_ADDRESS'])\n", "rabbitmq", ["AMQP_ADDRESS"]),
    ],
)
def test_variables_with_the_address_of_a_store(facts: Build, code: str, kind: str, variables: list[str]) -> None:
    stores: Any = facts(project(code)).fact("django_stores").value
    assert [one["variables"] for one in stores if one["kind"] == kind] == [variables]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import boto3\ndef store():\n    return boto3.client('s3')\n", AWS),
        ("import boto3\nsession = boto3.Session(region_name='eu-central-1')\n", AWS),
        ("from openai import OpenAI\nclient = OpenAI()\n", ["OPENAI_API_KEY"]),
        ("from google.cloud import storage\nclient = storage.Client()\n", ["GOOGLE_APPLICATION_CREDENTIALS"]),
        ("from twilio.rest import Client\nclient = Client()\n", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"]),
        # Their values come from elsewhere.
        ("from django.conf import settings\nimport boto3\nboto3.client('s3', aws_access_key_id=settings.KEY)\n", []),
        ("from django.conf import settings\nfrom openai import OpenAI\nclient = OpenAI(api_key=settings.KEY)\n", []),
        ("from twilio.rest import Client\nclient = Client(ACCOUNT, TOKEN)\n", []),
    ],
)
def test_variables_that_a_client_reads_itself(facts: Build, code: str, names: list[str]) -> None:
    assert facts(project(code)).fact("django_library_env").value == names


def test_what_production_does_not_install_is_no_client(facts: Build) -> None:
    files = {**project("from openai import OpenAI\nclient = OpenAI()\n"), "requirements.txt": "Django==5.2.1\n"}
    assert facts(files).fact("django_library_env").value == []


def test_the_summary_names_the_line(facts: Build, tmp_path: Path) -> None:
    root = write(tmp_path / "shop", project("import redis\nqueue = redis.Redis()\n"))
    known = {name: facts(project("")).fact(name).value for name in FACTS}

    (told,) = local_clients(Answers(root, ".copier-answers.yml", known))

    assert told.startswith("site_/tools.py:2 (redis.Redis) connects to localhost, where production has nothing")
