"""The rules PY001 to PY024 over a real repository: staged changes and ranges, allowances of level, gaps."""

import subprocess
from pathlib import Path

import pytest

from breakwater import changes, rules
from breakwater.breaks import python_api
from breakwater.config import Config
from breakwater.findings import NOTICE, WARNING
from breakwater.git import Repository


class Scratch:
    """A repository with one package, `shop`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "A")

    def git(self, *arguments: str) -> None:
        subprocess.run(("git", *arguments), cwd=self.folder, check=True, capture_output=True)

    def stage(self, files: dict[str, str | bytes | None]) -> None:
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "-A")

    def commit(self, files: dict[str, str | bytes | None]) -> None:
        self.stage(files)
        self.git("commit", "-qm", "feat: something")

    def check(self, module, config: Config | None = None):
        """What the module finds in the staged change, and the gaps."""
        config = config or Config()
        with Repository(self.folder) as repository:
            change_set = changes.staged(repository, config)
            return list(module.check(change_set, config)), change_set.gaps


@pytest.fixture
def scratch(tmp_path):
    return Scratch(tmp_path)


def test_staged_break_is_found_where_it_stands(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/api.py": "x = 1\n\ndef total(items, vat): ...\n"})
    scratch.stage({"shop/api.py": "x = 1\n\ndef total(items): ...\n"})

    [finding], gaps = scratch.check(python_api)

    assert (finding.rule, finding.level, finding.path, finding.line) == ("PY003", "error", "shop/api.py", 3)
    assert finding.message == "shop.api.total: the parameter vat is gone."
    assert gaps == []


def test_range_is_compared_from_the_merge_base(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "x = y = 1"})
    scratch.git("checkout", "-qb", "topic")
    scratch.commit({"shop/a.py": "x = 1"})
    with Repository(scratch.folder) as repository:
        change_set = changes.between(repository, "main", "topic", Config())

        assert [f.message for f in python_api.check(change_set, Config())] == ["The name shop.a.y is gone."]


def test_renamed_module_is_gone_under_its_old_name(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "def f():\n    return 1\n\n\ndef g():\n    return 2\n"})
    scratch.git("mv", "shop/a.py", "shop/b.py")

    findings, _ = scratch.check(python_api)

    assert [(f.rule, f.path) for f in findings] == [("PY001", "shop/a.py")]


def test_folder_without_init_is_a_namespace(scratch):
    scratch.commit({"shop/__init__.py": "VAT = 1", "shop/a.py": "x = 1"})
    scratch.stage({"shop/__init__.py": None})

    findings, _ = scratch.check(python_api)

    assert [(f.rule, f.message) for f in findings] == [("PY002", "The name shop.VAT is gone.")]


def test_unborn_branch_has_nothing_to_break(scratch):
    scratch.stage({"shop/__init__.py": "", "shop/a.py": "x = 1"})

    assert scratch.check(python_api) == ([], [])


@pytest.mark.parametrize("text", [b"def f(:\n", b"x = '\0'\n", b"def f[T](x: T) -> T: ...  def"])
def test_text_that_does_not_parse_is_a_gap(scratch, text):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "def f(): ..."})
    scratch.stage({"shop/a.py": text})

    findings, [gap] = scratch.check(python_api)

    assert findings == []
    assert gap.startswith("The API of shop/a.py could not be compared: no Python that Python 3.")


def test_huge_file_is_a_gap(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "x = 1\n"})
    scratch.stage({"shop/a.py": "# filler\n" * 700_000})

    findings, [gap] = scratch.check(python_api)

    assert findings == []
    assert gap.startswith("The API of shop/a.py could not be compared: ")
    assert "bytes" in gap


def test_latin_text_is_read(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "# -*- coding: latin-1 -*-\nx = y = 'é'\n".encode("latin-1")})
    scratch.stage({"shop/a.py": "# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1")})

    assert [f.message for f in scratch.check(python_api)[0]] == ["The name shop.a.y is gone."]


def test_private_globs_are_left_out(scratch):
    config = Config(table={"python": {"private": ["shop/inner/**"]}})
    scratch.commit({"shop/__init__.py": "", "shop/inner/__init__.py": "x = 1"})
    scratch.stage({"shop/inner/__init__.py": "y = 1"})

    assert scratch.check(python_api, config) == ([], [])
    assert len(scratch.check(python_api)[0]) == 1


def test_optional_parameter_of_an_ordinary_method_is_a_notice(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "class C:\n    def f(self):\n        return 1\n"})
    scratch.stage({"shop/a.py": "class C:\n    def f(self, a=1):\n        return 1\n"})

    assert [(f.rule, f.level) for f in scratch.check(python_api)[0]] == [("PY023", NOTICE)]


def test_member_that_a_base_from_elsewhere_may_have_is_a_warning(scratch):
    scratch.commit({"shop/__init__.py": "", "shop/a.py": "from x import B\n\nclass C(B):\n    def f(self): ...\n"})
    scratch.stage({"shop/a.py": "from x import B\n\nclass C(B): ...\n"})

    [finding], _ = scratch.check(python_api)

    assert (finding.level, finding.message) == (WARNING, "The method shop.a.C.f is gone unless B has it.")


def test_every_rule_of_python_is_registered():
    assert {rule.id for rule in python_api.RULES} <= {rule.id for rule in rules.all_rules()}
    assert len({rule.id for rule in python_api.RULES}) == len(python_api.RULES) == 17
