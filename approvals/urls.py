from django.urls import path

from approvals import views

urlpatterns = [path("<int:pk>/sign-off/", views.sign_off, name="sign-off")]
