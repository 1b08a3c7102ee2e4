"""Drawings: what the canvas edits, whoever owns it.

A *Document* is EMR Graph JSON text with a version. It is changed by *Operations* that
name the version they were made on, and never re-spelt where nobody touched it. A *Lock*
says who is editing.
"""
