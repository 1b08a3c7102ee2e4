"""DataWorks' letter case, types and spellings: everything here is a pure function of its arguments."""
