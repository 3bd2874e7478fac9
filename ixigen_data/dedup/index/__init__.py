"""Indexes: what later datasets need to know of the documents of an earlier one."""
