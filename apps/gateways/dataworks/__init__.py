"""DataWorks' API, version 2024-05-18, for callers who keep their SDK.

Its only path is `/` and its signatures are those of all RPC products, so this folder has no
urls and no auth: `root` opens the door and `rpc.frame` authenticates. `service` binds the
rest: `operations` (one function an action), `wire` (pure: parameters to arguments, objects
to replies), `finding` (ids to rows the caller may see), `errors` (the domain's words in
DataWorks').

A workflow is described by a FlowSpec document. `flowspec` reads one, `storing` keeps it as a
flow with a job for each node, and puts it together again:

- the drawing owns which nodes there are, which waits for which, and where they stand;
- the job owns a node's name, content and settings as far as it has them;
- the schedule owns the cron and its window;
- everything else is the document's own: the workflow's lies in `Flow.source_text`, a node's
  in `Job.source_text`, and comes back with every unknown field.

Ids on the side of definitions are the decimal text of a row's uid. Ids on the side of the
scheduler are numbers, small enough for every language: primary keys. An id that a document
brought along is a ForeignId, and understood wherever ours is.
"""
