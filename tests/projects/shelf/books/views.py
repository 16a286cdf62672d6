from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q
from django.views.generic import CreateView, DetailView, ListView

from .forms import BookForm
from .models import Book


class BookList(ListView):
    model = Book
    paginate_by = 24

    def get_queryset(self):
        books = super().get_queryset().select_related('author', 'owner')
        wanted = self.request.GET.get('q', '').strip()
        if wanted:
            books = books.filter(Q(title__icontains=wanted) | Q(author__name__icontains=wanted))
        return books


class BookDetail(DetailView):
    model = Book
    queryset = Book.objects.select_related('author', 'owner')


class AddBook(LoginRequiredMixin, CreateView):
    model = Book
    form_class = BookForm

    def form_valid(self, form):
        form.instance.owner = self.request.user
        messages.success(self.request, f'"{form.instance.title}" is on the shelf.')
        return super().form_valid(form)
