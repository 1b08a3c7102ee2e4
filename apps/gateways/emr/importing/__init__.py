"""Bringing over what an EMR account holds: projects, folders, jobs, flows, clusters, contacts, groups.

Everything is read first (`reading`), from the account itself (`account`) or from replies that
were saved in a folder (`folder`), and then written by the same parsing and the same actions as
the calls of the API (`writing`), each thing in a transaction of its own. Things keep their ids,
so the programs that name them go on working.

It may be run again. What is here already and the same is left alone; what differs is reported,
and replaced only on request, because somebody may have worked on it here. Schedules come over
switched off: two systems that fire the same flow are worse than none.

The calls are signed by `gateways.signing` and go through `lib.outbound`, not through the vendor's
SDK: an address that somebody typed in passes one guard only, and a server needs no SDK installed.
"""
