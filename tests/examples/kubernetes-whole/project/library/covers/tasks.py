from celery import shared_task


@shared_task
def remind():
    """Remind readers of what they have borrowed."""
