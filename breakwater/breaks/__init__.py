"""What finds breaks in contents: Python APIs, manifests, migrations, schemas, and what other tools say of them.

Each part has pure functions from an old and a new text to breaks, and a module that reads a change for them. Nothing
of the repository is executed; there is no checkout.
"""
