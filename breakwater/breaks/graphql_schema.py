"""GQ001 to GQ009: what a GraphQL schema no longer gives or takes, as graphql-core finds it.

The schema files of a change are taken together, so that a type may move from one file to another. What they use from
files that did not change stands in as a scalar.
"""

from collections.abc import Iterable, Iterator

from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NamedTypeNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    Visitor,
    build_ast_schema,
    parse,
    visit,
)
from graphql.language import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    NameNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    UnionTypeDefinitionNode,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import WARNING, Finding, Rule


def _rule(number: str, name: str, summary: str, bad: str, good: str, level: str = "error") -> Rule:
    return Rule(f"GQ{number}", name, summary, bad, good, level=level, language="diff")


RULES: tuple[Rule, ...] = (
    _rule("001", "type-removed", "A type is gone or is of another kind.", "- type Order", "+ type Sum"),
    _rule("002", "graphql-field-removed", "A field is gone.", "- vat: Int", "- vat: Int\n+ vat: Int @deprecated"),
    _rule("003", "field-type", "A field or an argument has another type.", "- vat: Int!\n+ vat: Int", "+ tax: Int"),
    _rule("004", "argument-removed", "An argument is gone.", "- total(vat: Int): Int\n+ total: Int", "+ sum: Int"),
    _rule(
        "005", "input-required", "An argument or an input field must be given now.",
        "- total: Int\n+ total(vat: Int!): Int", "- total: Int\n+ total(vat: Int): Int",
    ),
    _rule("006", "graphql-value-removed", "A value of an enumeration or a union is gone.", "- CLOSED", "+ CLOSED"),
    _rule("007", "interface-removed", "A type lost an interface.", "- type A implements N\n+ type A", "+ type B"),
    _rule("008", "directive", "A directive is gone or takes less.", "- directive @a on FIELD", "+ directive @b"),
    _rule(
        "009", "dangerous", "A change that old clients may not be ready for: a new value, another default.",
        "  enum State {\n+   CLOSED", "  # Teach clients that take an unknown value for an error first.", WARNING,
    ),
)  # fmt: skip
_BY_ID = {rule.id: rule for rule in RULES}
_RULE_OF = {
    "TYPE_REMOVED": "GQ001",
    "TYPE_CHANGED_KIND": "GQ001",
    "FIELD_REMOVED": "GQ002",
    "FIELD_CHANGED_KIND": "GQ003",
    "ARG_CHANGED_KIND": "GQ003",
    "ARG_REMOVED": "GQ004",
    "REQUIRED_ARG_ADDED": "GQ005",
    "REQUIRED_INPUT_FIELD_ADDED": "GQ005",
    "VALUE_REMOVED_FROM_ENUM": "GQ006",
    "TYPE_REMOVED_FROM_UNION": "GQ006",
    "IMPLEMENTED_INTERFACE_REMOVED": "GQ007",
}
_BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
_STUB = "Stands in for a type of a file that did not change."
_KEPT = (TypeDefinitionNode, TypeExtensionNode, DirectiveDefinitionNode)
_STARTS = ("type", "input", "enum", "interface", "union", "scalar", "extend")
_ENDINGS = (".graphql", ".graphqls", ".gql")
_DEFINITIONS: dict[str, type[DefinitionNode]] = {
    "object_type_extension": ObjectTypeDefinitionNode,
    "interface_type_extension": InterfaceTypeDefinitionNode,
    "input_object_type_extension": InputObjectTypeDefinitionNode,
    "enum_type_extension": EnumTypeDefinitionNode,
    "union_type_extension": UnionTypeDefinitionNode,
    "scalar_type_extension": ScalarTypeDefinitionNode,
}


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    changes = [c for c in change_set.changes if c.old_path and c.path.endswith(_ENDINGS)]
    if not changes or change_set.old.root is None:
        return
    fresh = [c.new_path for c in change_set.changes if c.new_path and c.new_path.endswith(_ENDINGS)]
    try:
        old = schema_of(text for c in changes if c.old_path and (text := change_set.old_text(c.old_path)))
        new = schema_of(text for path in fresh if (text := change_set.new_text(path)))
    except (GraphQLError, TypeError, RecursionError) as error:
        names = ", ".join(shown(c.path) for c in changes)
        change_set.could_not(f"The schema in {names} could not be compared: {str(error).splitlines()[0]}")
        return
    texts = {path: change_set.new_text(path) or "" for path in fresh}
    for rule, sentence in differences(old, new):
        path, line = _place(sentence, texts) or (changes[0].path, 0)
        yield _BY_ID[rule].at(path, line, sentence)


def differences(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Rule and sentence of every breaking or dangerous change."""
    stubs = {name for schema in (old, new) for name, kind in schema.type_map.items() if kind.description == _STUB}
    for change in find_breaking_changes(old, new):
        name = change.description.split(maxsplit=1)[0].strip("'\".")
        if change.type.name in ("TYPE_REMOVED", "TYPE_CHANGED_KIND") and name in stubs:
            continue  # no longer used here; whether it is gone stands in a file that did not change
        yield _RULE_OF.get(change.type.name, "GQ008"), change.description
    for risk in find_dangerous_changes(old, new):
        yield "GQ009", risk.description


def schema_of(texts: Iterable[str]) -> GraphQLSchema:
    """The schema of several files. Raises GraphQLError or TypeError for what cannot be one."""
    definitions: list[DefinitionNode] = []
    for text in texts:
        parts = parse(text, no_location=True).definitions
        definitions.extend(p for p in parts if isinstance(p, _KEPT))
    known = {d.name.value for d in definitions if isinstance(d, TypeDefinitionNode)}
    definitions = [_defined(d, known) for d in definitions]
    missing = _named(definitions) - {d.name.value for d in definitions if isinstance(d, TypeDefinitionNode)} - _BUILT_IN
    stubs = [_stub(name) for name in sorted(missing)]
    document = DocumentNode(definitions=(*definitions, *stubs))
    return build_ast_schema(document, assume_valid=True, assume_valid_sdl=True)


def _stub(name: str) -> ScalarTypeDefinitionNode:
    """What stands in for a type from elsewhere."""
    description = StringValueNode(value=_STUB)
    return ScalarTypeDefinitionNode(name=NameNode(value=name), directives=(), description=description)


def _defined(node: DefinitionNode, known: set[str]) -> DefinitionNode:
    """An extension of a type from elsewhere, as if it were the type."""
    if not isinstance(node, TypeExtensionNode) or node.name.value in known or node.kind not in _DEFINITIONS:
        return node
    known.add(node.name.value)
    made: DefinitionNode = _DEFINITIONS[node.kind](**{key: getattr(node, key) for key in node.keys if key != "loc"})
    return made


class _Names(Visitor):
    """Collects the types that a document speaks of."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.names.add(node.name.value)


def _named(definitions: Iterable[DefinitionNode]) -> set[str]:
    names = _Names()
    for definition in definitions:
        visit(definition, names)
    return names.names


def _place(sentence: str, texts: dict[str, str]) -> tuple[str, int] | None:
    """Where the thing that the sentence names first is defined now."""
    name = sentence.replace("'", " ").replace(".", " ").split()
    for word in name:
        for path, text in texts.items():
            for number, line in enumerate(text.splitlines(), 1):
                parts = line.split()
                if word in parts[1:3] and parts[0] in _STARTS:
                    return path, number
    return None
