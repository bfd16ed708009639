"""Several modules: re-exports, moves, private modules, what is an API at all."""

import pytest

from breakwater.breaks.python import packages, places
from tests.breakwater.breaks.conftest import Texts

INIT = {"shop/__init__.py": "", "shop/core/__init__.py": ""}


def test_module_removed_is_told_once_for_a_package(found):
    old = {"shop/__init__.py": "", "shop/a/__init__.py": "x = 1", "shop/a/b.py": "y = 1"}

    assert found(old, {"shop/__init__.py": ""}) == {("PY001", "shop.a")}


def test_module_that_becomes_a_package_stays(found):
    old = {"shop/__init__.py": "", "shop/a.py": "x = 1"}

    assert found(old, {"shop/__init__.py": "", "shop/a/__init__.py": "x = 1"}) == set()


@pytest.mark.parametrize("ending", [".pyi", ".pyx"])
def test_module_that_is_compiled_now_stays(found, ending):
    old = {"shop/__init__.py": "", "shop/a.py": "x = 1"}

    assert found(old, {"shop/__init__.py": "", f"shop/a{ending}": "x: int"}) == set()


def test_module_without_a_public_name_may_go(found):
    assert found({"shop/__init__.py": "", "shop/a.py": "_x = 1"}, {"shop/__init__.py": ""}) == set()


def test_re_export_removed(found):
    old = {**INIT, "shop/__init__.py": "from .core import total\nfrom shop.core import vat\nfrom json import loads"}

    assert found(old, INIT) == {("PY011", "shop.total"), ("PY011", "shop.vat")}


def test_re_export_of_a_moved_function_is_compared(found):
    old = {"shop/__init__.py": "from ._a import f", "shop/_a.py": "def f(x): ..."}
    new = {"shop/__init__.py": "from ._b import f", "shop/_b.py": "def f(): ..."}

    assert found(old, new) == {("PY003", "shop.f")}


def test_private_module_is_seen_through_the_package(found):
    init = "from ._impl import f\nfrom ._impl import g as _g"
    old = {"shop/__init__.py": init, "shop/_impl.py": "def f(x): ...\ndef g(x): ...\ndef h(x): ..."}
    new = {"shop/__init__.py": init, "shop/_impl.py": "def f(): ...\ndef g(): ..."}

    assert found(old, new) == {("PY003", "shop.f")}


def test_private_module_is_seen_through_a_star_import(found):
    old = {"shop/__init__.py": "from ._impl import *", "shop/_impl.py": "def f(x): ...\ndef g(): ..."}

    assert found(old, {**old, "shop/_impl.py": "def f(): ...\ndef g(): ..."}) == {("PY003", "shop.f")}
    assert found(old, {**old, "shop/_impl.py": "def f(x): ..."}) == {("PY011", "shop.g")}


def test_method_moved_to_a_base_in_another_module_stays(found):
    old = {"shop/__init__.py": "", "shop/a.py": "class C:\n def f(self): ...", "shop/b.py": "class B: ..."}
    new = {**old, "shop/a.py": "from .b import B\nclass C(B): ...", "shop/b.py": "class B:\n def f(self): ..."}

    assert found(old, new) == set()


def test_private_module_that_is_passed_on_is_still_a_module(found):
    old = {"shop/__init__.py": "from shop import _a as a\n__all__ = ['a']", "shop/_a.py": "x = 1"}

    assert found(old, {**old, "shop/_a.py": "x = 2"}) == set()


def test_module_that_moves_to_another_distribution_is_compared_there(found):
    manifest = {"a/pyproject.toml": "", "b/pyproject.toml": ""}
    old = {**manifest, "a/src/shop/__init__.py": "", "a/src/shop/api.py": "def f(): ...\ndef g(): ..."}
    new = {**manifest, "b/src/shop/__init__.py": "", "b/src/shop/api.py": "def f(): ..."}

    assert found(old, new) == {("PY002", "g")}


def test_submodule_stands_in_for_an_import(found):
    old = {"shop/__init__.py": "from shop import a as a", "shop/a.py": ""}

    assert found(old, {"shop/__init__.py": "", "shop/a.py": ""}) == set()


def test_import_cycle_ends(found):
    old = {"shop/__init__.py": "", "shop/a.py": "from .b import x", "shop/b.py": "from .a import x\ny = 1"}

    assert found(old, {**old, "shop/b.py": "from .a import x"}) == {("PY002", "shop.b.y")}


def test_class_that_inherits_from_itself_ends(found):
    old = {"shop/__init__.py": "", "shop/a.py": "class C(C):\n def f(self): ..."}

    assert found(old, {**old, "shop/a.py": "class C(C): ..."}) == {("PY002", "shop.a.C.f")}


@pytest.mark.parametrize("text", ["def f(:", "match x:\n  case 1 if", "x = '\0'", "(" * 5000, "print 'old'"])
def test_text_that_does_not_parse_is_a_gap(text):
    gaps: dict[str, str] = {}
    old = {"shop/__init__.py": "", "shop/a.py": "def f(): ..."}

    breaks = list(packages.breaks(Texts(old), Texts({**old, "shop/a.py": text}), ["shop/a.py"], gaps))

    assert (breaks, list(gaps)) == ([], ["shop/a.py"])


def test_new_file_that_is_broken_is_no_gap():
    gaps: dict[str, str] = {}

    assert list(packages.breaks(Texts({}), Texts({"shop/__init__.py": ""}), ["shop/__init__.py"], gaps)) == []
    assert gaps == {}


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("src/shop/api.py", False),
        ("shop/testing.py", False),
        ("tests/test_api.py", True),
        ("shop/tests/helpers.py", True),
        ("shop/test_api.py", True),
        ("shop/api_test.py", True),
        ("setup.py", True),
        ("shop/a_pb2.py", True),
        ("docs/conf.py", True),
        ("shop/migrations/0001_initial.py", True),
        (".github/run.py", True),
        ("libs/cli/uv-examples/shop/api.py", True),
        ("shop/demo.py", False),
    ],
)
def test_hidden_path(path, hidden):
    assert places.is_hidden(path) == hidden


@pytest.mark.parametrize(
    ("path", "files", "root"),
    [
        ("shop/a.py", ["shop/__init__.py"], ""),
        ("libs/x/shop/b/a.py", ["libs/x/shop/__init__.py", "libs/x/shop/b/__init__.py"], "libs/x"),
        ("libs/x/src/space/shop/a.py", ["libs/x/pyproject.toml", "libs/x/src/space/shop/__init__.py"], "libs/x/src"),
        ("src/a.py", [], "src"),
        ("bin/a.py", [], None),
        ("a.py", [], None),
    ],
)
def test_import_root(path, files, root):
    assert places.import_root(path, set(files).__contains__) == root


@pytest.mark.parametrize(
    ("manifest", "root"),
    [
        ('[tool.hatch.build.targets.wheel]\npackages = ["space"]\n', "libs/x"),
        ('[tool.hatch.build.targets.wheel]\ninclude = [\n  "space/**",\n]\n', "libs/x"),
        ('[tool.setuptools.packages.find]\nwhere = ["space"]\n', "libs/x/space"),
        ('[project]\nname = "space"\n', "libs/x/space"),
        (None, "libs/x/space"),
    ],
)
def test_import_root_of_a_namespace_is_where_the_manifest_says(manifest, root):
    files = {"libs/x/pyproject.toml", "libs/x/space/shop/__init__.py"}

    assert places.import_root("libs/x/space/shop/a.py", files.__contains__, lambda path: manifest) == root


def test_module_of_a_namespace_has_its_whole_name(found):
    manifest = {"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["space"]\n'}
    old = {
        **manifest,
        "space/shop/__init__.py": "from space.shop.a import f\n__all__ = ['f']",
        "space/shop/a.py": "def f(): ...",
    }
    new = {**old, "space/shop/a.py": "def f(x): ..."}

    assert found(old, new) == {("PY004", "space.shop.a.f")}
