"""The pages of one RFC."""
