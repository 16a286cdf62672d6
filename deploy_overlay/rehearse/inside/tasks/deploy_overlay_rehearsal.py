"""A task that does nothing, for workers of Django's tasks: they import what they run.

https://docs.djangoproject.com/en/stable/topics/tasks/, https://github.com/RealOrangeOne/django-tasks
"""

try:
    from django.tasks import default_task_backend, task
except ImportError:  # before Django 6
    from django_tasks import default_task_backend, task


def _queue() -> str:
    names = sorted(getattr(default_task_backend, "queues", ()) or ["default"])
    return "default" if "default" in names else str(names[0])


@task(queue_name=_queue())  # type: ignore[untyped-decorator]
def nothing() -> None:
    """Nothing."""
