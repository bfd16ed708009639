"""What a call asks for: all options of all command lines, as they are where nothing is said."""

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit")


class Options:
    """`breakwater/commands/arguments.py` says what each means and fills it in."""

    folder: str | None = None
    format: str = "text"
    explain: str | None = None
    # What to look at
    staged: bool = False
    base: str | None = None
    head: str | None = None
    all_files: bool = False
    first_push: bool = False
    """Not an option: pre-commit found nothing in common with what is known of the remote."""
    # What to do with it
    write_baseline: bool = False
    until: str = ""
    scope_only: bool = False
    template: bool = False
    whole_document: bool = False
    # What to read
    files: tuple[str, ...] | list[str] = ()
    message_file: str | None = None
    commit_msg_file: str | None = None
