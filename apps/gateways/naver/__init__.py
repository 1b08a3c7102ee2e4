"""NAVER Cloud Data Flow, version 1, below /api/v1/.

Three generations of its reference contradict each other. The one of 2025 is served, and
what the newest adds is accepted beside it: PATCH beside PUT, `jobCondition` in createJob,
cancel. A data job is a job of kind DATAFLOW of the access key's default project.
"""
