from django import forms
from django.utils import timezone

from .models import Loan


class LendForm(forms.ModelForm):
    class Meta:
        model = Loan
        fields = ('borrower', 'due')
        widgets = {'due': forms.DateInput(attrs={'type': 'date'})}

    def clean_due(self):
        due = self.cleaned_data['due']
        if due < timezone.localdate():
            raise forms.ValidationError('A book cannot be due in the past.')
        return due
