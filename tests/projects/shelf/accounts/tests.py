from django.contrib.auth.models import User
from django.test import TestCase
from django.urls import reverse


class AccountsTests(TestCase):
    def sign_up(self, **changes):
        form = {
            'username': 'ada',
            'email': 'ada@example.com',
            'password1': 'a-long-shelf-of-books',
            'password2': 'a-long-shelf-of-books',
        }
        return self.client.post(reverse('signup'), {**form, **changes})

    def test_signing_up_logs_in_and_makes_a_profile(self):
        response = self.sign_up()
        self.assertRedirects(response, reverse('books:list'))
        self.assertEqual(User.objects.get().profile.address, '')
        self.assertContains(self.client.get(reverse('books:list')), 'ada')

    def test_a_weak_password_is_refused(self):
        self.assertContains(self.sign_up(password1='1234', password2='1234'), 'too short')
        self.assertFalse(User.objects.exists())

    def test_logging_in_and_out(self):
        User.objects.create_user('grace', password='compilers-are-nice')
        response = self.client.post(reverse('login'), {'username': 'grace', 'password': 'compilers-are-nice'})
        self.assertRedirects(response, reverse('books:list'))
        self.assertRedirects(self.client.post(reverse('logout')), reverse('books:list'))
        self.assertRedirects(self.client.get(reverse('profile')), f"{reverse('login')}?next={reverse('profile')}")

    def test_a_member_edits_their_own_profile(self):
        self.client.force_login(User.objects.create_user('grace'))
        self.client.post(reverse('profile'), {'address': 'Harbour 7', 'about': ''})
        self.assertEqual(User.objects.get().profile.address, 'Harbour 7')
