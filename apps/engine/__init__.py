"""The engine decides; the apps do.

Plain Python: no Django, no Celery, no I/O, no clock. What it knows is handed in, what it
decides is handed back.
"""
