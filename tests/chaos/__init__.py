"""Faults thrown at a whole running installation, and proof that nothing was lost and nothing ran twice.

    python -m tests.chaos --databases sqlite --faults 100 --seed 7

`place` is the installation that is hurt, `faults` what is done to it, `load` what it has to
do meanwhile, `ledger` what its jobs write down themselves, `verdict` the comparison of that
with what the database says. `campaign` puts them together.
"""
