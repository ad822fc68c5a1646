import type { CodegenConfig } from '@graphql-codegen/cli';
import client from '../../packages/client/codegen';

// The board is built from the client's sources, so that it generates the operations of the client.
const folder = '../../packages/client/src';
const config: CodegenConfig = { ...client, documents: `${folder}/operations.graphql`, generates: { [`${folder}/gql/`]: client.generates['src/gql/']! } };

export default config;
