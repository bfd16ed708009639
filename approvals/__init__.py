"""Who must agree, and did they."""
