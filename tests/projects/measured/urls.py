from django.urls import path

from . import views

urlpatterns = [
    path('page/', views.page),
    path('upload/', views.upload),
    path('wait/', views.wait),
]
