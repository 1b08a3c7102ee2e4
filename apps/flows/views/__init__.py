"""Pages of flows and runs. A page includes the fragments that htmx asks for one by one."""
