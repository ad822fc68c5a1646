import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: ["schema.graphql", "docs/appsync.graphql"],
  documents: "src/**/*.graphql",
  generates: {
    "src/gql/": {
      preset: "client",
      config: {
        scalars: { AWSDate: "string", AWSDateTime: "string", AWSURL: "string", ID: "string" },
        useTypeImports: true,
        enumsAsTypes: true,
        futureProofEnums: true, // the API adds values without notice (docs/contract.md)
      },
    },
  },
};

export default config;
