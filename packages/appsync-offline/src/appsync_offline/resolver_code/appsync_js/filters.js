// Implements util.transform.toSubscriptionFilter (AppSync Developer Guide, "Transformation helpers in util.transform").
// It converts a filter to disjunctive form: each operator of a field and each member of an `or` is an alternative.
const alternatives = (fields) => fields.flatMap(([fieldName, rule]) =>
  Object.entries(rule).map(([operator, value]) => [{ fieldName, operator, value }]));
const together = (parts) => parts.reduce((all, part) => all.flatMap((some) => part.map((more) => [...some, ...more])), [[]]);
const groups = (filter, ignored) => together([
  ...Object.entries(filter).filter(([name]) => !['and', 'or', ...ignored].includes(name)).map((field) => alternatives([field])),
  ...(filter.and ?? []).map((part) => groups(part, ignored)),
  ...(filter.or?.length ? [filter.or.flatMap((part) => groups(part, ignored))] : []),
]);
// `rules` is added to every alternative: at least one of the rules must hold.
const toSubscriptionFilter = (filter, ignored, rules) => {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return null;
  const strict = alternatives(Object.entries(rules ?? {}));
  const found = together([groups(filter, ignored ?? []), ...(strict.length ? [strict] : [])]);
  return { filterGroup: found.filter((filters) => filters.length).map((filters) => ({ filters })) };
};
