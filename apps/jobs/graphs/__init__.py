"""Graph work in processes of its own: algorithms on edges, and queries to a NebulaGraph.

Nothing here knows Django: a process reads what it is asked from one JSON file, writes its
result as gzipped CSV, and notes columns and rows in $HEADRACE_OUTPUTS.
"""
