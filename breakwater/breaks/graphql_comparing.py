"""What GraphQL schemas are made of and how two of them differ: the only module that needs graphql-core."""

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
_DEFINITIONS: dict[str, type[DefinitionNode]] = {
    "object_type_extension": ObjectTypeDefinitionNode,
    "interface_type_extension": InterfaceTypeDefinitionNode,
    "input_object_type_extension": InputObjectTypeDefinitionNode,
    "enum_type_extension": EnumTypeDefinitionNode,
    "union_type_extension": UnionTypeDefinitionNode,
    "scalar_type_extension": ScalarTypeDefinitionNode,
}


class NoSchema(Exception):
    """What stands in the files is no schema, in a few words."""


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
    """The schema of several files. Raises NoSchema for what cannot be one."""
    try:
        return _schema_of(texts)
    except (GraphQLError, TypeError, RecursionError) as error:
        raise NoSchema(str(error).splitlines()[0]) from None


def _schema_of(texts: Iterable[str]) -> GraphQLSchema:
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
