from django.contrib import admin

from .models import Loan


@admin.register(Loan)
class LoanAdmin(admin.ModelAdmin):
    list_display = ('book', 'borrower', 'due', 'returned')
    list_filter = ('due', 'returned')
    raw_id_fields = ('book', 'borrower')
