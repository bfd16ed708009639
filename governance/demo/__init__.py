"""The sample data of the demo: a quarter in the life of one monorepo, told through the real verbs."""
