"""A database backend that brings its own PostgreSQL: for demo and tests only."""
