from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from books.models import Book


def in_three_weeks():
    return timezone.localdate() + timedelta(weeks=3)


class Loan(models.Model):
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name='loans')
    borrower = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name='loans')
    lent = models.DateTimeField(auto_now_add=True)
    due = models.DateField(default=in_three_weeks)
    returned = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ['-lent']
        constraints = [
            models.UniqueConstraint(
                fields=['book'], condition=models.Q(returned__isnull=True), name='a_book_is_lent_to_one_member',
            ),
        ]

    def __str__(self):
        return f'{self.book} to {self.borrower}'

    @property
    def overdue(self):
        return self.returned is None and self.due < timezone.localdate()
