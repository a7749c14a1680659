"""What the models declare is there in the database after all migrations: some of Django's alterations drop more."""

import pytest
from django.apps import apps
from django.db import connection, models

pytestmark = pytest.mark.django_db


MODELS = list(apps.get_app_config("container_manager").get_models())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_declared_index_and_constraint_is_in_the_database(model: type[models.Model]) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
    declared = {index.name for index in model._meta.indexes}
    declared |= {c.name for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)}

    assert declared <= found.keys()
