"""One module, before and after: what must be found, and what must not."""

import pytest

from breakwater.findings import WARNING
from tests.breakwater.breaks.conftest import python_breaks

BREAKS = {
    # PY002
    "function removed": ("def f(): ...\ndef g(): ...", "def g(): ...", {("PY002", "f")}),
    "class removed": ("class C: ...\nx = 1", "x = 1", {("PY002", "C")}),
    "value removed": ("x = 1\ny = 2", "y = 2", {("PY002", "x")}),
    "method removed": (
        "class C:\n def a(self): ...\n def b(self): ...",
        "class C:\n def b(self): ...",
        {("PY002", "C.a")},
    ),
    "operator removed": ("class C:\n def __enter__(self): ...", "class C: ...", {("PY002", "C.__enter__")}),
    "attribute of instances removed": (
        "class C:\n def __init__(self):\n  self.a = 1\n  self.b = 1",
        "class C:\n def __init__(self):\n  self.b = 1",
        {("PY002", "C.a")},
    ),
    "nested class removed": ("class C:\n class D: ...\n x = 1", "class C:\n x = 1", {("PY002", "C.D")}),
    "method of a private base removed": (
        "class _B:\n def a(self): ...\n def b(self): ...\nclass C(_B): ...",
        "class _B:\n def b(self): ...\nclass C(_B): ...",
        {("PY002", "C.a")},
    ),
    "enumeration member removed": (
        "from enum import Enum\nclass E(Enum):\n A = 1\n B = 2",
        "from enum import Enum\nclass E(Enum):\n A = 1",
        {("PY002", "E.B")},
    ),
    "removed in every branch": (
        "import sys\nif sys.version_info > (3, 12):\n def f(): ...\nelse:\n def f(): ...\nx = 1",
        "x = 1",
        {("PY002", "f")},
    ),
    "name served on demand removed": (
        "def __getattr__(name):\n if name == 'old': return 1\n raise AttributeError(name)",
        "def __getattr__(name):\n raise AttributeError(name)",
        {("PY002", "old")},
    ),
    # PY003
    "parameter removed": ("def f(a, b=1): ...", "def f(a): ...", {("PY003", "f")}),
    "parameter renamed": ("def f(a): ...", "def f(b): ...", {("PY003", "f")}),
    "keyword of kwargs removed": (
        "def f(**kwargs):\n return kwargs.pop('encoding', None), kwargs",
        "def f(**kwargs):\n return kwargs",
        {("PY003", "f")},
    ),
    "variadic removed": ("def f(a, **options): ...", "def f(a): ...", {("PY003", "f")}),
    "constructor removed": ("class C:\n def __init__(self, settings): ...", "class C: ...", {("PY003", "C")}),
    "parameter of a method removed": (
        "class C:\n def f(self, a): ...",
        "class C:\n def f(self): ...",
        {("PY003", "C.f")},
    ),
    "old name no longer taken by a decorator": (
        "@deprecate_renamed_parameter('old', 'new')\ndef f(new=1): ...",
        "def f(new=1): ...",
        {("PY003", "f")},
    ),
    # PY004
    "required added": ("def f(a): ...", "def f(a, b): ...", {("PY004", "f")}),
    "required keyword added": ("def f(a): ...", "def f(a, *, b): ...", {("PY004", "f")}),
    "default lost": ("def f(a=1): ...", "def f(a): ...", {("PY004", "f")}),
    "dataclass field added": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int\n b: int",
        {("PY004", "C")},
    ),
    "model field added": (
        "from pydantic import BaseModel\nclass C(BaseModel):\n a: int",
        "from pydantic import BaseModel, Field\nclass C(BaseModel):\n a: int\n b: int = Field(..., gt=0)",
        {("PY004", "C")},
    ),
    # PY005
    "optional slipped in": ("def f(a, b=1): ...", "def f(a, c=0, b=1): ...", {("PY005", "f")}),
    "order changed": ("def f(a, b): ...", "def f(b, a): ...", {("PY005", "f")}),
    "dataclass fields reordered": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int\n b: int",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n b: int\n a: int",
        {("PY005", "C")},
    ),
    # PY006
    "by name only": ("def f(a, b=1): ...", "def f(a, *, b=1): ...", {("PY006", "f")}),
    "by position only": ("def f(a): ...", "def f(a, /): ...", {("PY006", "f")}),
    # PY007
    "built-in base removed": ("class E(KeyError): ...", "class E(Exception): ...", {("PY007", "E")}),
    "imported base removed": (
        "from other import Base\nclass C(Base): ...",
        "from other import Base\nclass C: ...",
        {("PY007", "C")},
    ),
    # PY008
    "method to property": (
        "class C:\n def f(self): ...",
        "class C:\n @property\n def f(self): ...",
        {("PY008", "C.f")},
    ),
    "setter removed": (
        "class C:\n @property\n def f(self): ...\n @f.setter\n def f(self, v): ...",
        "class C:\n @property\n def f(self): ...",
        {("PY008", "C.f")},
    ),
    "class to function": ("class f: ...", "def f(): ...", {("PY008", "f")}),
    "class method to method": (
        "class C:\n @classmethod\n def f(cls): ...",
        "class C:\n def f(self): ...",
        {("PY008", "C.f")},
    ),
    # PY009
    "exports shrank": (
        "__all__ = ['a', 'b']\na = b = None",
        "__all__ = ['a']\na = b = None",
        {("PY009", "b")},
    ),
    "exports shrank by parts": (
        "__all__ = ['a']\n__all__ += ['b']\n__all__.extend(['c'])\na = b = c = None",
        "__all__ = ['a']\n__all__.append('b')\na = b = c = None",
        {("PY009", "c")},
    ),
    # PY010
    "to async": ("def f(): return 1", "async def f(): return 1", {("PY010", "f")}),
    "from async": ("async def f(): return 1", "def f(): return 1", {("PY010", "f")}),
    # PY011
    "alternative import removed": (
        "try:\n from json import loads\nexcept ImportError:\n from simplejson import loads\nx = 1",
        "x = 1",
        {("PY011", "loads")},
    ),
    "explicit re-export removed": ("from json import loads as loads\nx = 1", "x = 1", {("PY011", "loads")}),
    # Warnings
    "default changed": ("def f(a=1): ...", "def f(a=2): ...", {("PY020", "f")}),
    "constant changed": ("LIMIT = 1", "LIMIT = 2", {("PY021", "LIMIT")}),
    "annotation narrowed": ("def f(a: int | None): ...", "def f(a: int): ...", {("PY022", "f")}),
    "return widened": ("def f() -> int: ...", "def f() -> int | None: ...", {("PY022", "f")}),
    "hook takes more": (
        "class C:\n def f(self):\n  raise NotImplementedError",
        "class C:\n def f(self, a=1):\n  raise NotImplementedError",
        {("PY023", "C.f")},
    ),
    "bytes to text": (
        "def f(p):\n return b'.'.join(p)",
        "def f(p):\n r = b'.'.join(p)\n return r.decode('ascii')",
        {("PY024", "f")},
    ),
    "bytes to text through an instance": (
        "class C:\n def f(self): return b''\n_c = C()\nf = _c.f",
        "class C:\n def f(self) -> str: return ''\n_c = C()\nf = _c.f",
        {("PY024", "f"), ("PY024", "C.f")},
    ),
    "function with the name of a built-in one": ("def open(path): ...\nx = 1", "x = 1", {("PY002", "open")}),
    "value that a function may set": (
        "debug = False\ndef f():\n global debug\n debug = True",
        "def f(): ...",
        {("PY002", "debug")},
    ),
    "attribute set in a function inside a method": (
        "class C:\n def f(self):\n  def g():\n   self.a = 1\n  return g",
        "class C:\n def f(self): ...",
        {("PY002", "C.a")},
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_break_found(found, case):
    old, new, expected = BREAKS[case]

    assert found(old, new) == expected


FINE = {
    "renamed under a decorator": (
        "def f(old=1): ...",
        "@deprecate_renamed_parameter('old', 'new')\ndef f(new=1): ...",
    ),
    "class for type checkers removed": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n class C: ...\n X = int\nx = 1",
        "x = 1",
    ),
    "command's parameters": (
        "@click.command()\ndef f(a): ...\n@app.get('/')\ndef g(a): ...",
        "@click.command()\ndef f(b): ...\n@app.get('/')\ndef g(): ...",
    ),
    "logger removed": ("import logging\nlogger = logging.getLogger()\nLOG = logger", "LOG = 1"),
    "type variable removed": ("T = TypeVar('T')", "x = 1"),
    "finaliser removed": ("class C:\n def __del__(self): ...", "class C: ..."),
    "same": ("def f(a): ...", "def f(a):\n  return a"),
    "private function removed": ("def _f(): ...", "x = 1"),
    "private method removed": ("class C:\n def _f(self): ...", "class C: ..."),
    "private parameter removed": ("def f(a, _token=None): ...", "def f(a): ..."),
    "moved and imported": ("def f(): ...", "from shop.other import f"),
    "moved and aliased": ("def f(): ...", "def g(): ...\nf = g"),
    "not in exports": ("__all__ = ['f']\ndef f(): ...\ndef g(): ...", "__all__ = ['f']\ndef f(): ..."),
    "exports that cannot be read": ("__all__ = make()\nx = 1", "__all__ = ['y']\nx = y = 1"),
    "optional at the end": ("def f(a): ...", "def f(a, b=1): ..."),
    "optional keyword": ("def f(a): ...", "def f(a, *, b=1): ..."),
    "took over by kwargs": ("def f(a, *, b=1): ...", "def f(a, **kwargs):\n kwargs.get('b')"),
    "everything goes through": ("def f(a, b=1): ...", "def f(*args, **kwargs): ..."),
    "everything spelled out": (
        "def f(**kwargs):\n return kwargs.get('a'), kwargs['b']",
        "def f(*, a=None, b=None): ...",
    ),
    "positional only renamed": ("def f(a, /): ...", "def f(b, /): ..."),
    "dunder parameter renamed": ("def f(__a): ...", "def f(__b): ..."),
    "operator's parameter renamed": (
        "class C:\n def __eq__(self, o): ...",
        "class C:\n def __eq__(self, other): ...",
    ),
    "self renamed": ("class C:\n def f(self, a): ...", "class C:\n def f(this, a): ..."),
    "keyword may stand anywhere": ("def f(*, a, b): ...", "def f(*, b, a): ..."),
    "keyword to either": ("def f(*, a=1): ...", "def f(a=1): ..."),
    "typing import removed": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n from x import C as C",
        "x = 1",
    ),
    "plain import removed": ("from json import loads\nimport os\nx = 1", "x = 1"),
    "optional import removed": ("try:\n import numpy as np\nexcept ImportError:\n np = None", "x = 1"),
    "overloads change": (
        "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\n"
        "def f(a): return a",
        "from typing import overload\n@overload\ndef f(a: str) -> str: ...\ndef f(a): return a",
    ),
    "one branch is as before": (
        "import sys\nif sys.platform == 'x':\n def f(a): ...\nelse:\n def f(a, b=1): ...",
        "def f(a, b=1): ...",
    ),
    "object base": ("class C(object): ...", "class C: ..."),
    "abstract base": ("from abc import ABC\nclass C(ABC): ...", "class C: ..."),
    "base of a base": ("class E(LookupError): ...", "class E(KeyError): ..."),
    "base moved": (
        "from a import Base\nclass C(Base): ...",
        "from b import Base\nclass C(Base): ...",
    ),
    "private base removed": ("class _B: ...\nclass C(_B): ...", "class C: ..."),
    "method pulled up": (
        "class B: ...\nclass C(B):\n def f(self): ...",
        "class B:\n def f(self): ...\nclass C(B): ...",
    ),
    "method of an unknown base": (
        "class C:\n def f(self): ...",
        "from other import Base\nclass C(Base): ...",
    ),
    "method of a built-in base": (
        "class C(dict):\n def get(self, key, default=None): ...",
        "class C(dict): ...",
    ),
    "property to attribute": (
        "class C:\n @property\n def f(self): ...",
        "class C:\n def __init__(self):\n  self.f = 1",
    ),
    "attribute to property": ("class C:\n f = 1", "class C:\n @property\n def f(self): ..."),
    "cached property": (
        "class C:\n @property\n def f(self): ...",
        "from functools import cached_property\nclass C:\n @cached_property\n def f(self): ...",
    ),
    "coroutine to async": ("from x import coroutine\n@coroutine\ndef f():\n yield 1", "async def f(): ..."),
    "awaitable to async": ("def f() -> Awaitable[int]: ...", "async def f() -> int: ..."),
    "async iterator": ("def f() -> AsyncIterator[int]: ...", "async def f():\n yield 1"),
    "function to class": ("def f(a): ...", "class f:\n def __init__(self, a): ..."),
    "served on demand": (
        "def f(): ...",
        "def __getattr__(name):\n if name == 'f':\n  return 1\n raise AttributeError(name)",
    ),
    "bound by globals": ("f = g = 1", "for name in ('f', 'g'):\n globals()[name] = 1\nsetattr(x, 'y', 1)"),
    "dataclass field with default": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int",
        "from dataclasses import dataclass, field\n@dataclass\nclass C:\n a: int\n b: list = field(default=0)",
    ),
    "dataclass keywords reordered": (
        "from dataclasses import dataclass\n@dataclass(kw_only=True)\nclass C:\n a: int\n b: int",
        "from dataclasses import dataclass\n@dataclass(kw_only=True)\nclass C:\n b: int\n a: int",
    ),
    "class variable is no field": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int\n b: ClassVar[int] = 1\n c: ClassVar[int]",
    ),
    "to a dataclass": (
        "class C:\n def __init__(self, a, b=1):\n  self.a = a\n  self.b = b",
        "from dataclasses import dataclass\n@dataclass\nclass C:\n a: int\n b: int = 1",
    ),
    "union spelled anew": (
        "from typing import *\ndef f(a: Optional[List[int]]) -> 'Dict[str, int]': ...",
        "def f(a: list[int] | None) -> dict[str, int]: ...",
    ),
    "annotation widened": ("def f(a: int) -> int | None: ...", "def f(a: int | str) -> int: ..."),
    "annotation added": ("def f(a): ...", "def f(a: int) -> int: ..."),
    "version changed": ("VERSION = '1'\n__version__ = '1'", "VERSION = '2'\n__version__ = '2'"),
    "return type says more": ("def f(): return {}", "def f() -> dict[str, int]: return {}"),
    "new star import": ("def f(): ...", "from other import *"),
    "what only passed on a word that it knew": (
        "def f(*args, **kwargs):\n kwargs.pop('name', None)\n return g(*args, **kwargs)",
        "def f(path, name=None): ...",
    ),
    "stand-in for a built-in name": (
        "try:\n FileNotFoundError\nexcept NameError:\n FileNotFoundError = IOError\nunicode = str",
        "x = 1",
    ),
    "value of a loop": ("for n in (1, 2):\n t = n * 2\n print(t)", "x = 1"),
    # What was wrong in commits of other repositories
    "base made by a call": (
        "import six\nclass B: ...\nclass C(six.with_metaclass(type, B)):\n def f(self): ...",
        "class B: ...\nclass C(B):\n def f(self): ...",
    ),
    "attribute of a class inside a method": (
        "class C:\n def f(self):\n  class D:\n   def __init__(self):\n    self.stopped = False\n  return D",
        "class C:\n def f(self):\n  return 1",
    ),
    "what only passed on": (
        "class B:\n def __init__(self, a): ...\nclass C(B):\n def __init__(self, *a, **k): super().__init__(*a, **k)",
        "class B:\n def __init__(self, a): ...\nclass C(B): ...",
    ),
    "memory of the module": (
        "cached = None\ndef f():\n global cached\n cached = 1\n return cached",
        "def f(): return 1",
    ),
}


@pytest.mark.parametrize("case", FINE)
def test_fine_change_finds_nothing(found, case):
    old, new = FINE[case]

    assert found(old, new) == set()


def test_a_function_that_says_it_may_change_is_a_warning():
    old, new = ("@unstable()\ndef f(a, retries=2): ...", "@unstable()\ndef f(a): ...")
    trees = ({"shop/api.py": text, "shop/__init__.py": ""} for text in (old, new))

    assert [(item.rule, item.level) for item in python_breaks(*trees)] == [("PY003", WARNING)]
