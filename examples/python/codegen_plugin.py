"""A plugin of ariadne-codegen that generates enums which accept unknown values (open_enum.py)."""

import ast

from ariadne_codegen.plugins.base import Plugin
from graphql import GraphQLEnumType


class OpenEnums(Plugin):
    """Replaces the base class `Enum` of every enum with `OpenEnum`."""

    def generate_enum(self, class_def: ast.ClassDef, enum_type: GraphQLEnumType) -> ast.ClassDef:  # noqa: ARG002 - the hook of a plugin
        """Returns the class with the base class `OpenEnum`."""
        class_def.bases = [ast.Name("OpenEnum")]
        return class_def

    def generate_enums_module(self, module: ast.Module) -> ast.Module:
        """Returns the module with the import of `OpenEnum`."""
        imports = ast.ImportFrom("open_enum", [ast.alias("OpenEnum")], 1)
        module.body = [imports, *(node for node in module.body if not isinstance(node, ast.ImportFrom))]
        return module
