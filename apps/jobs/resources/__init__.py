"""Files that jobs need: laid beside an attempt before it starts.

A job lists *resources*, each an address and an alias; its content may name more, as
`ossref://` tokens. The process of the attempt fetches them itself (see `fetch`), into a
working directory of its own, through a cache that all attempts of the host share, and then
becomes the job.
"""
