"""Dumps the database into a bucket every night. Added by deploy-overlay.

python deploy/backup.py            makes a dump every night (UTC); run only one
python deploy/backup.py now        makes a dump
python deploy/backup.py list       lists the dumps in the bucket
python deploy/backup.py get NAME   writes a dump to standard output; NAME may be `newest`
python deploy/backup.py check      fails if the newest is too old
"""

import logging
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

# Services other than Amazon's may not support the checksums that boto3 adds since version 1.36.
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/s3.html
os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
os.environ.setdefault("AWS_RESPONSE_CHECKSUM_VALIDATION", "when_required")

import boto3  # noqa: E402
from boto3.s3.transfer import TransferConfig  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import BotoCoreError, ClientError  # noqa: E402

logger = logging.getLogger("backup")
REQUIRED = ("DATABASE_URL", "BACKUP_BUCKET", "BACKUP_ACCESS_KEY_ID", "BACKUP_SECRET_ACCESS_KEY")
HOUR, MINUTE = 3, 17
RETRY = 3600  # seconds after a failure
TOO_OLD = timedelta(hours=30)
# Keeps all dumps of the last day, and the last dump of this many days, weeks and months. Deletes others.
KEEP = (("%Y-%m-%d", 7), ("%G-%V", 4), ("%Y-%m", 12))
FORM = "%Y-%m-%dT%H%M%SZ.dump"
PART = 32 * 1024 * 1024  # bytes in memory; S3 accepts up to 10000 parts
PROGRAMS = "/usr/local/lib/postgresql"  # pg_dump and its library, in the image


class Failed(Exception):
    """The message is for the user."""


def bucket_of(environ):
    """Connect to the bucket."""
    names = [name for name in REQUIRED if not environ.get(name)]
    if names:
        raise Failed(f"set {', '.join(names)}")
    return boto3.client(
        "s3",
        aws_access_key_id=environ["BACKUP_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["BACKUP_SECRET_ACCESS_KEY"],
        # Services without regions accept this one.
        region_name=environ.get("BACKUP_REGION") or "us-east-1",
        endpoint_url=environ.get("BACKUP_ENDPOINT_URL") or None,
        config=Config(connect_timeout=20, read_timeout=120, retries={"mode": "standard", "max_attempts": 5}),
    )


def folder(environ):
    """The site's folder in the bucket; each environment has its own."""
    environment = environ.get("DEPLOY_OVERLAY_ENVIRONMENT", "production")
    return "site/" if environment == "production" else f"site-{environment}/"


def dumps(client, environ):
    """Names of the dumps by the time each began, oldest first. Ignores other files."""
    found = {}
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=environ["BACKUP_BUCKET"], Prefix=folder(environ))
    for page in pages:
        for entry in page.get("Contents", ()):
            name = entry["Key"].removeprefix(folder(environ))
            try:
                found[datetime.strptime(name, FORM).replace(tzinfo=timezone.utc)] = name
            except ValueError:
                continue
    return dict(sorted(found.items()))


def make(client, environ, moment):
    """Dump into the bucket, read the dump back, and delete old ones. Returns its name and size in bytes."""
    bucket, name = environ["BACKUP_BUCKET"], moment.strftime(FORM)
    key = folder(environ) + name
    _abort_old_uploads(client, bucket, folder(environ))
    stream = Dump(environ)
    try:
        # In parts, without writing the whole dump to a local file.
        config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False)
        client.upload_fileobj(stream, bucket, key, Config=config)
        stored = client.head_object(Bucket=bucket, Key=key)["ContentLength"]
        if stored != stream.size:
            raise Failed(f"the bucket stored {stored} of {stream.size} bytes")
        stream.read_back(client.get_object(Bucket=bucket, Key=key)["Body"])
    except BaseException:
        _delete(client, bucket, key)  # so that nobody takes it for a complete dump
        raise
    finally:
        stream.stop()
    names = dumps(client, environ)
    for old in sorted(set(names) - kept(names)):
        _delete(client, bucket, folder(environ) + names[old])
    return name, stream.size


def kept(moments):
    """The moments whose dumps are kept."""
    newest = max(moments)
    found = {moment for moment in moments if newest - moment < timedelta(days=1)}
    for form, count in KEEP:
        last = {moment.strftime(form): moment for moment in sorted(moments)}
        found.update(list(last.values())[-count:])
    return found


class Dump:
    """pg_dump's output as a file. Raises an error if pg_dump fails, so that a partial dump is never stored."""

    def __init__(self, environ):
        # Not in an argument, which every process on the machine could read.
        url = urlsplit(environ["DATABASE_URL"])
        address = url._replace(scheme="postgresql", netloc=url.netloc.rpartition("@")[2]).geturl()
        login = {"PGUSER": unquote(url.username or ""), "PGPASSWORD": unquote(url.password or "")}
        self.size = 0
        self.process = subprocess.Popen(
            [_program("pg_dump"), "--format=custom", "--no-owner", "--no-acl", "--lock-wait-timeout=60s", "--no-password",
             f"--dbname={address}"],
            env={**_environment(), **{name: value for name, value in login.items() if value}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )  # fmt: skip

    def read(self, size=-1):
        data = self.process.stdout.read(size)
        self.size += len(data)
        if (size < 0 or len(data) < size) and self.process.wait() != 0:
            raise Failed(f"pg_dump ended with exit code {self.process.returncode}; its error is above")
        return data

    def read_back(self, body):
        """Check that pg_restore can read every row of the stored dump."""
        reading = subprocess.Popen(
            [_program("pg_restore"), "--file=/dev/null"], env=_environment(), stdin=subprocess.PIPE
        )
        try:
            for part in body.iter_chunks(1024 * 1024):
                reading.stdin.write(part)
            reading.stdin.close()
        except BrokenPipeError:
            pass  # pg_restore printed the reason
        finally:
            if sys.exc_info()[0]:
                reading.kill()
        if reading.wait() != 0:
            raise Failed("pg_restore cannot read the dump in the bucket; its error is above")

    def stop(self):
        self.process.kill()
        self.process.wait()


def _program(name):
    found = os.path.join(PROGRAMS, name)
    return found if os.path.exists(found) else name


def _environment():
    return {**os.environ, "LD_LIBRARY_PATH": PROGRAMS} if os.path.isdir(PROGRAMS) else dict(os.environ)


def _delete(client, bucket, key):
    """Failures are only logged, because a key that cannot delete is safer: let the bucket's rules delete old dumps."""
    try:
        client.delete_object(Bucket=bucket, Key=key)
    except (BotoCoreError, ClientError) as error:
        logger.warning("%s is not deleted: %s", key, error)


def _abort_old_uploads(client, bucket, prefix):
    """Delete the parts of interrupted dumps, which take up space without being listed."""
    try:
        for upload in client.list_multipart_uploads(Bucket=bucket, Prefix=prefix).get("Uploads", ()):
            if upload["Initiated"] < datetime.now(timezone.utc) - timedelta(days=1):
                client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    except (BotoCoreError, ClientError) as error:
        logger.info("cannot look for interrupted uploads: %s", error)


def is_due(now, newest):
    """Whether there has been no dump since last night. `newest` is None if there are no dumps."""
    night = now.replace(hour=HOUR, minute=MINUTE, second=0, microsecond=0)
    night -= timedelta(days=1) if night > now else timedelta()
    return newest is None or newest < night


@contextmanager
def explained():
    """Turn errors of the bucket into Failed."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Failed(f"the bucket: {error}") from None
    except FileNotFoundError as error:
        raise Failed(f"{error.filename} is not installed") from None


def back_up(environ):
    """Make a dump and log it. Raises Failed."""
    begun, started = datetime.now(timezone.utc), time.monotonic()
    with explained():
        name, size = make(bucket_of(environ), environ, begun)
    logger.info("%s is in the bucket and readable: %s bytes, %.0f s", name, size, time.monotonic() - started)
    if environ.get("BACKUP_HEARTBEAT_URL"):
        # A service such as Healthchecks alerts you if this call does not come.
        try:
            urllib.request.urlopen(environ["BACKUP_HEARTBEAT_URL"], timeout=30).close()
        except (OSError, ValueError) as error:
            logger.warning("the dump was made, but BACKUP_HEARTBEAT_URL does not answer: %s", error)


def wait(environ):
    """Make a dump every night, and now if last night's is missing. Retry failures."""
    newest, failed = None, None
    with explained():
        newest = max(dumps(bucket_of(environ), environ), default=None)
    logger.info("newest dump: %s", newest or "none")
    while True:
        if is_due(datetime.now(timezone.utc), newest) and (not failed or time.monotonic() - failed > RETRY):
            try:
                begun = datetime.now(timezone.utc)
                back_up(environ)
                newest, failed = begun, None
            except Failed as error:
                failed = time.monotonic()
                logger.error("NO BACKUP: %s. Retrying in an hour", error)
        time.sleep(20)


def show(environ, what, name=""):
    client = bucket_of(environ)
    with explained():
        names = dumps(client, environ)
        if what == "list":
            print("\n".join(names.values()) or "no dump")
            return
        newest = max(names, default=None)
        if newest is None:
            raise Failed("there is no dump")
        if what == "check":
            if newest < datetime.now(timezone.utc) - TOO_OLD:
                raise Failed(f"the newest dump is {names[newest]}")
            return
        name = names[newest] if name == "newest" else name
        if name not in names.values():
            raise Failed(f"there is no {name}: see `python deploy/backup.py list`")
        for part in client.get_object(Bucket=environ["BACKUP_BUCKET"], Key=folder(environ) + name)["Body"].iter_chunks(PART):
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()


def main(arguments, environ=os.environ):
    # Kamal shows only the standard output of a command that succeeds, and `get` writes the dump there.
    stream = sys.stdout if arguments == ["now"] else sys.stderr
    logging.basicConfig(stream=stream, level=logging.INFO, format="%(message)s")
    # As the first process of a container, Python would ignore these signals.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        if not arguments:
            wait(environ)
        elif arguments == ["now"]:
            back_up(environ)
        elif arguments in (["list"], ["check"]) or (len(arguments) == 2 and arguments[0] == "get"):
            show(environ, *arguments)
        else:
            return __doc__
    except Failed as error:
        return f"NO BACKUP: {error}"
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
