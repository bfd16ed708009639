"""Measures the portal against its goals: fills a database, then asks product and floor in turn.

The floor of an operation is a bare Django view that does the same necessary SQL, with no permissions and no
layout. What counts is CPU, of the application and of PostgreSQL together, and the ratio of the two in one run.
"""
