"""An API is read from templates as CloudFormation would deploy it. Nothing that is missing runs as something else."""

import json
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest
import yaml
from appsync_offline.cloud_formation.deployed_stacks import DeployedStacks
from appsync_offline.cloud_formation.lost_templates import marked
from appsync_offline.cloud_formation.reader import CloudFormationTemplates, without_endpoint
from appsync_offline.cloud_formation.templates import Template
from appsync_offline.cloud_formation.values import Place, Unknown, Values
from appsync_offline.control_plane.reader import CannotRead
from appsync_offline.testing.apis import Function, an_api, ask, coded, direct

APPS = Path(__file__).parent / "apps"
API_ID = {"Fn::GetAtt": ["Api", "ApiId"]}
CODE = "export function request(ctx) { return {}; }\nexport function response(ctx) { return 1; }\n"


def values(resources: Mapping[str, Any] | None = None, **sections: Any) -> Values:
    template = Template(Path("t.json"), resources or {}, **sections)

    def unknown(*names: str) -> Any:
        raise Unknown(" ".join(names))

    return Values("app", template, Place("123456789012", "eu-west-1"), {"Pool": "eu-west-1_a"}, {}, unknown, unknown)


RESOURCES = {
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "books"}},
    "Nameless": {"Type": "AWS::DynamoDB::Table"},
    "Function": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": {"Fn::Sub": "f-${AWS::Region}"}}},
    "Alias": {"Type": "AWS::Lambda::Alias", "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "live"}},
    "Pool": {"Type": "AWS::Cognito::UserPool"},
}
SECTIONS: dict[str, Any] = {
    "parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
    },
    "conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "Never": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Both": {"Fn::And": [{"Condition": "IsDev"}, {"Fn::Or": [{"Condition": "Never"}, {"Condition": "IsDev"}]}]},
    },
    "mappings": {"Sizes": {"dev": {"memory": 128}}},
}
EVALUATED: list[tuple[Any, Any]] = [
    ({"Ref": "Stage"}, "dev"),
    ({"Ref": "Names"}, ["a", "b"]),
    ({"Ref": "Table"}, "books"),
    ({"Ref": "Pool"}, "eu-west-1_a"),
    ({"Ref": "Alias"}, "arn:aws:lambda:eu-west-1:123456789012:function:f-eu-west-1:live"),
    ({"Fn::GetAtt": ["Function", "Arn"]}, "arn:aws:lambda:eu-west-1:123456789012:function:f-eu-west-1"),
    ({"Fn::GetAtt": "Table.Arn"}, "arn:aws:dynamodb:eu-west-1:123456789012:table/books"),
    ({"Fn::Sub": "${Table}/${Table.Arn}/${!raw}"}, "books/arn:aws:dynamodb:eu-west-1:123456789012:table/books/${raw}"),
    ({"Fn::Sub": ["${a}-${AWS::AccountId}", {"a": {"Ref": "Stage"}}]}, "dev-123456789012"),
    ({"Fn::If": ["Both", 1, 2]}, 1),
    ({"Fn::If": ["Never", 1, 2]}, 2),
    ([1, {"Fn::If": ["Never", 2, {"Ref": "AWS::NoValue"}]}], [1]),
    ({"a": {"Ref": "AWS::NoValue"}, "b": 1}, {"b": 1}),
    ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
    ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 128),
    ({"Fn::Join": ["", ["a", {"Ref": "AWS::Partition"}]]}, "aaws"),
]


@pytest.mark.parametrize(("value", "result"), EVALUATED, ids=lambda value: json.dumps(value)[:40])
def test_functions_of_templates_are_evaluated(value: Any, result: Any) -> None:
    assert values(RESOURCES, **SECTIONS).of(value) == result


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Ref": "Nameless"}, "physical id of Nameless"),
        ({"Ref": "Nowhere"}, "Nowhere"),
        ({"Fn::GetAtt": ["Table", "StreamArn"]}, "Table.StreamArn"),
        ({"Fn::ImportValue": "shared"}, "shared"),
        ({"Fn::Cidr": ["10.0.0.0/8", 1, 1]}, "Fn::Cidr"),
        ({"Fn::Select": [3, ["a"]]}, "Fn::Select"),
        ({"Fn::If": ["Unheard", 1, 2]}, "Unheard"),
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_a_value_that_only_a_deployment_knows_is_named(value: Any, named: str) -> None:
    with pytest.raises(Unknown, match=named):
        values(RESOURCES, **SECTIONS).of(value)


def app(tmp_path: Path, name: str = "notes") -> Path:
    return Path(shutil.copytree(APPS / name, tmp_path / name))


def changed(folder: Path, stack: str, **resources: Mapping[str, Any]) -> None:
    """Changes properties of resources in a stack's template."""
    file = folder / f"{stack}.template.json"
    template = json.loads(file.read_text())
    for logical_id, properties in resources.items():
        template["Resources"].setdefault(logical_id, {"Properties": {}})["Properties"].update(properties)
    file.write_text(json.dumps(template))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"CodeS3Location": "s3://elsewhere/9.js"}, "s3://elsewhere/9.js is none of the stack's assets"),
        ({"CodeS3Location": "gone.js"}, "gone.js is the file .*gone.js, which cannot be read"),
        ({"CodeS3Location": "."}, "and AppSync takes a file"),
        ({"RequestMappingTemplateS3Location": "s3://elsewhere/9.vtl"}, "none of the stack's assets"),
    ],
    ids=["an unknown asset", "a missing file", "a folder", "a template"],
)
async def test_a_resolver_whose_code_is_missing_answers_an_error_that_says_so(
    tmp_path: Path, change: Mapping[str, Any], why: str
) -> None:
    folder = app(tmp_path)
    changed(folder, "Notes", QueryNote=change)

    answer = await ask(CloudFormationTemplates(folder, region="eu-west-1").read(), '{ note(name: "Emma") }')

    (error,) = answer["errors"]
    assert error["errorType"] == "NotRunnable"
    assert re.search(why, error["message"])


async def test_a_runtime_without_code_is_no_direct_Lambda_resolver(tmp_path: Path) -> None:
    folder = app(tmp_path)
    file = folder / "Notes.template.json"
    template = json.loads(file.read_text())
    del template["Resources"]["QueryNote"]["Properties"]["CodeS3Location"]
    file.write_text(json.dumps(template))

    (error,) = (await ask(CloudFormationTemplates(folder, region="eu-west-1").read(), '{ note(name: "a") }'))["errors"]

    assert error["message"].endswith("it has a Runtime and no Code")


@pytest.mark.parametrize(
    ("resources", "sentence"),
    [
        ({"Schema": {"DefinitionS3Location": "s3://elsewhere/s.graphql"}}, "none of the stack's assets"),
        ({"Schema": {"Definition": "type Query { a: "}}, "cannot be used: Syntax Error"),
        ({"Schema": {"Definition": ""}}, "The schema of Api"),
        ({"Api": {"Name": {"Ref": "Nowhere"}}}, "Nowhere"),
    ],
    ids=["a schema that is no asset", "a schema that does not parse", "an empty schema", "an unknown name"],
)
def test_an_app_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, resources: Mapping[str, Mapping[str, Any]], sentence: str
) -> None:
    folder = app(tmp_path)
    changed(folder, "Notes", **resources)

    with pytest.raises(CannotRead, match=sentence):
        CloudFormationTemplates(folder, region="eu-west-1").read()


def test_a_folder_that_CDK_did_not_write_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match=r"no output of `cdk synth`"):
        CloudFormationTemplates(tmp_path, region="eu-west-1").read()
    with pytest.raises(CannotRead, match="run `cdk synth` first"):
        CloudFormationTemplates(tmp_path / "cdk.out", region="eu-west-1").read()


def test_a_template_with_a_transform_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sam.yaml").write_text("Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: B}}\n")

    with pytest.raises(CannotRead, match="--template-stage Processed"):
        CloudFormationTemplates(tmp_path / "sam.yaml", region="eu-west-1").read()


def test_of_several_apis_one_is_chosen_by_name(tmp_path: Path) -> None:
    folder = app(tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["Rooms"] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "r.json"}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    shutil.copy(APPS / "rooms" / "Rooms.template.json", folder / "r.json")
    templates = CloudFormationTemplates(folder, region="eu-west-1")

    assert templates.read("rooms").name == "rooms"
    with pytest.raises(CannotRead, match="2 APIs; choose one by its name or logical id, of notes-eu-west-1, rooms"):
        templates.read()
    with pytest.raises(CannotRead, match="no API called cars"):
        templates.read("cars")


async def test_an_api_spreads_over_nested_stacks_and_imports(tmp_path: Path) -> None:
    """CDK splits large stacks, and references between stacks are parameters, exports and outputs."""

    def resource(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::AppSync::{kind}", "Properties": properties}

    inner = {
        "Parameters": {"ApiRef": {"Type": "String"}},
        "Resources": {
            "Source": resource("DataSource", ApiId={"Ref": "ApiRef"}, Name="Nothing", Type="NONE"),
            "A": resource(
                *["Resolver"],
                ApiId={"Ref": "ApiRef"},
                TypeName="Query",
                FieldName="a",
                DataSourceName="Nothing",
                Runtime={"Name": "APPSYNC_JS"},
                Code=CODE,
            ),
        },
        "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Source", "Name"]}}},
    }
    outer = {
        "Resources": {
            "Api": resource("GraphQLApi", Name="split", AuthenticationType="API_KEY"),
            "Schema": resource("GraphQLSchema", ApiId=API_ID, Definition="type Query { a: Int b: Int c: Int }"),
            "Part": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"Parameters": {"ApiRef": API_ID}},
                "Metadata": {"aws:asset:path": "part.nested.template.json"},
            },
            "B": resource(
                *["Resolver"],
                ApiId=API_ID,
                TypeName="Query",
                FieldName="b",
                Runtime={},
                Code=CODE,
                DataSourceName={"Fn::GetAtt": ["Part", "Outputs.Name"]},
            ),
        },
        "Outputs": {"Api": {"Value": API_ID, "Export": {"Name": "the-api"}}},
    }
    other = {
        "Resources": {
            "C": resource(
                *["Resolver"],
                ApiId={"Fn::ImportValue": "the-api"},
                TypeName="Query",
                FieldName="c",
                Runtime={},
                Code=CODE,
                DataSourceName="Nothing",
            )
        }
    }
    stacks = {"outer.json": outer, "other.json": other}
    for name, template in {**stacks, "part.nested.template.json": inner}.items():
        (tmp_path / name).write_text(json.dumps(template))
    artifacts = {
        name: {"type": "aws:cloudformation:stack", "properties": {"templateFile": name, "stackName": name}}
        for name in stacks
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))

    api = CloudFormationTemplates(tmp_path, region="eu-west-1").read()

    assert await ask(api, "{ a b c }") == {"data": {"a": 1, "b": 1, "c": 1}}


def test_functions_and_tables_of_a_deployed_stack_have_their_physical_names(tmp_path: Path) -> None:
    folder = app(tmp_path)
    changed(
        folder,
        "Notes",
        Nothing={"Type": "AWS_LAMBDA", "LambdaConfig": {"LambdaFunctionArn": {"Fn::GetAtt": ["F", "Arn"]}}},
    )
    file = folder / "Notes.template.json"
    template = json.loads(file.read_text())
    template["Resources"]["F"] = {"Type": "AWS::Lambda::Function", "Properties": {}}
    file.write_text(json.dumps(template))

    alone = CloudFormationTemplates(folder, region="eu-west-1").read().data_sources["Nothing"]
    names = {"Notes": {"F": "Notes-F-1", "Api": "abc"}}
    deployed = CloudFormationTemplates(folder, region="eu-west-1", names=lambda stack: names[stack]).read()

    assert "the physical id of F" in alone.missing
    assert deployed.id == "abc"
    source = deployed.data_sources["Nothing"]
    assert source.lambda_arn == "arn:aws:lambda:eu-west-1:000000000000:function:Notes-F-1"
    assert "serve with --aws-endpoint" in without_endpoint(deployed).data_sources["Nothing"].missing


class CloudFormation(BaseHTTPRequestHandler):
    """ListStackResources, ListStacks and GetTemplate (CloudFormation API reference) of one deployed stack."""

    template = "{}"

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        (action,) = body["Action"]
        members = {
            "ListStackResources": "<StackResourceSummaries><member><LogicalResourceId>F</LogicalResourceId>"
            "<PhysicalResourceId>app-F-1</PhysicalResourceId></member></StackResourceSummaries>",
            "ListStacks": "<StackSummaries><member><StackName>app</StackName>"
            "<StackStatus>CREATE_COMPLETE</StackStatus></member><member><StackName>old</StackName>"
            "<StackStatus>DELETE_COMPLETE</StackStatus></member></StackSummaries>",
            "GetTemplate": f"<TemplateBody>{escape(self.template)}</TemplateBody>",
        }
        status, answer = 200, f"<{action}Response><{action}Result>{members[action]}</{action}Result></{action}Response>"
        if body.get("StackName", ["app"]) != ["app"]:
            error = "<Code>ValidationError</Code><Message>it does not exist</Message>"
            status, answer = 400, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base class's parameter name
        """Log nothing."""


@pytest.fixture
def deployed_stacks() -> Iterator[DeployedStacks]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), CloudFormation)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield DeployedStacks(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    thread.join()


def test_cloud_formation_tells_physical_names(deployed_stacks: DeployedStacks) -> None:
    assert deployed_stacks.names("app") == {"F": "app-F-1"}
    assert deployed_stacks.names("elsewhere") == {}


TEMPLATES = {"RequestMappingTemplateS3Location": "s3://bucket/a.vtl"}
DIRECT = {"ApiId": API_ID, "TypeName": "Query", "FieldName": "a", "DataSourceName": "LAMBDA"}


@pytest.mark.parametrize("as_yaml", [False, True], ids=["JSON", "YAML"])
async def test_a_resolver_whose_templates_the_endpoint_dropped_is_no_direct_Lambda_resolver(
    deployed_stacks: DeployedStacks, as_yaml: bool
) -> None:
    resources = {
        "A": {"Type": "AWS::AppSync::Resolver", "Properties": {**DIRECT, **TEMPLATES}},
        "B": {"Type": "AWS::AppSync::Resolver", "Properties": {**DIRECT, "FieldName": "b"}},
    }
    CloudFormation.template = (yaml.safe_dump if as_yaml else json.dumps)({"Resources": resources})
    api = an_api("type Query { a: Int b: Int }", direct("Query.a"), direct("Query.b"))
    function = Function(lambda _payload: 7)

    answer = await ask(marked(api, deployed_stacks), "{ a b }", function)

    assert answer["data"] == {"a": None, "b": 7}
    assert "the stack app gives it mapping templates in S3" in answer["errors"][0]["message"]
    assert len(function.payloads) == 1


async def test_without_direct_resolvers_cloud_formation_is_not_asked() -> None:
    api = an_api("type Query { a: Int }", coded("Query.a", response="return 1"))

    assert marked(api, DeployedStacks("http://127.0.0.1:9")) is api
