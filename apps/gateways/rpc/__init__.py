"""Alibaba Cloud's RPC style: one path, an Action, parameters as text. EMR and DataWorks speak it.

A *Service* is one product of that style: its version, its operations and how it words the
domain's errors. An *operation* takes an `Asked` and returns the reply as a plain dict, in
the letter case and with the types of the vendor's reference; the frame does the rest.
"""
