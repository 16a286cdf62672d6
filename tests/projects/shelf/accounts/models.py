from django.conf import settings
from django.db import models


class Profile(models.Model):
    """What a member tells the others: where to fetch a book, and a line about themselves."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name='profile')
    address = models.CharField(max_length=200, blank=True)
    about = models.TextField(blank=True)

    def __str__(self):
        return f'Profile of {self.user}'
