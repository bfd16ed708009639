"""Files that take longer than a page may: asked for by a row, made by a worker, kept for some days.

The web process asks (`asking`) and never imports what lays out pages; the worker makes (`making`).
"""
