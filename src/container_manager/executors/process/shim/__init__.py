"""The shim: the supervisor of one attempt, a small program of its own that outlives the worker which started it.

It runs in the plain interpreter (``python -I -S``), so this folder imports little and nothing from outside itself.
``docs/adr/0002-process-executor-shim.md`` says why it is made this way.
"""
