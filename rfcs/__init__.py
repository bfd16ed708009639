"""The record of a breaking change and its life."""
