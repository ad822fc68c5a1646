// What resolver code calls of @aws-appsync/utils 2.1 (its types; AppSync Developer Guide, "JavaScript resolvers").
// Each evaluation gets a fresh one: nothing is kept between requests.
const MAXIMUM_ITERATIONS = 1000; // of one loop (AppSync quotas)
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's, of ULIDs
const KSUID_EPOCH = 1_400_000_000;

const any = (alphabet, length) =>
  Array.from({ length }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
const inBase = (alphabet, number, length) => {
  const base = BigInt(alphabet.length);
  let text = '';
  for (let rest = BigInt(number); text.length < length; rest /= base) text = alphabet[Number(rest % base)] + text;
  return text;
};
const seconds = () => Math.floor(Date.now() / 1000);
const inBits = (bytes, width) => [...bytes].map((one) => one.toString(2).padStart(width, '0')).join('');
const utf8 = (text) => [...unescape(encodeURIComponent(text))].map((one) => one.charCodeAt(0));
const base64Encode = (text) => {
  const sextets = inBits(utf8(text), 8).match(/.{1,6}/g) ?? [];
  const encoded = sextets.map((bits) => BASE64[parseInt(bits.padEnd(6, '0'), 2)]).join('');
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=');
};
const base64Decode = (text) => {
  const sextets = [...text.replace(/=+$/, '')].map((one) => BASE64.indexOf(one));
  const octets = inBits(sextets, 6).match(/.{8}/g) ?? [];
  return decodeURIComponent(escape(octets.map((bits) => String.fromCharCode(parseInt(bits, 2))).join('')));
};

const typed = (type) => (value) => (value === null || value === undefined ? null : { [type]: value });
const attribute = (value) => {
  if (value === null || value === undefined) return { NULL: null };
  if (Array.isArray(value)) return { L: value.map(attribute) };
  if (typeof value === 'object') return { M: attributes(value) };
  return { [{ string: 'S', number: 'N', boolean: 'BOOL' }[typeof value]]: value };
};
const attributes = (object) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, attribute(value)]));

// A filter in disjunctive form: every operator of a field and every member of an `or` is an alternative.
const alternatives = (fields) => fields.flatMap(([fieldName, rule]) =>
  Object.entries(rule).map(([operator, value]) => [{ fieldName, operator, value }]));
const together = (parts) => parts.reduce((all, part) => all.flatMap((one) => part.map((other) => [...one, ...other])), [[]]);
const groups = (filter, ignored) => together([
  ...Object.entries(filter).filter(([name]) => !['and', 'or', ...ignored].includes(name)).map((field) => alternatives([field])),
  ...(filter.and ?? []).map((part) => groups(part, ignored)),
  ...(filter.or?.length ? [filter.or.flatMap((part) => groups(part, ignored))] : []),
]);
// At least one of the rules must hold, in whichever alternative.
const toSubscriptionFilter = (filter, ignored, rules) => {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return null;
  const strict = alternatives(Object.entries(rules ?? {}));
  const found = together([groups(filter, ignored ?? []), ...(strict.length ? [strict] : [])]);
  return { filterGroup: found.filter((filters) => filters.length).map((filters) => ({ filters })) };
};

// What is not here says so by its name, instead of being undefined.
const complete = (name, known) => new Proxy(known, {
  get: (target, key) => {
    if (typeof key === 'symbol' || Object.hasOwn(target, key)) return target[key];
    throw new Error(`${name}.${key} is not available on the local AppSync`);
  },
});

function appsyncRuntime(state) {
  const stop = (kind, value) => { throw { __appsync: kind, value }; };
  const fault = (message, type, data, info) => ({
    message: String(message), errorType: type ?? null, data: data ?? null, info: info ?? null,
  });
  const { fieldName, parentTypeName } = state.context.info ?? {};
  const authType = ({ identity } = state.context) => {
    if (!identity) return 'API Key Authorization';
    if (identity.userArn) return 'IAM Authorization';
    if (!identity.sub) return 'Lambda Authorization';
    return identity.username ? 'User Pool Authorization' : 'Open ID Connect Authorization';
  };
  const util = complete('util', {
    error: (message, type, data, info) => stop('error', fault(message, type, data, info)),
    appendError: (message, type, data, info) => { state.appended.push(fault(message, type, data, info)); },
    unauthorized: () => stop('error', fault(`Not Authorized to access ${fieldName} on type ${parentTypeName}`, 'Unauthorized')),
    authType: () => authType(),
    matches: (pattern, value) => new RegExp(pattern).test(value),
    autoId: () => `${any(HEX, 8)}-${any(HEX, 4)}-4${any(HEX, 3)}-${any('89ab', 1)}${any(HEX, 3)}-${any(HEX, 12)}`,
    autoUlid: () => inBase(BASE32, Date.now(), 10) + any(BASE32, 16),
    autoKsuid: () => inBase(BASE62, (BigInt(seconds() - KSUID_EPOCH) << 128n) + BigInt(`0x${any(HEX, 32)}`), 27),
    base64Encode,
    base64Decode,
    urlEncode: (text) => encodeURIComponent(text).replace(/%20/g, '+'),
    urlDecode: (text) => decodeURIComponent(text.replace(/\+/g, ' ')),
    time: complete('util.time', {
      nowISO8601: () => new Date().toISOString(),
      nowEpochSeconds: seconds,
      nowEpochMilliSeconds: () => Date.now(),
      parseISO8601ToEpochMilliSeconds: (text) => Date.parse(text),
      epochMilliSecondsToSeconds: (ms) => Math.floor(ms / 1000),
      epochMilliSecondsToISO8601: (ms) => new Date(ms).toISOString(),
    }),
    dynamodb: complete('util.dynamodb', {
      toDynamoDB: attribute,
      toString: typed('S'),
      toStringSet: typed('SS'),
      toNumber: typed('N'),
      toNumberSet: typed('NS'),
      toBinary: typed('B'),
      toBinarySet: typed('BS'),
      toBoolean: typed('BOOL'),
      toNull: () => ({ NULL: null }),
      toList: (values) => ({ L: values.map(attribute) }),
      toMap: (object) => ({ M: attributes(object) }),
      toMapValues: attributes,
      toS3Object: (key, bucket, region, version) => ({ S: JSON.stringify({ s3: { key, bucket, region, version } }) }),
    }),
    math: complete('util.math', {
      roundNum: Math.round,
      minVal: (one, other) => Math.min(one, other),
      maxVal: (one, other) => Math.max(one, other),
      randomDouble: () => Math.random(),
      randomWithinRange: (start, end) => Math.floor(start + Math.random() * (end - start)),
    }),
    str: complete('util.str', { normalize: (text, form) => text.normalize(form.toUpperCase()) }),
    transform: complete('util.transform', { toSubscriptionFilter }),
    http: complete('util.http', {}),
    rds: complete('util.rds', {}),
    xml: complete('util.xml', {}),
  });
  const extensions = complete('extensions', {
    setSubscriptionFilter: (filter) => { state.subscriptionFilter = filter ?? {}; },
    setSubscriptionInvalidationFilter: (filter) => { state.invalidationFilter = filter ?? {}; },
    invalidateSubscriptions: (invalidation) => { state.invalidations.push(invalidation); },
    evictFromApiCache: () => {},
  });
  const runtime = complete('runtime', {
    earlyReturn: (value, options) => stop('earlyReturn', { value: value ?? null, skipTo: options?.skipTo ?? null }),
  });
  return { util, extensions, runtime };
}

// A loop of the code reads `for (const x of bound.of = …)`: see javascript.py.
const checked = (count) => {
  if (count > MAXIMUM_ITERATIONS) throw new Error(`A loop runs ${MAXIMUM_ITERATIONS} times at most, this one ${count}.`);
};
const bound = {
  set of(items) { checked(items?.length ?? items?.size ?? 0); },
  set in(object) { checked(Object.keys(object ?? {}).length); },
};

function evaluate(makeProgram, handler, contextText) {
  const context = JSON.parse(contextText);
  const state = {
    context, result: null, error: null, appended: [], earlyReturn: false, skipTo: null,
    subscriptionFilter: null, invalidationFilter: null, invalidations: [], logs: [],
  };
  context.args = context.arguments;
  context.outErrors = state.appended;
  const log = (...values) => {
    state.logs.push(values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(' '));
  };
  const console = { log, info: log, warn: log, error: log, debug: log };
  try {
    state.result = makeProgram(appsyncRuntime(state), console)[handler](context) ?? null;
  } catch (thrown) {
    if (thrown?.__appsync === 'error') state.error = thrown.value;
    else if (thrown?.__appsync === 'earlyReturn') {
      state.earlyReturn = true;
      state.result = thrown.value.value;
      state.skipTo = thrown.value.skipTo;
    } else {
      state.error = { message: 'Runtime Error', errorType: 'Code', data: null, info: { message: String(thrown) } };
      // The first line of the stack that is in the code itself: `<anonymous>` is how V8 calls it.
      log('failed:', String(thrown), /\(<anonymous>:\d+:\d+\)/.exec(thrown?.stack ?? '')?.[0] ?? '');
    }
  }
  return JSON.stringify({ ...state, context: undefined, stash: context.stash });
}
