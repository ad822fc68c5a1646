// The parts of @aws-appsync/utils that resolver code calls (AppSync Developer Guide, "JavaScript resolvers").
// Each evaluation gets a fresh one: nothing is kept between requests.
function appsyncRuntime(state) {
  const stop = (kind, value) => { throw { __appsync: kind, value }; };
  const fault = (message, type, data, info) => ({
    message: String(message), errorType: type ?? null, data: data ?? null, info: info ?? null,
  });
  const now = () => new Date();
  const condition = (path, rule) => Object.entries(rule).map(([operator, value]) => ({ fieldName: path, operator, value }));
  // Conjunctions of conditions, in disjunctive form: a list of groups.
  const groups = (object) => {
    let found = [[]];
    const both = (more) => { found = found.flatMap((one) => more.map((other) => [...one, ...other])); };
    for (const [name, rule] of Object.entries(object)) {
      if (name === 'and') rule.forEach((part) => both(groups(part)));
      else if (name === 'or') both(rule.flatMap((part) => groups(part)));
      else both([condition(name, rule)]);
    }
    return found;
  };
  const attribute = (value) => {
    if (value === null || value === undefined) return { NULL: true };
    if (typeof value === 'string') return { S: value };
    if (typeof value === 'number') return { N: String(value) };
    if (typeof value === 'boolean') return { BOOL: value };
    if (Array.isArray(value)) return { L: value.map(attribute) };
    return { M: attributes(value) };
  };
  const attributes = (object) => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, attribute(v)]));
  const hex = (length) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join('');
  const util = {
    error: (message, type, data, info) => stop('error', fault(message, type, data, info)),
    appendError: (message, type, data, info) => { state.appended.push(fault(message, type, data, info)); },
    unauthorized: () => {
      const { fieldName, parentTypeName } = state.info ?? {};
      stop('error', fault(`Not Authorized to access ${fieldName} on type ${parentTypeName}`, 'Unauthorized'));
    },
    isNull: (value) => value === null || value === undefined,
    isNullOrEmpty: (value) => value === null || value === undefined || value === '',
    isNullOrBlank: (value) => value === null || value === undefined || String(value).trim() === '',
    defaultIfNull: (value, other) => value ?? other,
    defaultIfNullOrEmpty: (value, other) => (value === null || value === undefined || value === '' ? other : value),
    defaultIfNullOrBlank: (value, other) => (util.isNullOrBlank(value) ? other : value),
    isString: (value) => typeof value === 'string',
    isNumber: (value) => typeof value === 'number',
    isBoolean: (value) => typeof value === 'boolean',
    isList: (value) => Array.isArray(value),
    isMap: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    typeOf: (value) => (value === null || value === undefined ? 'Null' : Array.isArray(value) ? 'List'
      : { string: 'String', number: 'Number', boolean: 'Boolean', object: 'Map' }[typeof value] ?? 'Object'),
    matches: (pattern, value) => new RegExp(pattern).test(value),
    autoId: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(Math.random() * 4)]}${hex(3)}-${hex(12)}`,
    urlEncode: (text) => encodeURIComponent(text),
    urlDecode: (text) => decodeURIComponent(text),
    time: {
      nowISO8601: () => now().toISOString(),
      nowEpochSeconds: () => Math.floor(now().getTime() / 1000),
      nowEpochMilliSeconds: () => now().getTime(),
      parseISO8601ToEpochMilliSeconds: (text) => Date.parse(text),
      epochMilliSecondsToSeconds: (ms) => Math.floor(ms / 1000),
      epochMilliSecondsToISO8601: (ms) => new Date(ms).toISOString(),
    },
    dynamodb: { toDynamoDB: attribute, toMapValues: attributes },
    transform: {
      toSubscriptionFilter: (object, ignored = [], rules = {}) => {
        const kept = Object.fromEntries(Object.entries(object).filter(([name]) => !ignored.includes(name)));
        return { filterGroup: groups({ and: [kept, rules] }).map((filters) => ({ filters })) };
      },
    },
  };
  const extensions = {
    setSubscriptionFilter: (filter) => { state.subscriptionFilter = filter; },
    setSubscriptionInvalidationFilter: (filter) => { state.invalidationFilter = filter; },
    invalidateSubscriptions: (invalidation) => { state.invalidations.push(invalidation); },
    evictFromApiCache: () => {},
  };
  const runtime = { earlyReturn: (value, options) => stop('earlyReturn', { value: value ?? null, skipTo: options?.skipTo ?? null }) };
  return { util, extensions, runtime };
}

function evaluate(makeProgram, handler, contextText) {
  const state = {
    result: null, error: null, appended: [], earlyReturn: false, skipTo: null,
    subscriptionFilter: null, invalidationFilter: null, invalidations: [], logs: [],
  };
  const context = JSON.parse(contextText);
  context.args = context.arguments;
  state.info = context.info;
  const log = (...values) => { state.logs.push(values.map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join(' ')); };
  const console = { log, info: log, warn: log, error: log, debug: log };
  try {
    state.result = makeProgram(appsyncRuntime(state), console)[handler](context) ?? null;
  } catch (thrown) {
    if (thrown && thrown.__appsync === 'error') state.error = thrown.value;
    else if (thrown && thrown.__appsync === 'earlyReturn') {
      state.earlyReturn = true; state.result = thrown.value.value; state.skipTo = thrown.value.skipTo;
    } else state.error = { message: 'Runtime Error', errorType: 'Code', data: null, info: { message: String(thrown) } };
  }
  state.stash = context.stash;
  delete state.info;
  return JSON.stringify(state);
}
