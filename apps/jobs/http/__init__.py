"""Calls to web addresses, made by a process of their own."""
