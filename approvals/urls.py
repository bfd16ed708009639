from django.urls import path

from approvals import views

urlpatterns = [
    path("<int:pk>/sign-off/", views.sign_off, name="sign-off"),
    path("concerns/<int:pk>/answer/", views.answer, name="concern-answer"),
    path("concerns/<int:pk>/override/", views.override, name="concern-override"),
]
