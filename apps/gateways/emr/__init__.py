"""EMR's data development API, version 2016-04-08, for callers who keep their SDK.

Its only path is `/` and its two signatures are those of all RPC products, so this folder has
no urls and no auth: `root` opens the door and `rpc.frame` authenticates. `service` binds the
rest: `operations` (one function an action), `wire` (pure: parameters to arguments, objects to
replies), `finding` (ids to rows the caller may see), `errors` (the domain's words in EMR's).

An action that is not among the operations answers InvalidAction.NotFound.
"""
