"""The record in SQL: everything that was or shall be. When it is lost, dialling stops and talks go on."""
