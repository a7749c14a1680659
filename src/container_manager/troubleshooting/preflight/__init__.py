"""What ``sickbay doctor`` asks a Django project: settings, databases, migrations, workers, hosts.

Readings come from a project that is loaded as ``manage.py`` loads it, and from databases that are only read;
``judgments.py`` and ``work_judgments.py`` say what they mean, and are pure.
"""
