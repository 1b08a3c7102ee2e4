"""Projects: who may do what.

A *Project* holds folders, jobs, flows, variables and links to clusters. A *Member* is a
user with a role in it. A *Folder* is a place in one of three trees (jobs, flows, ad-hoc
jobs). A *Cluster* is a set of *Hosts* on which attempts run; a *ClusterSetting* links it
to a project and says as whom, where and in which queue. An *AuditEntry* says who did what.
"""
