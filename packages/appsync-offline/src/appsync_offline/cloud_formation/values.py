"""Evaluates the intrinsic functions of a template (CloudFormation User Guide, "Intrinsic function reference")."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from appsync_offline.cloud_formation.templates import Template

_VARIABLE = re.compile(r"\$\{(?P<literal>!)?(?P<name>[^}]+)\}")
# The property that `Ref` returns for a resource that was given a name of its own.
_NAMES: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::IAM::Role": "RoleName",
}
_ARNS: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::DynamoDB::GlobalTable": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::IAM::Role": "arn:aws:iam::{account}:role/{name}",
    "AWS::Cognito::UserPool": "arn:aws:cognito-idp:{region}:{account}:userpool/{name}",
}


class Unknown(Exception):
    """A value is known only once the stack is deployed. The message names it."""


@dataclass(frozen=True)
class Place:
    """The account and region that pseudo parameters name."""

    account: str
    region: str


@dataclass(frozen=True)
class Values:
    """The values of one stack's template.

    `names` are the physical ids of resources by logical id, as far as the stack is deployed. `parameters` are the
    parameters' values. `imported` returns the value of another stack's export, `nested` an output of a nested stack.
    """

    stack: str
    template: Template
    place: Place
    names: Mapping[str, str]
    parameters: Mapping[str, Any]
    imported: Callable[[str], Any]
    nested: Callable[[str, str], Any]

    def of(self, value: Any) -> Any:
        """Returns a value of the template with its functions evaluated. Raises Unknown."""
        if isinstance(value, list):
            entries = [self.of(entry) for entry in value]
            return [entry for entry in entries if entry is not _NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(str(argument))
            if name.startswith("Fn::"):
                try:
                    return self._function(name.removeprefix("Fn::"), argument)
                except (LookupError, TypeError, ValueError) as fault:
                    raise Unknown(f"{name} of {argument}") from fault
        evaluated = {name: self.of(entry) for name, entry in value.items()}
        return {name: entry for name, entry in evaluated.items() if entry is not _NO_VALUE}

    def exists(self, resource: Mapping[str, Any]) -> bool:
        """Returns whether the resource's condition holds, if it has one."""
        condition = resource.get("Condition")
        return condition is None or self._condition(str(condition))

    def handle(self, logical_id: str) -> str:
        """Returns a resource's physical id, or else a name that is unique among all stacks."""
        return self.names.get(logical_id) or f"{self.stack}.{logical_id}"

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self.place.account,
            "AWS::Region": self.place.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.stack,
            "AWS::StackId": f"arn:aws:cloudformation:{self.place.region}:{self.place.account}:stack/{self.stack}/0",
            "AWS::NoValue": _NO_VALUE,
            "AWS::NotificationARNs": [],
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template.parameters:
            return self._parameter(name)
        resource = self._resource(name)
        if name in self.names:
            return self.names[name]
        kind, properties = resource["Type"], resource.get("Properties") or {}
        if kind == "AWS::Lambda::Alias":
            function = str(self.of(properties["FunctionName"]))
            arn = function if function.startswith("arn:") else self._arn("AWS::Lambda::Function", function)
            return f"{arn}:{self.of(properties['Name'])}"
        if _NAMES.get(kind) in properties:
            return self.of(properties[_NAMES[kind]])
        if kind.startswith("AWS::AppSync::"):
            return self.handle(name)
        raise Unknown(f"the physical id of {name} ({kind})")

    def _parameter(self, name: str) -> Any:
        if name in self.parameters:
            return self.parameters[name]
        parameter = self.template.parameters[name]
        if "Default" not in parameter:
            raise Unknown(f"the parameter {name}")
        default = parameter["Default"]
        is_list = str(parameter.get("Type", "")).startswith(("CommaDelimitedList", "List<"))
        return str(default).split(",") if is_list else default

    def _resource(self, name: str) -> Mapping[str, Any]:
        resource = self.template.resources.get(name)
        if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
            raise Unknown(f"{name}, which the template does not define")
        return resource

    def _attribute(self, name: str, attribute: str) -> Any:
        resource = self._resource(name)
        kind, properties = resource["Type"], resource.get("Properties") or {}
        if kind == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            return self.nested(name, attribute.removeprefix("Outputs."))
        if kind.startswith("AWS::AppSync::"):
            if attribute in {"ApiId", "FunctionId"}:
                return self.handle(name).rsplit("/", 1)[-1]
            if attribute in {"Name", "DataSourceName"} and attribute in properties:
                return self.of(properties[attribute])
        if attribute == "Arn" and kind in _ARNS:
            reference = str(self._ref(name))
            return reference if reference.startswith("arn:") else self._arn(kind, reference)
        if attribute == "UserPoolId" or (kind, attribute) == ("AWS::Cognito::UserPool", "ProviderName"):
            return self._ref(name)
        raise Unknown(f"{name}.{attribute} ({kind})")

    def _arn(self, kind: str, name: str) -> str:
        return _ARNS[kind].format(region=self.place.region, account=self.place.account, name=name)

    def _condition(self, name: str) -> bool:
        if name not in self.template.conditions:
            raise Unknown(f"the condition {name}")
        return bool(self._test(self.template.conditions[name]))

    def _test(self, expression: Any) -> bool:
        if not isinstance(expression, Mapping) or len(expression) != 1:
            raise Unknown(f"the condition {expression}")
        ((name, argument),) = expression.items()
        if name == "Condition":
            return self._condition(str(argument))
        if name == "Fn::Equals":
            left, right = (self.of(side) for side in argument)
            return str(left) == str(right)
        if name == "Fn::Not":
            return not self._test(argument[0])
        if name == "Fn::And":
            return all(self._test(part) for part in argument)
        if name == "Fn::Or":
            return any(self._test(part) for part in argument)
        raise Unknown(f"the condition function {name}")

    def _function(self, name: str, argument: Any) -> Any:
        if name == "GetAtt":
            logical_id, attribute = argument if isinstance(argument, list) else str(argument).split(".", 1)
            return self._attribute(logical_id, self.of(attribute))
        if name == "If":
            condition, when_true, when_false = argument
            return self.of(when_true if self._condition(condition) else when_false)
        if name == "Sub":
            return self._substituted(argument)
        if name == "ImportValue":
            return self.imported(str(self.of(argument)))
        arguments = self.of(argument)
        if name == "Join":
            return str(arguments[0]).join(map(str, arguments[1]))
        if name == "Select":
            return arguments[1][int(arguments[0])]
        if name == "Split":
            return str(arguments[1]).split(str(arguments[0]))
        if name == "FindInMap":
            first, second, third = arguments[:3]
            return self.of(self.template.mappings[first][second][third])
        if name == "Base64":
            return base64.b64encode(str(arguments).encode()).decode()
        raise Unknown(f"the function Fn::{name}")

    def _substituted(self, argument: Any) -> str:
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def value(variable: re.Match[str]) -> str:
            name = variable["name"].strip()
            if variable["literal"]:
                return f"${{{name}}}"
            if name in variables:
                return str(self.of(variables[name]))
            return str(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

        return _VARIABLE.sub(value, str(text))


_NO_VALUE = object()
