from django.urls import path

from . import views

app_name = 'loans'

urlpatterns = [
    path('', views.my_loans, name='mine'),
    path('books/<int:pk>/lend/', views.lend, name='lend'),
    path('<int:pk>/back/', views.give_back, name='give_back'),
]
