"""The sample project with all that a project has beside its pages: two queues, a schedule, a nightly job and mail.

Each part leaves a notice in the database, which /notices/ shows: what happened, where, and with which configuration.
"""

from __future__ import annotations

from .draft import Draft, append, replace
from .shapes import import_os

OWN_VARIABLE = "LENDING_TOKEN"
SENDER = "desk@shelf.example.com"
REQUIREMENTS = ("celery[redis]>=5.5", "django-rq>=3.0")

_CELERY = """\
import os

from celery import Celery

os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{module}')

app = Celery('shelf')
app.config_from_object('django.conf:settings', namespace='CELERY')
app.autodiscover_tasks()
"""
_MODELS = """\
from django.db import models


class Notice(models.Model):
    \"\"\"Something that happened behind the desk; `seen` is the configuration that was in force there.\"\"\"

    event = models.CharField(max_length=100)
    place = models.CharField(max_length=20)
    seen = models.CharField(max_length=64)

    def __str__(self):
        return self.event
"""
_MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                (
                    'id',
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID'),
                ),
                ('event', models.CharField(max_length=100)),
                ('place', models.CharField(max_length=20)),
                ('seen', models.CharField(max_length=64)),
            ],
        ),
    ]
"""
_JOBS = """\
import hashlib
import json

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import send_mail

from books.models import Book

from .models import Notice

NAMES = (
    'SECRET_KEY', 'LENDING_TOKEN', 'CELERY_BROKER_URL', 'RQ_QUEUES', 'DEFAULT_FROM_EMAIL', 'EMAIL_HOST', 'EMAIL_PORT',
    'EMAIL_BACKEND', 'ALLOWED_HOSTS', 'MEDIA_URL', 'MEDIA_ROOT', 'STORAGES', 'DEBUG',
)


def note(event, place):
    database = {name: settings.DATABASES['default'].get(name) for name in ('ENGINE', 'NAME', 'USER', 'HOST', 'PORT')}
    seen = {name: str(getattr(settings, name, None)) for name in NAMES} | {'database': database}
    digest = hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()
    Notice.objects.create(event=event, place=place, seen=digest)


def write(address, place):
    \"\"\"Tell a member by mail.\"\"\"
    sent = send_mail('Your book', f'Sent by the {place}.', None, [address])
    note(f'mail {sent} to {address}', place)


def measure(pk, place):
    \"\"\"Open a cover where it is kept.\"\"\"
    name = Book.objects.get(pk=pk).cover.name
    with default_storage.open(name) as file:
        note(f'cover {pk} has {len(file.read())} bytes', place)
"""
_TASKS = """\
from celery import shared_task

from . import jobs


@shared_task
def write(address):
    jobs.write(address, 'celery')


@shared_task
def measure(pk):
    jobs.measure(pk, 'celery')


@shared_task
def tidy():
    jobs.note('tidied', 'celery')
"""
_VIEWS = """\
import django_rq
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render

from . import jobs, tasks
from .models import Notice


def notices(request):
    return render(request, 'desk/notices.html', {'notices': Notice.objects.order_by('pk')})


@login_required
def send(request):
    \"\"\"Mail from this request and from each queue.\"\"\"
    if request.method == 'POST':
        name = request.POST['name']
        jobs.write(f'web-{name}@example.com', 'web')
        tasks.write.delay(f'celery-{name}@example.com')
        django_rq.enqueue(jobs.write, f'rq-{name}@example.com', 'rq')
        return redirect('desk:notices')
    return render(request, 'desk/send.html')


@login_required
def measure(request, pk):
    \"\"\"The size of a cover, as each queue finds it.\"\"\"
    if request.method == 'POST':
        tasks.measure.delay(pk)
        django_rq.enqueue(jobs.measure, pk, 'rq')
        return redirect('desk:notices')
    return render(request, 'desk/send.html')
"""
_URLS = """\
from django.urls import path

from . import views

app_name = 'desk'

urlpatterns = [
    path('', views.notices, name='notices'),
    path('send/', views.send, name='send'),
    path('measure/<int:pk>/', views.measure, name='measure'),
]
"""
_COMMAND = """\
from django.core.management.base import BaseCommand

from desk import jobs


class Command(BaseCommand):
    help = 'Remind members of the books that are due.'

    def add_arguments(self, parser):
        parser.add_argument('--days', type=int, default=1)

    def handle(self, **options):
        jobs.write(f'reminder-{options["days"]}@example.com', 'cron')
"""
_NOTICES = """\
{% extends 'base.html' %}
{% block content %}
  <ul class="notices">
    {% for notice in notices %}<li data-place="{{ notice.place }}" data-seen="{{ notice.seen }}">{{ notice.event }}</li>
    {% endfor %}
  </ul>
{% endblock %}
"""
_SEND = """\
{% extends 'base.html' %}
{% block content %}
  <form method="post">
    {% csrf_token %}
    <input name="name">
    <button>Send</button>
  </form>
{% endblock %}
"""
_SETTINGS = f"""

# What the lending machine at the door is asked with
LENDING_TOKEN = os.environ.get('{OWN_VARIABLE}', 'local')


# Queues

REDIS_URL = os.environ.get('REDIS_URL', 'redis://localhost:6379/0')

CELERY_BROKER_URL = REDIS_URL

CELERY_BEAT_SCHEDULE = {{
    'tidy': {{'task': 'desk.tasks.tidy', 'schedule': 2.0}},
}}

RQ_QUEUES = {{
    'default': {{'URL': REDIS_URL}},
}}


# Mail

EMAIL_HOST = os.environ.get('EMAIL_HOST', 'localhost')

EMAIL_PORT = int(os.environ.get('EMAIL_PORT', '1025'))

EMAIL_HOST_USER = os.environ.get('EMAIL_HOST_USER', '')

EMAIL_HOST_PASSWORD = os.environ.get('EMAIL_HOST_PASSWORD', '')

DEFAULT_FROM_EMAIL = '{SENDER}'
"""
_CRONTAB = """\
# m h dom mon dow command
30 2 * * * cd /srv/shelf && .venv/bin/python manage.py remind --days 3 >> /var/log/remind.log 2>&1
"""


def whole(draft: Draft) -> None:
    """Celery with beat, RQ, a nightly command in a crontab, mail by SMTP, a variable of its own."""
    draft.require(*REQUIREMENTS)
    package = draft.package
    module = ".".join(draft.settings.relative_to(draft.django_root).with_suffix("").parts)
    draft.write(f"{package}/__init__.py", "from .celery import app as celery_app\n\n__all__ = ('celery_app',)\n")
    draft.write(f"{package}/celery.py", _CELERY.format(module=module))
    files = {
        "__init__.py": "",
        "migrations/__init__.py": "",
        "migrations/0001_initial.py": _MIGRATION,
        "management/__init__.py": "",
        "management/commands/__init__.py": "",
        "management/commands/remind.py": _COMMAND,
        "templates/desk/notices.html": _NOTICES,
        "templates/desk/send.html": _SEND,
        "models.py": _MODELS,
        "jobs.py": _JOBS,
        "tasks.py": _TASKS,
        "views.py": _VIEWS,
        "urls.py": _URLS,
    }
    for name, text in files.items():
        draft.write(f"desk/{name}", text)
    (draft.root / "crontab").write_text(_CRONTAB, encoding="utf-8", newline="\n")
    replace(draft.base_settings, "    'books',\n", "    'books',\n    'desk',\n    'django_rq',\n")
    urls = draft.django_root / package / "urls.py"
    replace(
        urls,
        "    path('loans/', include('loans.urls')),\n",
        "    path('loans/', include('loans.urls')),\n    path('notices/', include('desk.urls')),\n",
    )
    settings, draft.settings = draft.settings, draft.base_settings
    import_os(draft)
    draft.settings = settings
    append(draft.base_settings, _SETTINGS)
