"""NebulaGraph Explorer's workflow API, below /api-open/v1/.

A *workflow* is a flow and a *job* is a run of it; both go by their row's number. A *task*
is a node run and goes by the task id that its node declares (`query_1`).

Offered: connect, add a job, list jobs (all, of a workflow), job detail, sample result of a
task, cancel. An addition of ours are GET workflows and GET workflows/<id>: the vendor's open
API has no way to find a workflow's number.
"""
