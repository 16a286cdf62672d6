from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from books.models import Author, Book

from .models import Loan


class LoansTests(TestCase):
    def setUp(self):
        self.owner = User.objects.create_user('ada')
        self.friend = User.objects.create_user('grace')
        author = Author.objects.create(name='Stanisław Lem')
        self.book = Book.objects.create(title='Solaris', author=author, owner=self.owner)
        self.due = timezone.localdate() + timedelta(days=7)

    def test_the_owner_lends_and_takes_back(self):
        self.client.force_login(self.owner)
        response = self.client.post(
            reverse('loans:lend', args=[self.book.pk]), {'borrower': self.friend.pk, 'due': self.due}, follow=True,
        )
        self.assertContains(response, 'lent to grace')
        loan = Loan.objects.get()
        self.client.post(reverse('loans:give_back', args=[loan.pk]))
        loan.refresh_from_db()
        self.assertIsNotNone(loan.returned)

    def test_nobody_lends_the_book_of_another(self):
        self.client.force_login(self.friend)
        response = self.client.get(reverse('loans:lend', args=[self.book.pk]))
        self.assertEqual(response.status_code, 404)

    def test_a_book_is_lent_to_one_member_only(self):
        Loan.objects.create(book=self.book, borrower=self.friend, due=self.due)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Loan.objects.create(book=self.book, borrower=self.owner, due=self.due)

    def test_a_loan_past_its_day_is_overdue(self):
        yesterday = timezone.localdate() - timedelta(days=1)
        Loan.objects.create(book=self.book, borrower=self.friend, due=yesterday)
        self.client.force_login(self.friend)
        self.assertContains(self.client.get(reverse('loans:mine')), 'overdue')
