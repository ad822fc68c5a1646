"""Walks a document as graphql-java 9 does and applies its validation rules to each node in their order."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from graphql import (
    ArgumentNode,
    DefinitionNode,
    DirectiveLocation,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLDirective,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    SchemaDefinitionNode,
    SelectionSetNode,
    TypeDefinitionNode,
    TypeExtensionNode,
    TypeNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    do_types_overlap,
    get_named_type,
    is_composite_type,
    is_input_type,
    is_leaf_type,
    type_from_ast,
)

from appsync_offline.execution.faults import Fault, request_fault
from appsync_offline.text.java_text import java_name, literal_text
from appsync_offline.validation import texts
from appsync_offline.validation.conflicts import Conflicts
from appsync_offline.validation.known import Known, Parent, inner_type, matches, named, nullable, required
from appsync_offline.validation.literals import literal_fault
from appsync_offline.validation.spreads import Spreads
from appsync_offline.validation.texts import Text

_MAXIMUM_FAULTS = 100  # per answer
_PLACES = {
    FieldNode: DirectiveLocation.FIELD,
    FragmentSpreadNode: DirectiveLocation.FRAGMENT_SPREAD,
    FragmentDefinitionNode: DirectiveLocation.FRAGMENT_DEFINITION,
    InlineFragmentNode: DirectiveLocation.INLINE_FRAGMENT,
}

Path = tuple[str, ...]


class NotADocument(Exception):
    """AppSync cannot parse the document, although graphql-core can: a selection set is empty."""


class _Enough(Exception):
    """The answer has reached the maximum number of faults."""


class Validator:
    """Validates documents against a schema. `introspection`: whether the API answers `__schema` and `__type`."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool = True) -> None:
        self._known = Known(schema, introspection=introspection)

    def faults(self, document: DocumentNode) -> Sequence[Fault]:
        """Returns the document's validation errors. Raises NotADocument, and RecursionError for too deep a nesting."""
        walk = _Walk(self._known, document)
        with suppress(_Enough):
            walk.document(document)
        return walk.faults


class _Walk:
    """One document's validation. `path` holds the names of the fields and fragments that surround a node."""

    def __init__(self, known: Known, document: DocumentNode) -> None:
        self.faults: list[Fault] = []
        self._known = known
        self._schema = known.schema
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._conflicts = Conflicts(self._schema, self._fragments)
        self._spreads = Spreads(document)
        self._variables: dict[str, VariableDefinitionNode] | None = (
            None  # of the current operation; None outside operations
        )
        self._used_variables: set[str] = set()
        self._only_variables = False  # inside a spread fragment, whose definition is checked separately
        self._entered: list[str] = []
        self._clean: set[str] = set()  # fragments that an operation has entered without a fault

    def document(self, document: DocumentNode) -> None:
        """Check everything. Raises _Enough."""
        executable = (OperationDefinitionNode, FragmentDefinitionNode)
        for definition in document.definitions:
            if not isinstance(definition, executable):
                self._report(texts.NOT_EXECUTABLE, (), definition, _definition_name(definition))
        before: list[OperationDefinitionNode] = []
        for definition in document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self._fragment_definition(definition)
            elif isinstance(definition, OperationDefinitionNode):
                self._alone(definition, before)
                self._operation(definition)
                before.append(definition)
        used = self._spreads.used()
        for name, fragment in self._fragments.items():
            if name not in used:
                self._report(texts.UNUSED_FRAGMENT, (), fragment, name)

    def _report(self, text: Text, path: Path, places: Node | Sequence[Node], *names: object) -> None:
        """Record a fault, unless only variables are being checked."""
        if not self._only_variables:
            self._keep(text, path, places, *names)

    def _keep(self, text: Text, path: Path, places: Node | Sequence[Node], *names: object) -> None:
        nodes = [places] if isinstance(places, Node) else list(places)
        self.faults.append(request_fault(text.message(path, *names), GraphQLError("", nodes).locations))
        if len(self.faults) >= _MAXIMUM_FAULTS:
            raise _Enough

    def _alone(self, operation: OperationDefinitionNode, before: Sequence[OperationDefinitionNode]) -> None:
        """Check that an operation without a name is the only one."""
        if operation.name is None and before:
            self._report(texts.ANONYMOUS_OPERATION, (), operation)
        elif operation.name and any(other.name is None for other in before):
            self._report(texts.AFTER_ANONYMOUS_OPERATION, (), operation, operation.name.value)

    def _operation(self, operation: OperationDefinitionNode) -> None:
        self._variables, self._used_variables, self._clean = {}, set(), set()
        for variable in operation.variable_definitions or ():
            self._variable_definition(variable)
        is_query = operation.operation is OperationType.QUERY
        place = DirectiveLocation.QUERY if is_query else DirectiveLocation.MUTATION
        self._directives(operation.directives, place, None, ())
        root = self._schema.get_root_type(operation.operation)
        self._selection_set(operation.selection_set, root, ())
        for name, variable in self._variables.items():
            if name not in self._used_variables:
                self._report(texts.UNUSED_VARIABLE, (), variable, name)
        self._variables = None

    def _variable_definition(self, definition: VariableDefinitionNode) -> None:
        if self._variables is not None:
            self._variables[definition.variable.name.value] = definition
        kind = self._type_of(definition.type)
        default = definition.default_value
        if is_input_type(kind) and default:
            if isinstance(kind, GraphQLNonNull):
                self._report(texts.DEFAULT_OF_NON_NULL, (), definition)
            if literal_fault(default, kind):
                self._report(texts.BAD_DEFAULT, (), definition, literal_text(default), java_name(kind))
        if kind is not None and not is_input_type(kind):
            self._report(texts.NOT_AN_INPUT_TYPE, (), definition)
        self._known_type(named(definition.type), ())
        self._directives(definition.directives, None, None, ())

    def _type_of(self, node: TypeNode) -> GraphQLType | None:
        known = self._known.type(named(node).name.value)
        return type_from_ast(self._schema, node) if known else None

    def _known_type(self, node: NamedTypeNode, path: Path) -> None:
        if self._known.type(node.name.value) is None:
            self._report(texts.UNKNOWN_TYPE, path, node, node.name.value)

    def _fragment_definition(self, fragment: FragmentDefinitionNode) -> None:
        name = fragment.name.value
        path = (name,)
        kind = self._known.type(fragment.type_condition.name.value)
        if kind is not None and not is_composite_type(kind):
            self._report(texts.FRAGMENT_ON_LEAF, path, fragment)
        for cycle in self._spreads.cycles(name):
            self._report(texts.FRAGMENT_CYCLE, path, cycle)
        self._within_fragment(fragment, path)

    def _within_fragment(self, fragment: FragmentDefinitionNode, path: Path) -> None:
        self._known_type(fragment.type_condition, path)
        self._directives(fragment.directives, DirectiveLocation.FRAGMENT_DEFINITION, None, path)
        self._selection_set(fragment.selection_set, self._known.type(fragment.type_condition.name.value), path)

    def _selection_set(self, selection_set: SelectionSetNode, parent: Parent, path: Path) -> None:
        if not selection_set.selections:
            raise NotADocument
        inner = parent if is_composite_type(parent) else None
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                self._field(selection, inner, path)
            elif isinstance(selection, InlineFragmentNode):
                self._inline_fragment(selection, inner, path)
            elif isinstance(selection, FragmentSpreadNode):
                self._fragment_spread(selection, inner, path)
        if not self._only_variables:
            for conflict in self._conflicts.of(selection_set, parent):
                self._report(texts.FIELDS_CONFLICT, path, conflict.fields, conflict.reason)

    def _field(self, node: FieldNode, parent: GraphQLCompositeType | None, path: Path) -> None:
        name = node.name.value
        path = (*path, name)
        field = self._known.field(parent, name)
        if parent is not None and field is None:
            self._report(texts.UNDEFINED_FIELD, path, node, name, parent.name)
        if field is not None:
            names = {argument.name.value for argument in node.arguments or ()}
            for argument in required(field.args, names):
                self._report(texts.MISSING_ARGUMENT, path, node, argument)
            if is_leaf_type(get_named_type(field.type)):
                if node.selection_set:
                    self._report(texts.SELECTION_NOT_ALLOWED, path, node, java_name(field.type), name)
            elif not node.selection_set:
                self._report(texts.SELECTION_REQUIRED, path, node, java_name(field.type), name)
        for entry in node.arguments or ():
            self._argument(entry, field, None, path)
        self._directives(node.directives, DirectiveLocation.FIELD, field, path)
        if node.selection_set:
            self._selection_set(node.selection_set, inner_type(field), path)

    def _argument(
        self, node: ArgumentNode, field: GraphQLField | None, directive: GraphQLDirective | None, path: Path
    ) -> None:
        name = node.name.value
        owner = directive or field
        known = owner.args.get(name) if owner else None
        if known and (fault := literal_fault(node.value, known.type)):
            self._report(texts.WRONG_TYPE, path, node, *fault.names(name, node.value))
        if owner and not known:
            unknown = texts.UNKNOWN_DIRECTIVE_ARGUMENT if directive else texts.UNKNOWN_ARGUMENT
            self._report(unknown, path, node, name)
        self._value(node.value, known.type if known else None, path)

    def _value(self, node: ValueNode, kind: GraphQLInputType | None, path: Path) -> None:
        if isinstance(node, VariableNode):
            self._variable(node, kind, path)
        elif isinstance(node, ListValueNode):
            outer = nullable(kind)
            for entry in node.values:
                self._value(entry, outer.of_type if isinstance(outer, GraphQLList) else None, path)
        elif isinstance(node, ObjectValueNode):
            owner = get_named_type(kind)
            fields = owner.fields if isinstance(owner, GraphQLInputObjectType) else {}
            for member in node.fields:
                field = fields.get(member.name.value)
                self._value(member.value, field.type if field else None, path)

    def _variable(self, node: VariableNode, expected: GraphQLInputType | None, path: Path) -> None:
        if self._variables is None:
            return
        name = node.name.value
        self._used_variables.add(name)
        definition = self._variables.get(name)
        if definition is None:
            self._keep(texts.UNDEFINED_VARIABLE, path, node, name)
            return
        actual = self._type_of(definition.type)
        if actual is None or expected is None:
            return
        # A variable with a default is never null.
        never_null = f"{actual}!" if definition.default_value and not isinstance(actual, GraphQLNonNull) else ""
        if not matches(actual, nullable(expected) if never_null else expected):
            self._keep(texts.VARIABLE_TYPE, path, node, never_null or actual, expected)

    def _directives(
        self,
        directives: Sequence[DirectiveNode] | None,
        place: DirectiveLocation | None,
        field: GraphQLField | None,
        path: Path,
    ) -> None:
        for node in directives or ():
            name = node.name.value
            known = self._schema.get_directive(name)
            if known is None:
                self._report(texts.UNKNOWN_DIRECTIVE, path, node, name)
            else:
                if place not in known.locations:
                    self._report(texts.MISPLACED_DIRECTIVE, path, node, name)
                names = {argument.name.value for argument in node.arguments or ()}
                for argument in required(known.args, names):
                    self._report(texts.MISSING_DIRECTIVE_ARGUMENT, path, node, argument)
            for entry in node.arguments or ():
                # Like graphql-java, treat the arguments of an unknown directive as arguments of the field.
                self._argument(entry, field, known, path)

    def _inline_fragment(self, node: InlineFragmentNode, parent: GraphQLCompositeType | None, path: Path) -> None:
        condition = node.type_condition
        kind = self._known.type(condition.name.value) if condition else parent
        if kind is not None and not is_composite_type(kind):
            self._report(texts.INLINE_FRAGMENT_ON_LEAF, path, node)
        elif is_composite_type(kind) and parent and not do_types_overlap(self._schema, kind, parent):
            self._report(texts.IMPOSSIBLE_INLINE_FRAGMENT, path, node, parent.name, kind.name)
        if condition:
            self._known_type(condition, path)
        self._directives(node.directives, DirectiveLocation.INLINE_FRAGMENT, None, path)
        self._selection_set(node.selection_set, kind, path)

    def _fragment_spread(self, node: FragmentSpreadNode, parent: GraphQLCompositeType | None, path: Path) -> None:
        name = node.name.value
        fragment = self._fragments.get(name)
        if fragment is None:
            self._report(texts.UNDEFINED_FRAGMENT, path, node, name)
        else:
            kind = self._known.type(fragment.type_condition.name.value)
            if is_composite_type(kind) and parent and not do_types_overlap(self._schema, kind, parent):
                self._report(texts.IMPOSSIBLE_FRAGMENT, path, node, name, parent.name, kind.name)
            self._variables_within(fragment, path)
        self._directives(node.directives, DirectiveLocation.FRAGMENT_SPREAD, None, path)

    def _variables_within(self, fragment: FragmentDefinitionNode, path: Path) -> None:
        """Check the variables that a fragment uses, for the operation that spreads it."""
        name = fragment.name.value
        if self._variables is None or name in self._entered or name in self._clean:
            return
        before = len(self.faults)
        with self._entering(name):
            self._within_fragment(fragment, (*path, name))
        if len(self.faults) == before:
            self._clean.add(name)

    @contextmanager
    def _entering(self, name: str) -> Iterator[None]:
        outer, self._only_variables = self._only_variables, True
        self._entered.append(name)
        yield
        self._entered.pop()
        self._only_variables = outer


def _definition_name(definition: DefinitionNode) -> str:
    if isinstance(definition, (TypeDefinitionNode, TypeExtensionNode)):
        return definition.name.value
    return "schema" if isinstance(definition, SchemaDefinitionNode) else "provided"
