from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from books.models import Book

from .forms import LendForm
from .models import Loan


@login_required
def my_loans(request):
    loans = Loan.objects.filter(borrower=request.user).select_related('book', 'book__owner')
    return render(request, 'loans/my_loans.html', {'loans': loans})


@login_required
def lend(request, pk):
    book = get_object_or_404(Book, pk=pk, owner=request.user)
    if book.current_loan:
        messages.error(request, f'"{book}" is lent already.')
        return redirect(book)
    form = LendForm(request.POST or None)
    if request.method == 'POST' and form.is_valid():
        form.instance.book = book
        loan = form.save()
        messages.success(request, f'"{book}" is lent to {loan.borrower} until {loan.due:%d %B}.')
        return redirect(book)
    return render(request, 'loans/lend.html', {'form': form, 'book': book})


@login_required
@require_POST
def give_back(request, pk):
    loan = get_object_or_404(Loan, pk=pk, book__owner=request.user, returned__isnull=True)
    loan.returned = timezone.now()
    loan.save(update_fields=['returned'])
    messages.success(request, f'"{loan.book}" is back on the shelf.')
    return redirect(loan.book)
