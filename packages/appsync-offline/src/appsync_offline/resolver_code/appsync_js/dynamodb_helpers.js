// Implements @aws-appsync/utils/dynamodb 2.1 (its type definitions; AppSync Developer Guide, "DynamoDB built-in module").
// The names of placeholders are not AWS's; DynamoDB gives the same results.
const operation = (_type, more) => ({ __operation: _type, ...more });
const updateOperations = {
  add: (payload) => operation('set', { payload }),
  replace: (payload) => operation('set', { payload }),
  remove: () => operation('remove'),
  increment: (by = 1) => operation('sum', { sign: '+', payload: by }),
  decrement: (by = 1) => operation('sum', { sign: '-', payload: by }),
  append: (payload) => operation('append', { payload }),
  prepend: (payload) => operation('prepend', { payload }),
  updateListItem: (payload, index) => operation('item', { payload, index }),
};
const present = (members) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null));
const expressed = (filter) => (filter ? JSON.parse(toExpression(filter)) : undefined);

// Returns the path of an attribute with a placeholder for each of its names, which `made` collects.
const pathOf = (names, made) => names.map((name) => {
  const known = Object.keys(made.expressionNames).find((key) => made.expressionNames[key] === name);
  const placeholder = known ?? `#u${Object.keys(made.expressionNames).length}`;
  made.expressionNames[placeholder] = name;
  return placeholder;
}).join('.');

const updateExpression = (changes) => {
  const made = { expressionNames: {}, expressionValues: {} };
  const set = [];
  const remove = [];
  const valueOf = (value) => {
    const placeholder = `:u${Object.keys(made.expressionValues).length}`;
    made.expressionValues[placeholder] = attribute(value);
    return placeholder;
  };
  const change = (names, value) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && !value.__operation) {
      Object.entries(value).forEach(([name, entry]) => change([...names, name], entry));
      return;
    }
    const path = pathOf(names, made);
    const { __operation: kind, payload, sign, index } = isObject ? value : { __operation: 'set', payload: value };
    if (kind === 'remove') remove.push(path);
    else if (kind === 'sum') set.push(`${path} = ${path} ${sign} ${valueOf(payload)}`);
    else if (kind === 'append') set.push(`${path} = list_append(${path}, ${valueOf(payload)})`);
    else if (kind === 'prepend') set.push(`${path} = list_append(${valueOf(payload)}, ${path})`);
    else if (kind === 'item') set.push(`${path}[${index}] = ${valueOf(payload)}`);
    else set.push(`${path} = ${valueOf(payload)}`);
  };
  Object.entries(changes).forEach(([name, value]) => change([name], value));
  const parts = [set.length ? `SET ${set.join(', ')}` : '', remove.length ? `REMOVE ${remove.join(', ')}` : ''];
  return { expression: parts.filter(Boolean).join(' '), ...made };
};
const projected = (fields) => {
  if (!fields) return undefined;
  const made = { expressionNames: {} };
  return { expression: fields.map((field) => pathOf(field.split('.'), made)).join(', '), ...made };
};
const page = ({ filter, projection, ...given }) => present({ ...given, filter: expressed(filter), projection: projected(projection) });

const dynamodbHelpers = {
  get: ({ key, consistentRead, projection }) =>
    present({ operation: 'GetItem', key: attributes(key), consistentRead, projection: projected(projection) }),
  put: ({ key, item, condition }) =>
    present({ operation: 'PutItem', key: attributes(key), attributeValues: attributes(item), condition: expressed(condition) }),
  update: ({ key, update, condition }) =>
    present({ operation: 'UpdateItem', key: attributes(key), update: updateExpression(update), condition: expressed(condition) }),
  remove: ({ key, condition }) => present({ operation: 'DeleteItem', key: attributes(key), condition: expressed(condition) }),
  query: ({ query, ...given }) => ({ operation: 'Query', query: expressed(query), ...page(given) }),
  scan: (given = {}) => ({ operation: 'Scan', ...page(given) }),
  batchGet: ({ tables }) => ({
    operation: 'BatchGetItem',
    tables: Object.fromEntries(Object.entries(tables).map(([name, { keys, projection, consistentRead }]) =>
      [name, present({ keys: keys.map(attributes), projection: projected(projection), consistentRead })])),
  }),
  batchPut: ({ tables }) => ({
    operation: 'BatchPutItem',
    tables: Object.fromEntries(Object.entries(tables).map(([name, items]) => [name, items.map(attributes)])),
  }),
  batchDelete: ({ tables }) => ({
    operation: 'BatchDeleteItem',
    tables: Object.fromEntries(Object.entries(tables).map(([name, keys]) => [name, keys.map(attributes)])),
  }),
  transactGet: ({ items }) => ({
    operation: 'TransactGetItems',
    transactItems: items.map(({ table, key, projection }) => present({ table, key: attributes(key), projection: projected(projection) })),
  }),
  transactWrite: ({ items }) => ({
    operation: 'TransactWriteItems',
    transactItems: items.map((given) => {
      const [[kind, { table, key, item, update, condition }]] = Object.entries(given);
      return present({
        operation: { putItem: 'PutItem', updateItem: 'UpdateItem', deleteItem: 'DeleteItem', conditionCheck: 'ConditionCheck' }[kind],
        table,
        key: attributes(key),
        attributeValues: item && attributes(item),
        update: update && updateExpression(update),
        condition: expressed(condition),
      });
    }),
  }),
  operations: updateOperations,
};
