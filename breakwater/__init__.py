"""What a developer installs: documents, commit grammar and checks of breaking changes. No Django, no dependency."""
