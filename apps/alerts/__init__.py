"""Alerts: who is told what, and the proof.

A *Contact* is a person; a *UserGroup* tells its contacts by e-mail; a *DingTalkGroup* is a
robot's webhook; a *Channel* is any other way out. A *Rule* says which events of a project
go where (a flow's own rules are kept with the flow). A *Delivery* is one message due to
one receiver, and each *Try* to send it is kept.
"""
