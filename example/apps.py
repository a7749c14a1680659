"""The example project's own app: it holds the demo."""

from django.apps import AppConfig


class ExampleConfig(AppConfig):
    """The demo."""

    name = "example"
