"""Who and what a change meets: owners' acknowledgements, clashes in time, the planned windows."""
