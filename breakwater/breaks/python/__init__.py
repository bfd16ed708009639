"""Breaks of Python APIs, from two versions of the sources, by syntax alone.

`reading` makes a `surface` of a module's text, `world` finds modules and follows imports on one side of a change,
`comparing` holds two sides against each other, `places` says which files are an API at all.

Why no library does the reading: griffe takes 170 ms of CPU to import, which is most of what a hook may cost; it
finds fewer of the labelled breaks (`python -m tools.evaluate_python_breaks --griffe` counts them); and it compares
two whole packages, where a hook has two files and must load little else.
"""
