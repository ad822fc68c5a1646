// Implements util.dynamodb's type helpers and util.transform's DynamoDB expressions (AppSync Developer Guide, "DynamoDB
// helpers in util.dynamodb", "Transformation helpers in util.transform").
const typed = (type) => (value) => (value === null || value === undefined ? null : { [type]: value });
const attribute = (value) => {
  if (value === null || value === undefined) return { NULL: null };
  if (Array.isArray(value)) return { L: value.map(attribute) };
  if (typeof value === 'object') return { M: attributes(value) };
  return { [{ string: 'S', number: 'N', boolean: 'BOOL' }[typeof value]]: value };
};
const attributes = (object) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, attribute(value)]));

const COMPARISONS = { eq: '=', ne: '<>', lt: '<', le: '<=', gt: '>', ge: '>=' };
const CALLS = { contains: 'contains', notContains: 'NOT contains', beginsWith: 'begins_with', attributeType: 'attribute_type' };

// Returns the text of a condition on one field, and adds its name and values to the expression `made`.
const condition = (field, operator, value, made) => {
  const name = `#${field}`;
  const placeholder = (index, given) => {
    const key = `:${field}_${operator}${index}`.replaceAll('.', '_');
    made.expressionValues[key] = attribute(given);
    return key;
  };
  made.expressionNames[name] = field;
  if (COMPARISONS[operator]) return `${name} ${COMPARISONS[operator]} ${placeholder('', value)}`;
  if (CALLS[operator]) return `${CALLS[operator]}(${name},${placeholder('', value)})`;
  if (operator === 'attributeExists') return `attribute_${value ? '' : 'not_'}exists(${name})`;
  if (operator === 'between') return `${name} BETWEEN ${placeholder('0', value[0])} AND ${placeholder('1', value[1])}`;
  if (operator === 'in') return `${name} IN (${value.map((entry, index) => placeholder(index, entry)).join(',')})`;
  throw new Error(`${operator} is no operator of a DynamoDB expression`);
};
const conditions = (filter, made) => Object.entries(filter).flatMap(([field, rule]) => {
  if (field === 'and' || field === 'or') {
    const parts = [rule].flat().map((part) => `(${conditions(part, made).join(' AND ')})`);
    return [`(${parts.join(field === 'and' ? ' AND ' : ' OR ')})`];
  }
  if (field === 'not') return [`(NOT (${conditions(rule, made).join(' AND ')}))`];
  return Object.entries(rule).map(([operator, value]) => `(${condition(field, operator, value, made)})`);
});
const toExpression = (filter) => {
  const made = { expression: '', expressionNames: {}, expressionValues: {} };
  made.expression = conditions(filter ?? {}, made).join(' AND ');
  return JSON.stringify(made);
};
