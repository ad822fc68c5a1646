"""Authorizes callers for fields by AppSync's @aws_* directives (AppSync Developer Guide, "Using additional
authorization modes")."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import DirectiveNode, GraphQLObjectType, GraphQLSchema, ListValueNode, StringValueNode

from appsync_offline.authentication.caller import Caller
from appsync_offline.control_plane.deployed_api import AuthMode, DeployedApi

_MODE_OF: Mapping[str, AuthMode] = {
    "aws_api_key": AuthMode.API_KEY,
    "aws_iam": AuthMode.IAM,
    "aws_oidc": AuthMode.OIDC,
    "aws_lambda": AuthMode.LAMBDA,
    "aws_cognito_user_pools": AuthMode.COGNITO,
}


@dataclass(frozen=True)
class _Rule:
    """The allowed modes. If `groups` is not empty, a Cognito caller must belong to at least one of them."""

    modes: frozenset[AuthMode]
    groups: frozenset[str] = frozenset()

    def allows(self, caller: Caller) -> bool:
        if caller.mode not in self.modes:
            return False
        return caller.mode is not AuthMode.COGNITO or not self.groups or bool(self.groups & caller.groups)


class FieldAuthorization:
    """The rules of one schema. A field's directives override its type's directives, which override the default mode."""

    def __init__(self, schema: GraphQLSchema, api: DeployedApi) -> None:
        default = api.auth[0]
        denies = default.mode is AuthMode.COGNITO and default.default_action == "DENY"
        self._default = _Rule(frozenset() if denies else frozenset({default.mode}))
        # AppSync applies @aws_auth only when Cognito is the only mode, and silently ignores it otherwise.
        self._reads_aws_auth = len(api.auth) == 1 and default.mode is AuthMode.COGNITO
        self._rules: dict[tuple[str, str], _Rule] = {}
        for type_name, kind in schema.type_map.items():
            if isinstance(kind, GraphQLObjectType) and not type_name.startswith("__"):
                nodes = [kind.ast_node, *kind.extension_ast_nodes]
                of_type = self._rule([directive for node in nodes if node for directive in node.directives or ()])
                for field_name, field in kind.fields.items():
                    of_field = self._rule(field.ast_node.directives or () if field.ast_node else ())
                    self._rules[type_name, field_name] = of_field or of_type or self._default

    def allows(self, caller: Caller, type_name: str, field_name: str) -> bool:
        """Returns whether the caller may see the field."""
        if f"{type_name}.{field_name}" in caller.denied_fields:
            return False
        return self._rules.get((type_name, field_name), self._default).allows(caller)

    def _rule(self, directives: "list[DirectiveNode] | tuple[DirectiveNode, ...]") -> _Rule | None:
        modes: set[AuthMode] = set()
        groups: set[str] = set()
        for directive in directives:
            name = directive.name.value
            if name in _MODE_OF:
                modes.add(_MODE_OF[name])
            elif name == "aws_auth" and self._reads_aws_auth:
                modes.add(AuthMode.COGNITO)
            else:
                continue
            groups |= _groups(directive)
        return _Rule(frozenset(modes), frozenset(groups)) if modes else None


def _groups(directive: DirectiveNode) -> set[str]:
    return {
        value.value
        for argument in directive.arguments or ()
        if argument.name.value == "cognito_groups" and isinstance(argument.value, ListValueNode)
        for value in argument.value.values
        if isinstance(value, StringValueNode)
    }
