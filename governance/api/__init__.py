"""The API, thin: it reads a body, calls the verb that the page calls, and answers with the same sentences."""
