"""Pages that measure a server: queries, an upload, and a wait for something else."""
import time

from books.models import Author, Book
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt


def page(request):
    """Three queries and the sample's own layout."""
    books = Book.objects.select_related('author', 'owner')[:20]
    return render(request, 'measured/page.html', {
        'number': Book.objects.count(), 'books': books, 'authors': Author.objects.all()[:5],
    })


@csrf_exempt
def upload(request):
    """The size of the file that was sent."""
    return HttpResponse(str(request.FILES['file'].size), content_type='text/plain')


def wait(request):
    """A page that waits for another service."""
    time.sleep(0.2)
    return HttpResponse('done', content_type='text/plain')
