"""Which paths may name a package: relative, inside the repository, one spelling only. Pure."""

LONGEST = 255
MOST_PACKAGES = 1_000


def normal_path(text: str) -> str:
    """A path as it is stored: no surrounding blanks, no `./` in front, no slash behind."""
    return text.strip().removeprefix("./").rstrip("/")


def path_problem(path: str) -> str | None:
    """The sentence that says what is wrong with a package's path, or None."""
    if not path:
        return "A package row has no path; fill it in or remove the row."
    shown = path if len(path) <= 80 else path[:79] + "…"
    if len(path) > LONGEST:
        return f"The path {shown} is longer than {LONGEST} characters."
    if any(ord(char) < 32 or ord(char) == 127 for char in path):
        return "A path holds a line break or a control character; write it on one line."
    if path.startswith(("/", "~")) or "\\" in path or ":" in path.split("/")[0]:
        return f"{shown} is not a path inside the repository; write it relative to the root, with / between folders."
    if any(part in {"", ".", ".."} for part in path.split("/")):
        return f"{shown} leaves the repository or holds an empty step; write it without “.”, “..” and “//”."
    return None
