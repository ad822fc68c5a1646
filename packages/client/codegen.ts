import type { CodegenConfig } from '@graphql-codegen/cli';

// AppSync predefines these, but codegen does not know them (AWS AppSync Developer Guide, "Scalar types",
// "Authorization").
const appsync = `
  scalar AWSDate
  scalar AWSDateTime
  scalar AWSURL
  directive @aws_cognito_user_pools on OBJECT | FIELD_DEFINITION
  directive @aws_api_key on OBJECT | FIELD_DEFINITION
  directive @aws_iam on OBJECT | FIELD_DEFINITION
  directive @aws_subscribe(mutations: [String!]!) on FIELD_DEFINITION
`;

const config: CodegenConfig = {
  schema: ['../../schema.graphql', appsync],
  config: { sort: false }, // enum values in the schema's order
  documents: 'src/operations.graphql',
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        enumType: 'const',
        namingConvention: { enumValues: 'keep' },
        scalars: { AWSDate: 'string', AWSDateTime: 'string', AWSURL: 'string', ID: 'string' },
        useTypeImports: true,
        importExtension: '.js',
        emitLegacyCommonJSImports: false,
      },
    },
  },
};

export default config;
