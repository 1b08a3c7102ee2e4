"""Flows: graphs of jobs, when they run, and what became of each run.

A *Flow* owns a drawing. A *Revision* is its immutable content at publish or run time. A
*Schedule* says when it fires, a *Dependency* which other flow must have succeeded first.
A *Run* is one execution of a revision for one nominal time; a *NodeRun* is one node of
it; an *Attempt* is one try of a node run. A *RunEvent* is what happened: audit trail,
outbox of the alerts and source of statistics in one.

Run states are written in one place, `events.record`; what they become is decided in
`apps.engine`.
"""
