import tempfile
from io import BytesIO

from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase, override_settings
from django.urls import reverse
from PIL import Image

from .models import Author, Book


def picture(width, height):
    content = BytesIO()
    Image.new('RGB', (width, height), 'teal').save(content, format='PNG')
    return SimpleUploadedFile('cover.png', content.getvalue(), content_type='image/png')


class BooksTests(TestCase):
    def setUp(self):
        self.owner = User.objects.create_user('ada')

    def test_anybody_sees_the_shelf_and_searches_it(self):
        author = Author.objects.create(name='Ursula K. Le Guin')
        Book.objects.create(title='The Dispossessed', author=author, owner=self.owner)
        Book.objects.create(title='Changing Planes', author=author, owner=self.owner)
        self.assertContains(self.client.get(reverse('books:list')), 'The Dispossessed')
        found = self.client.get(reverse('books:list'), {'q': 'planes'})
        self.assertContains(found, 'Changing Planes')
        self.assertNotContains(found, 'The Dispossessed')

    def test_only_members_add_books(self):
        response = self.client.get(reverse('books:add'))
        self.assertRedirects(response, f"{reverse('login')}?next={reverse('books:add')}")

    def test_a_large_cover_is_made_smaller_and_shown(self):
        self.client.force_login(self.owner)
        with tempfile.TemporaryDirectory() as media, override_settings(MEDIA_ROOT=media):
            form = {'title': 'Momo', 'author_name': 'Michael Ende', 'description': '', 'cover': picture(1000, 1500)}
            response = self.client.post(reverse('books:add'), form, follow=True)
            book = Book.objects.get()
            self.assertContains(response, book.cover.url)
            with Image.open(book.cover.path) as cover:
                self.assertEqual(cover.size, (480, 720))

    def test_a_text_file_is_no_cover(self):
        self.client.force_login(self.owner)
        wrong = SimpleUploadedFile('cover.png', b'no picture at all', content_type='image/png')
        form = {'title': 'Momo', 'author_name': 'Michael Ende', 'cover': wrong}
        self.assertContains(self.client.post(reverse('books:add'), form), 'Upload a valid image')
        self.assertFalse(Book.objects.exists())

    def test_the_style_sheet_is_there(self):
        self.assertIsNotNone(finders.find('books/shelf.css'))
