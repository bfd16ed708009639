"""One view for one address; each calls one verb."""
