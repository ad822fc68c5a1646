// Resolver code runs in APPSYNC_JS, a subset of JavaScript. These rules refuse the same code as AppSync.
import appsync from '@aws-appsync/eslint-plugin';

export default [
  {
    files: ['resolvers/*.js'],
    plugins: { '@aws-appsync': appsync },
    rules: appsync.configs.base.rules,
    languageOptions: { ecmaVersion: 2022, sourceType: 'module' },
  },
];
