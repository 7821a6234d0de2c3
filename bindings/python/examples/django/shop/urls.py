from django.contrib.auth.views import LoginView
from django.urls import path
from security import views

urlpatterns = [
    path("login/", LoginView.as_view(template_name="security/login.html"), name="login"),
    path("security/", views.settings, name="settings"),
    path("security/phone/", views.phone, name="phone"),
    path("security/phone/begin/", views.begin, name="begin"),
    path("security/phone/resend/", views.resend, name="resend"),
    path("security/phone/cancel/", views.cancel, name="cancel"),
]
