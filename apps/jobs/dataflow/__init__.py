"""Data flows: tables read, transformed and written without a line of code.

A data flow is a list of *nodes* (sources, transforms, targets) as its author drew them.
It is checked and compiled once into a *plan*, steps whose columns and types are known,
and the plan is run by a process of its own that knows nothing of Django. What it writes
is *staged* first and takes its place by a *commit* that may be killed at any moment.
"""
