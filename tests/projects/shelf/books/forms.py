from io import BytesIO

from django import forms
from django.core.files.base import ContentFile
from PIL import Image

from .models import Author, Book

COVER_SIZE = (480, 720)


class BookForm(forms.ModelForm):
    author_name = forms.CharField(label='Author', max_length=120)

    class Meta:
        model = Book
        fields = ('title', 'author_name', 'description', 'cover')

    def clean_cover(self):
        """Keep no picture larger than a page shows it."""
        cover = self.cleaned_data.get('cover')
        if not cover or not hasattr(cover, 'content_type'):
            return cover
        with Image.open(cover) as picture:
            if picture.width <= COVER_SIZE[0] and picture.height <= COVER_SIZE[1]:
                cover.seek(0)
                return cover
            smaller = picture.convert('RGB')
            smaller.thumbnail(COVER_SIZE)
        content = BytesIO()
        smaller.save(content, format='JPEG', quality=85)
        return ContentFile(content.getvalue(), name=cover.name.rsplit('.', 1)[0] + '.jpg')

    def save(self, commit=True):
        self.instance.author = Author.objects.get_or_create(name=self.cleaned_data['author_name'].strip())[0]
        return super().save(commit)
