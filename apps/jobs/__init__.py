"""Jobs: what to run.

A *Job* is a definition: kind, content and settings. A *Frozen* job is the immutable copy
that a revision of a flow points at, found by its content hash. A *Resource* is a file
that a job wants beside it. A *kind* knows how content becomes a command line. The
*supervisor* starts, watches and kills processes and writes no state.
"""
