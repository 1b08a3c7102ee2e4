"""Keeping FlowSpec documents as flows and jobs, and giving them back."""
