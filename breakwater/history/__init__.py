"""The process's four success metrics over the whole history of a repository, with the commits behind each number.

Source: the process, "Monitoring and Metrics"; the design of the validators, "History". One `git log` is streamed, what
it says is kept in a small database outside the repository, and the next run reads only the commits since. Every number
depends on commits, their order in history and their dates alone, so a run from the cache says what a whole one says.
"""
