"""Answers of the live service that users of AppSync and AWS's own tests have quoted, each with its source.

The errors of a row hold what the source shows: a whole error, some of its keys, or only the message. Schemas and
documents are the smallest ones that lead to the answer. Positions are those that the source shows. `differs` explains
why the gateway's answer is different.
"""

# ruff: noqa: E501 # quotations of the service are not broken into lines

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Captured:
    """An operation and the errors of its answer.

    `value` is what its resolvers return, and `data` is the answer's data.
    """

    source: str
    schema: str
    query: str
    errors: Sequence[str | Mapping[str, Any]]
    variables: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None
    data: Any = None
    differs: str = ""


def at(line: int, column: int, message: str) -> Mapping[str, Any]:
    """Returns the whole error of a request that was not executed."""
    return {"path": None, "locations": [{"line": line, "column": column, "sourceName": None}], "message": message}


def nowhere(path: Sequence[object], message: str) -> Mapping[str, Any]:
    """Returns the whole error of a value that its field does not accept."""
    return {"path": list(path), "locations": None, "message": message}


GET_TODO_SCHEMA = "type Query { getTodo(id: ID!): Todo } type Todo { id: ID! name: String }"
PERSON = """
type Query { one: Person } type Person { id: ID! name: String }
type Mutation { createPerson(input: CreatePersonInput!): Person }
input CreatePersonInput { id: ID name: String phone: AWSPhone }
"""
CONTACT = """
type Query { one: Contact } type Contact { id: ID! name: String history: History } type History { id: ID! }
type Mutation { createContact(input: CreateContactInput!): Contact }
input CreateContactInput { name: String! phoneNumber: String! emailAddress: String! notes: String! source: String! exhibit: String! }
"""
PEOPLE = """
type Query { listPeople(filter: ModelPersonFilterInput): People } type People { items: [ID] }
input ModelPersonFilterInput { gender: Name } input Name { contains: String }
"""
SCORECARD = "type Query { scorecardV2(id: ID!): LeaderboardDrawerV2 } type LeaderboardDrawerV2 { id: ID! }"
OWNED = """
type Query { one: Recipe } type Recipe { id: ID! name: String } type Mutation { createRecipe(name: String): Recipe }
type Subscription { onCreateRecipe(owner: String!): Recipe @aws_subscribe(mutations: ["createRecipe"]) }
"""
POSTS = """
type Query { one: Post } type Post { id: ID! } type Mutation { createPost(id: ID): Post }
type Subscription { onCreatePost: Post @aws_subscribe(mutations: ["createPost"]) }
"""
HTTP_TRANSFORMER = """
type Query { one: Comment } type Mutation { createComment(input: CreateCommentInput!): Comment }
input CreateCommentInput { title: String }
type Comment { id: ID! title: String complexGet(params: Params!, query: Queries!): Got } type Got { id: ID title: String body: String }
input Params { data: String! } input Queries { userId: Int! }
"""
SYNCED = "type Query { syncSelfEducations: Page } type Page { items: [SelfEducation] } "
SYNCED += "type SelfEducation { id: ID! _version: Int! _lastChangedAt: AWSTimestamp! }"

VALIDATION: list[Captured] = [
    Captured(
        "graphql/graphql-over-http#81, AppSync's team",
        GET_TODO_SCHEMA,
        "{badfield}",
        [
            at(
                1,
                2,
                "Validation error of type FieldUndefined: Field 'badfield' in type 'Query' is undefined @ 'badfield'",
            )
        ],
    ),
    Captured(
        "amplify-cli#5339",
        GET_TODO_SCHEMA,
        "query SyncTodos {\n  syncTodos { items { id } }\n}",
        [
            at(
                2,
                3,
                "Validation error of type FieldUndefined: Field 'syncTodos' in type 'Query' is undefined @ 'syncTodos'",
            )
        ],
    ),
    Captured(
        "amplify-android#1822",
        POSTS,
        "subscription OnCreatePost {\n  onCreatePost {\n    _deleted\n    _lastChangedAt\n    _version\n    id\n  }\n}",
        [
            f"Validation error of type FieldUndefined: Field '{name}' in type 'Post' is undefined @ 'onCreatePost/{name}'"
            for name in ("_deleted", "_lastChangedAt", "_version")
        ],
    ),
    Captured(
        "amplify-category-api, HttpTransformerV2 end-to-end test",
        HTTP_TRANSFORMER,
        'mutation { createComment(input: {title: "Hello"}) { id title complexGet(params: {data: "posts",}) { id title body } } }',
        [
            "Validation error of type MissingFieldArgument: Missing field argument query @ 'createComment/complexGet'",
        ],
    ),
    Captured(
        "AWS's HttpTransformerV2 end-to-end test, a field of the root",
        "type Query { getGame(id: ID!): ID }",
        "{ getGame }",
        ["Validation error of type MissingFieldArgument: Missing field argument id @ 'getGame'"],
    ),
    Captured(
        "amplify-photo-gallery-workshop#17",
        OWNED.replace("Recipe", "Album"),
        "subscription OnCreateAlbum {\n  onCreateAlbum {\n    id\n    name\n  }\n}",
        [at(2, 3, "Validation error of type MissingFieldArgument: Missing field argument owner @ 'onCreateAlbum'")],
    ),
    Captured(
        "amplify-js#6108",
        POSTS.replace("Post", "SharedContent"),
        "subscription($owner: String) { onCreateSharedContent(owner: $owner) { id } }",
        ["Validation error of type UnknownArgument: Unknown field argument owner @ 'onCreateSharedContent'"],
    ),
    Captured(
        "a client of orchestrator.pgatour.com/graphql: three rules, in the order of the places",
        SCORECARD,
        'query {\n  scorecardV2(tournamentId: "R2024480") {\n    id\n    payload\n  }\n}',
        [
            at(2, 3, "Validation error of type MissingFieldArgument: Missing field argument id @ 'scorecardV2'"),
            at(2, 15, "Validation error of type UnknownArgument: Unknown field argument tournamentId @ 'scorecardV2'"),
            at(
                4,
                5,
                "Validation error of type FieldUndefined: Field 'payload' in type 'LeaderboardDrawerV2'"
                " is undefined @ 'scorecardV2/payload'",
            ),
        ],
    ),
    Captured(
        "aws-samples/iam-identity-center-team, a test's copy of an answer",
        "type Query { validateRequest(id: ID): requests } type requests { id: ID }",
        'query { validateRequest(accountId: "1") { valid } }',
        [
            "Validation error of type UnknownArgument: Unknown field argument accountId @ 'validateRequest'",
            "Validation error of type FieldUndefined: Field 'valid' in type 'requests' is undefined @ 'validateRequest/valid'",
        ],
    ),
    Captured(
        "amplify-swift, GraphQLLazyLoadProjectTeam1Tests",
        "type Query { getTeam1(teamId: ID!, name: String!): Team1 } type Team1 { name: String }",
        "query GetTeam1($teamId: String!, $name: String!) {\n  getTeam1(name: $name, teamId: $teamId) {\n    name\n  }\n}",
        [
            at(
                2,
                33,
                "Validation error of type VariableTypeMismatch:"
                " Variable type 'String!' doesn't match expected type 'ID!' @ 'getTeam1'",
            )
        ],
    ),
    Captured(
        "graphql-tag#652",
        "type Query { f(id: ID!): ID }",
        "query($id: String!) { f(id: $id) }",
        [
            "Validation error of type VariableTypeMismatch: Variable type 'String!' doesn't match expected type 'ID!' @ 'f'"
        ],
    ),
    Captured(
        "a public repository's updateNote",
        "type Query { one: ID } type Mutation { updateNote(note: UpdateNoteInput!): ID } input UpdateNoteInput { id: ID }",
        "mutation updateNote($note: UpdateNoteInput) { updateNote(note: $note) }",
        [
            "Validation error of type VariableTypeMismatch:"
            " Variable type 'UpdateNoteInput' doesn't match expected type 'UpdateNoteInput!' @ 'updateNote'"
        ],
    ),
    *(
        Captured(
            f"a public repository's listPeople, variable of type {type_}",
            PEOPLE,
            f"query($filter: {type_}) {{ listPeople(filter: $filter) {{ items }} }}",
            [
                f"Validation error of type VariableTypeMismatch: Variable type '{type_}'"
                " doesn't match expected type 'ModelPersonFilterInput' @ 'listPeople'"
            ],
        )
        for type_ in ("String", "String!")
    ),
    Captured(
        "a public repository's listPeople, a field that the input has not",
        PEOPLE,
        'query { listPeople(filter: {name: {contains: "i"}}) { items } }',
        [
            "Validation error of type WrongType: argument 'filter' with value 'ObjectValue{objectFields=[ObjectField{name='name',"
            " value=ObjectValue{objectFields=[ObjectField{name='contains', value=StringValue{value='i'}}]}}]}'"
            " contains a field not in 'ModelPersonFilterInput': 'name' @ 'listPeople'"
        ],
    ),
    Captured(
        "learn#417 and its repository: an extra field with variables, and a selection that is missing",
        CONTACT,
        "mutation createContact($name: String! $phoneNumber: String! $history: String!) {"
        " createContact(input: {name: $name phoneNumber: $phoneNumber emailAddress: $name notes: $name source: $name"
        " exhibit: $name history: $history}) { id history } }",
        [
            "Validation error of type WrongType: argument 'input' with value 'ObjectValue{objectFields=["
            "ObjectField{name='name', value=VariableReference{name='name'}},"
            " ObjectField{name='phoneNumber', value=VariableReference{name='phoneNumber'}},"
            " ObjectField{name='emailAddress', value=VariableReference{name='name'}},"
            " ObjectField{name='notes', value=VariableReference{name='name'}},"
            " ObjectField{name='source', value=VariableReference{name='name'}},"
            " ObjectField{name='exhibit', value=VariableReference{name='name'}},"
            " ObjectField{name='history', value=VariableReference{name='history'}}]}'"
            " contains a field not in 'CreateContactInput': 'history' @ 'createContact'",
            "Validation error of type SubSelectionRequired:"
            " Sub selection required for type History of field history @ 'createContact/history'",
        ],
    ),
    Captured(
        "aws-mobile-appsync-sdk-js#554",
        "type Query { one: ID } type Mutation { sendEmail(data: AWSJSON): ID }",
        "mutation {" + "\n" * 30 + "  sendEmail(data: { upvotes: 10 })\n}",
        [
            at(
                31,
                13,
                "Validation error of type WrongType: argument 'data' with value 'ObjectValue{objectFields=["
                "ObjectField{name='upvotes', value=IntValue{value=10}}]}' is not a valid 'AWSJSON' @ 'sendEmail'",
            )
        ],
    ),
    Captured(
        "a public repository's listInputs",
        "type Query { listInputs: Page } type Page { items: [Input] } type Input { assetAllocation: Allocation }"
        " type Allocation { endAllocations: Allocations } type Allocations { a: Int }",
        "{ listInputs { items { assetAllocation { endAllocations } } } }",
        [
            "Validation error of type SubSelectionRequired: Sub selection required for type Allocations of field"
            " endAllocations @ 'listInputs/items/assetAllocation/endAllocations'"
        ],
    ),
    Captured(
        "reventless, Platform_SyncComponent: a type that is not null has no name",
        "type Query { one: ID } type Mutation { Platform_SyncComponent(id: ID): Synced! } type Synced { id: ID }",
        'mutation { Platform_SyncComponent(id: "1") }',
        [
            "Validation error of type SubSelectionRequired:"
            " Sub selection required for type null of field Platform_SyncComponent @ 'Platform_SyncComponent'"
        ],
    ),
    Captured(
        "a mobile app's deleteGolfSession",
        "type Query { one: ID } type Mutation { deleteGolfSession(id: ID): Boolean }",
        'mutation { deleteGolfSession(id: "1") { id } }',
        [
            "Validation error of type SubSelectionNotAllowed:"
            " Sub selection not allowed on leaf type Boolean of field deleteGolfSession @ 'deleteGolfSession'"
        ],
    ),
    Captured(
        "amplify-cli#4016: no place for what stands outside of fields",
        GET_TODO_SCHEMA,
        "query($condition: ModelPortalAccountConditionInput) { getTodo(id: $condition) { id } }",
        ["Validation error of type UnknownType: Unknown type ModelPortalAccountConditionInput"],
    ),
    Captured(
        "amplify-js#13797: a scalar that the schema does not use",
        GET_TODO_SCHEMA,
        "query($lastSync: AWSTimestamp) { getTodo(id: $lastSync) { id } }",
        ["Validation error of type UnknownType: Unknown type AWSTimestamp"],
    ),
    Captured(
        "amplify-codegen#29",
        "type Query { getList(id: ID!): List } type List { name: String sheets: Sheets }"
        " type Sheets { items: [Sheet] } type Sheet { id: ID }",
        "query ListItemPage($id: ID!) {\n  getList(id: $id) {\n    name\n    sheets {\n      items {\n"
        "        id\n        id\n        id\n        ...SheetParts\n      }\n    }\n  }\n}",
        [
            at(
                9,
                9,
                "Validation error of type UndefinedFragment: Undefined fragment SheetParts @ 'getList/sheets/items'",
            )
        ],
    ),
    Captured(
        "graphw00f, how it knows AppSync",
        GET_TODO_SCHEMA,
        "query @skip { __typename }",
        [
            "Validation error of type MisplacedDirective: Directive skip not allowed here",
            "Validation error of type MissingDirectiveArgument: Missing directive argument if",
        ],
    ),
    Captured(
        "amplify-hosting#497 (2020)",
        "type Query { one: ID } type Mutation { updateInput(input: In): ID } input In { url: AWSURL }",
        'mutation { updateInput(input: {url: "https://foo.blog/bar"}) }',
        [
            "Validation error of type WrongType: argument 'input.url' with value 'StringValue{value='https://foo.blog/bar'}'"
            " is not a valid 'AWSURL' @ 'updateInput'"
        ],
        differs="the service did not know this top-level domain, which has existed since 2016; the gateway takes any",
    ),
    Captured(
        "a public repository's createLocation",
        "type Query { one: ID } type Mutation { createLocation(name: String): ID }",
        'mutation { createLocation(name: "a", imageURL: "b") }',
        ["Validation error of type UnknownArgument: Unknown field argument imageURL @ 'createLocation'"],
    ),
]

VARIABLES: list[Captured] = [
    Captured(
        "aws-mobile-appsync-sdk-js#83",
        "type Query { getAccount(id: ID!): ID }",
        "query($id: ID!) { getAccount(id: $id) }",
        [at(1, 7, "Variable 'id' has coerced Null value for NonNull type 'ID!'")],
    ),
    Captured(
        "aws-mobile-appsync-sdk-js#464",
        PERSON,
        "mutation($input: CreatePersonInput!) { createPerson(input: $input) { id } }",
        ["Variable 'input' has coerced Null value for NonNull type 'CreatePersonInput!'"],
    ),
    Captured(
        "amplify-flutter#4915: within an input object",
        "type Query { one: ID } type Mutation { createOfferRequest(input: OfferInput!): ID } input OfferInput { userID: ID! }",
        "mutation createOfferRequest($input: OfferInput!) { createOfferRequest(input: $input) }",
        [at(1, 29, "Variable 'input' has coerced Null value for NonNull type 'ID!'")],
        variables={"input": {}},
    ),
    Captured(
        "amplify-swift, GraphQLWithUserPoolIntegrationTests",
        "type Query { one: ID } type Mutation { createTodo(input: In!): ID } input In { name: String! }",
        "mutation($input: In!) { createTodo(input: $input) }",
        ["Variable 'input' has coerced Null value for NonNull type 'String!'"],
        variables={"input": {"name": None}},
    ),
    Captured(
        "aws-appsync-community#406: deep within, still the whole variable's name",
        "type Query { one: ID } type Mutation { createItem(outside_input: OutsideInput!): String }"
        " input OutsideInput { nested: NestedInput } input NestedInput { name: String! }",
        "mutation($outside_input: OutsideInput!) { createItem(outside_input: $outside_input) }",
        ["Variable 'outside_input' has coerced Null value for NonNull type 'String!'"],
        variables={"outside_input": {"nested": {}}},
    ),
    Captured(
        "a public repository's event processor, 2026: a list of input objects",
        "type Query { one: ID } type Mutation { publish(proposedTrades: [ProposedTradeInput!]!): ID }"
        " input ProposedTradeInput { symbol: String! }",
        "mutation($proposedTrades: [ProposedTradeInput!]!) { publish(proposedTrades: $proposedTrades) }",
        ["Variable 'proposedTrades' has coerced Null value for NonNull type 'String!'"],
        variables={"proposedTrades": [{}]},
    ),
    *(
        Captured(
            source,
            f"type Query {{ one: ID }} type Mutation {{ create(input: {kind}!): ID }} input {kind} {{ id: ID }}",
            f"mutation($input: {kind}!) {{ create(input: $input) }}",
            [
                {
                    "path": None,
                    "locations": None,
                    "message": f"The variables input contains a field name '{name}'"
                    f" that is not defined for input object type '{kind}' ",
                }
            ],
            variables={"input": {name: "x"}},
        )
        for source, kind, name in (
            ("a public repository's store", "CreateCourseInput", "department"),
            ("a public repository's preassessment", "CreatePreassessmentInput", "underwriters"),
            ("a public repository's pictures", "S3ObjectInput", "identityID"),
            ("a public repository's products", "DeleteProductsInput", "title"),
        )
    ),
    *(
        Captured(
            source,
            f"type Query {{ one: ID }} type Mutation {{ create(input: {kind}!): ID }} input {kind} {{ id: ID }}",
            f"mutation($input: {kind}!) {{ create(input: $input) }}",
            [f"The variables input contains a field that is not defined for input object type '{kind}'"],
            variables={"input": {"organizationId": "x"}},
            differs="the service leaves the field's name out since about 2023; the older text says which field it is",
        )
        for source, kind in (
            ("amplify-codegen#832 (2024)", "CodeInput"),
            ("a public repository's tasks (2025)", "CreateTaskInput"),
            ("a public repository's trades (2026)", "ProposedTradeInput"),
        )
    ),
    Captured(
        "amplify-flutter#822",
        PERSON,
        "mutation CreatePerson($input: CreatePersonInput!) {\n  createPerson(input: $input) {\n    id\n  }\n}",
        [at(1, 23, "Variable 'phone' has an invalid value. Unable to parse `1110004444` as a valid phone number.")],
        variables={"input": {"name": "Test with Phone", "id": "1ea87481", "phone": "1110004444"}},
    ),
    Captured(
        "amplify-swift#278",
        "type Query { one: ID } type Mutation { create(input: In!): ID } input In { dateOfBirth: AWSDate }",
        "mutation CreatePersonOfAge($input: In!) { create(input: $input) }",
        [
            {
                "message": "Variable 'dateOfBirth' has an invalid value."
                " Unable to parse `2019-12-24T04:15:57.798Z` as a valid date."
            }
        ],
        variables={"input": {"dateOfBirth": "2019-12-24T04:15:57.798Z"}},
    ),
    Captured(
        "amplify-android#590: an object, as Java writes it",
        "type Query { one: ID } type Mutation { create(input: In!): ID } input In { startDate: AWSDateTime }",
        "mutation($input: In!) { create(input: $input) }",
        [
            "Variable 'startDate' has an invalid value. Unable to parse `{offsetDateTime={dateTime={date={day=19, month=6,"
            " year=2020}, time={hour=13, minute=20, nano=951000000, second=37}}, offset={totalSeconds=0}}}`"
            " as a valid DateTime Object."
        ],
        variables={
            "input": {
                "startDate": {
                    "offsetDateTime": {
                        "dateTime": {
                            "date": {"day": 19, "month": 6, "year": 2020},
                            "time": {"hour": 13, "minute": 20, "nano": 951000000, "second": 37},
                        },
                        "offset": {"totalSeconds": 0},
                    }
                }
            }
        },
    ),
    *(
        Captured(
            source,
            f"type Query {{ one: ID }} type Mutation {{ create(input: In!): ID }} input In {{ {name}: AWSJSON }}",
            "mutation Createxx0($input: In!) { create(input: $input) }",
            [at(1, 20, f"Variable '{name}' has an invalid value. Unable to parse {text} as valid JSON.")],
            variables={"input": {name: value}},
        )
        for source, name, value, text in (
            ("a public repository's clients", "goals", [], "[]"),
            ("a public repository's advisors", "advisors", [], "[]"),
            (
                "a public repository's blog",
                "optionalJsonBlog",
                {"key1": "hi", "key2": 3, "weirdKey:hello": {"nested": True}},
                "{key1=hi, key2=3, weirdKey:hello={nested=true}}",
            ),
        )
    ),
    Captured(
        "amplify-cli, AWSJSON's simulator test",
        "type Query { take(json: AWSJSON): ID }",
        "query($json: AWSJSON) { take(json: $json) }",
        ["Variable 'json' has an invalid value. Unable to parse hello world as valid JSON."],
        variables={"json": "hello world"},
    ),
]

VALUES: list[Captured] = [
    Captured(
        "amplify-js#5963",
        "type Query { syncOrders: Page } type Page { items: [Order] } type Order { id: ID orderDate: AWSDateTime }",
        "{ syncOrders { items { orderDate } } }",
        [
            nowhere(
                ["syncOrders", "items", 1, "orderDate"],
                "Can't serialize value (/syncOrders/items[1]/orderDate) :"
                " Unable to serialize `2020-05-23T06:4:37.000Z` as a valid DateTime Object.",
            )
        ],
        value={"items": [{"orderDate": "2020-05-23T06:04:37.000Z"}, {"orderDate": "2020-05-23T06:4:37.000Z"}]},
        data={"syncOrders": {"items": [{"orderDate": "2020-05-23T06:04:37.000Z"}, {"orderDate": None}]}},
    ),
    *(
        Captured(
            source,
            f"type Query {{ get: Thing }} type Thing {{ at: {kind} }}",
            "{ get { at } }",
            [nowhere(["get", "at"], f"Can't serialize value (/get/at) : Unable to serialize `{value}` as {noun}.")],
            value={"at": value},
            data={"get": {"at": None}},
        )
        for source, kind, value, noun in (
            ("a public repository's summons", "AWSDateTime", "2026-05-06T00:00:00.000", "a valid DateTime Object"),
            ("a public repository's accounts", "AWSDateTime", "2024-05-12T07:49:46+0000", "a valid DateTime Object"),
            ("a public repository's users", "AWSTimestamp", "2026-01-22T17:48:30.032Z", "a valid timestamp"),
        )
    ),
    Captured(
        "a public repository's VNC token: what is not null takes its parent along, and tells one fault",
        "type Query { createMicrovmVncToken: Token } type Token { expiresAt: AWSDateTime! }",
        "{ createMicrovmVncToken { expiresAt } }",
        [
            nowhere(
                ["createMicrovmVncToken", "expiresAt"],
                "Can't serialize value (/createMicrovmVncToken/expiresAt) :"
                " Unable to serialize `None` as a valid DateTime Object.",
            )
        ],
        value={"expiresAt": "None"},
        data={"createMicrovmVncToken": None},
    ),
    Captured(
        "a public repository's games",
        "type Query { getGame: Game } type Game { totalDuration: Int }",
        "{ getGame { totalDuration } }",
        [
            nowhere(
                ["getGame", "totalDuration"],
                "Can't serialize value (/getGame/totalDuration) : Expected type 'Int' but was 'String'.",
            )
        ],
        value={"totalDuration": "an hour"},
        data={"getGame": {"totalDuration": None}},
    ),
    Captured(
        "a public repository's removePhotoFromWave",
        "type Query { one: ID } type Mutation { removePhotoFromWave: Boolean! }",
        "mutation { removePhotoFromWave }",
        [
            nowhere(
                ["removePhotoFromWave"],
                "Can't serialize value (/removePhotoFromWave) : Expected type 'Boolean' but was 'LinkedHashMap'.",
            )
        ],
        value={"id": "1"},
        data=None,
    ),
    Captured(
        "a public repository's games: the enum's name",
        "type Query { getGame: Game } type Game { gameStatus: GameStatus } enum GameStatus { OPEN }",
        "{ getGame { gameStatus } }",
        ["Can't serialize value (/getGame/gameStatus) : Invalid input for Enum 'GameStatus'. Unknown value 'GONE'"],
        value={"gameStatus": "GONE"},
        data={"getGame": {"gameStatus": None}},
    ),
    *(
        Captured(
            source,
            schema,
            query,
            [nowhere(path, f"Can't resolve value ({where}) : type mismatch error, expected type LIST")],
            value=value,
            data=data,
        )
        for source, schema, query, value, path, where, data in (
            (
                "AppSync Developer Guide, Troubleshooting",
                "type Query { posts: [ID] }",
                "{ posts }",
                {"id": "1"},
                ["posts"],
                "/posts",
                {"posts": None},
            ),
            (
                "a public repository's weather",
                "type Query { getWeather: Weather } type Weather { Rain: [Float] }",
                "{ getWeather { Rain } }",
                {"Rain": {"1h": 2.5}},
                ["getWeather", "Rain"],
                "/getWeather/Rain",
                {"getWeather": {"Rain": None}},
            ),
            (
                "amplify-studio#81: a text is no list",
                "type Query { syncCountries: Page } type Page { items: [Country] } type Country { spots: [String] }",
                "{ syncCountries { items { spots } } }",
                {"items": [{"spots": "Havana"}]},
                ["syncCountries", "items", 0, "spots"],
                "/syncCountries/items[0]/spots",
                {"syncCountries": {"items": [{"spots": None}]}},
            ),
        )
    ),
    Captured(
        "amplify-android#591: every null is told, also beside one that has taken the parent along",
        SYNCED,
        "{ syncSelfEducations { items { id _lastChangedAt _version } } }",
        [
            nowhere(
                ["syncSelfEducations", "items", index, name],
                f"Cannot return null for non-nullable type: '{kind}' within parent 'SelfEducation'"
                f" (/syncSelfEducations/items[{index}]/{name})",
            )
            for index in (0, 1)
            for name, kind in (("_lastChangedAt", "AWSTimestamp"), ("_version", "Int"))
        ],
        value={"items": [{"id": "1"}, {"id": "2"}]},
        data={"syncSelfEducations": {"items": [None, None]}},
    ),
    Captured(
        "a public repository's bookings: a list has no name",
        "type Query { listMyBookings: BookingListResponse } type BookingListResponse { bookings: [ID!]! count: Int! }",
        "{ listMyBookings { bookings count } }",
        [
            "Cannot return null for non-nullable type: 'null' within parent 'BookingListResponse' (/listMyBookings/bookings)",
            "Cannot return null for non-nullable type: 'Int' within parent 'BookingListResponse' (/listMyBookings/count)",
        ],
        value={},
        data={"listMyBookings": None},
    ),
    Captured(
        "amplify-category-api, ModelTransformer end-to-end test",
        "type Query { one: ID } type Mutation { updateRequire: Require } type Require { requiredField: String! }",
        "mutation { updateRequire { requiredField } }",
        [
            "Cannot return null for non-nullable type: 'String' within parent 'Require' (/updateRequire/requiredField)",
        ],
        value={},
        data={"updateRequire": None},
    ),
    Captured(
        "amplify-js#11277",
        "type Query { listURLCompanies: Page } type Page { items: [URLCompany] } type URLCompany { uRL: URL! } type URL { id: ID }",
        "{ listURLCompanies { items { uRL { id } } } }",
        [
            "Cannot return null for non-nullable type: 'URL' within parent 'URLCompany' (/listURLCompanies/items[0]/uRL)",
        ],
        value={"items": [{}]},
        data={"listURLCompanies": {"items": [None]}},
    ),
]


@dataclass(frozen=True)
class Frame:
    """A `start` frame of a subscription, and the errors of the frame that refuses it."""

    source: str
    query: str
    errors: Sequence[Mapping[str, Any]]
    id: str = "1"


SUBSCRIPTIONS = """
type Query { one: InnerItems }
type Mutation { createInnerItems(id: ID): InnerItems deleteInnerItems(id: ID): InnerItems }
type InnerItems { id: ID }
type Subscription {
  onDeleteInnerItems: InnerItems @aws_subscribe(mutations: ["deleteInnerItems"])
  onCreateRecipe(owner: String!): InnerItems @aws_subscribe(mutations: ["createInnerItems"])
  onCreatePost: InnerItems @aws_subscribe(mutations: ["createInnerItems"]) @aws_iam
}
"""
FRAMES: list[Frame] = [
    Frame(
        "amplify-swift#1589: the message alone",
        "subscription { onDeleteInnerItems { workflowPermissionWorkFlowItemsWithPermissionId } }",
        [
            {
                "message": "Validation error of type FieldUndefined: Field 'workflowPermissionWorkFlowItemsWithPermissionId'"
                " in type 'InnerItems' is undefined @ 'onDeleteInnerItems/workflowPermissionWorkFlowItemsWithPermissionId'"
            }
        ],
        id="3962CBD1-CD1D-4277-BFCB-89B65127B8D9",
    ),
    Frame(
        "amplify-cli#6230",
        "subscription { onCreateRecipe { id } }",
        [{"message": "Validation error of type MissingFieldArgument: Missing field argument owner @ 'onCreateRecipe'"}],
    ),
    Frame(
        "amplify-js#12679: type and message alone",
        "subscription { onCreatePost { id } }",
        [{"errorType": "Unauthorized", "message": "Not Authorized to access onCreatePost on type Subscription"}],
    ),
    Frame(
        "amplify-js#4813: two fields in one subscription",
        'subscription { onDeleteInnerItems { id } onCreateRecipe(owner: "a") { id } }',
        [
            {
                "errorType": "DuplicatedOperationError",
                "message": "Duplicated operation with id 981f33b3-7d4e-4a5c-9d55-0b0d0b5a9a10",
            }
        ],
        id="981f33b3-7d4e-4a5c-9d55-0b0d0b5a9a10",
    ),
]

# AppSync answers each of these texts, which are not queries, with 400 (AppSync's team in graphql-over-http#81).
UNPARSABLE_QUERIES = ("meow", "{}", "{}}", "[]")


@dataclass(frozen=True)
class Exchange:
    """An HTTP request with a literal body, and the status, the body and the shown headers of its answer."""

    source: str
    body: bytes
    status: int
    answer: Mapping[str, Any]
    credentials: Mapping[str, str] | None = None  # None: the API's key, for a source without credentials
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_AUTHORIZED = """
type Query { mMovieFind: ID @aws_cognito_user_pools one: ID }
"""
EXCHANGES: list[Exchange] = [
    Exchange(
        "graphql/graphql-over-http#81, AppSync's team",
        b"",
        400,
        {"errors": [{"message": "Request body is empty.", "errorType": "MalformedHttpRequestException"}]},
    ),
    Exchange(
        "three public APIs, without a header",
        b'{"query": "{ one }"}',
        401,
        {"errors": [{"errorType": "UnauthorizedException", "message": "Valid authorization header not provided."}]},
        credentials={},
        headers={"x-amzn-errortype": "UnauthorizedException"},
    ),
    Exchange(
        "gql and amplify-swift fixtures, a wrong API key",
        b'{"query": "{ one }"}',
        401,
        {"errors": [{"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}]},
        credentials={"x-api-key": "da2-no"},
        headers={"x-amzn-errortype": "UnauthorizedException"},
    ),
    Exchange(
        "a public repository's movies: all six keys, in this order",
        b'{"query": "query {\\n  mMovieFind\\n}"}',
        200,
        {
            "data": {"mMovieFind": None},
            "errors": [
                {
                    "path": ["mMovieFind"],
                    "data": None,
                    "errorType": "Unauthorized",
                    "errorInfo": None,
                    "locations": [{"line": 2, "column": 3, "sourceName": None}],
                    "message": "Not Authorized to access mMovieFind on type Query",
                }
            ],
        },
    ),
    Exchange(
        "amplify-js#5518: what a page's script may read",
        b'{"query": "{ one }"}',
        200,
        {"data": {"one": None}},
        headers={
            "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version"
        },
    ),
]

UNKNOWN = {
    "type": "error",
    "id": "",
    "payload": {
        "errors": [
            {"errorType": "UnsupportedOperation", "message": "unknown not supported through the realtime channel"}
        ]
    },
}
# Messages that a client sends, and the messages with which AppSync answers.
MESSAGES: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
    ("AppSync Developer Guide", {"type": "stop", "id": "1"}, {"type": "complete", "id": "1"}),
    ("a public blog, a start without `data`", {"type": "start", "id": "1", "payload": {"query": "{ one }"}}, UNKNOWN),
    ("AWS blog and graphql-ws#602, a type of another protocol", {"type": "subscribe", "id": "1"}, UNKNOWN),
]
DUPLICATED = "Duplicated operation with id {}"  # amplify-js#12818, of type DuplicatedOperationError
CONNECTION_ERROR = {  # aws-appsync-realtime-client-ios and gql's tests
    "payload": {
        "errors": [
            {
                "errorType": "com.amazonaws.deepdish.graphql.auth#UnauthorizedException",
                "message": "You are not authorized to make this call.",
                "errorCode": 400,
            }
        ]
    },
    "type": "connection_error",
}
