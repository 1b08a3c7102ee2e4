"""Statements of SQL: their text, the databases that run them, and the process that asks one."""
