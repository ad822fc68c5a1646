// Implements @aws-appsync/utils 2.1 for resolver code (its type definitions; AppSync Developer Guide, "JavaScript
// resolvers"). Each evaluation gets a fresh runtime, so that nothing is kept between requests.
const MAXIMUM_ROUNDS = 1000; // of one loop (AppSync quotas)

// A member that the gateway does not implement throws an error with its name, instead of being undefined.
const complete = (name, known) => new Proxy(known, {
  get: (target, key) => {
    if (typeof key === 'symbol' || Object.hasOwn(target, key)) return target[key];
    throw new Error(`${name}.${key} is not available on the local AppSync`);
  },
});

// Bounds the iterations of a loop. resolver_code.py wraps the iterated value in `loop.of(…)` or `loop.in(…)`.
const loop = {
  *of(items) {
    let rounds = 0;
    for (const item of items) {
      rounds += 1;
      if (rounds > MAXIMUM_ROUNDS) throw new Error(`A loop runs ${MAXIMUM_ROUNDS} times at most.`);
      yield item;
    }
  },
  in(object) {
    const keys = [];
    for (const key in object) keys.push(key);
    return loop.of(keys);
  },
};

function appsyncRuntime(state) {
  const stop = (kind, value) => { throw { __appsync: kind, value }; };
  const fault = (message, type, data, info) => ({
    message: String(message), errorType: type === undefined || type === null ? null : String(type), data: data ?? null, info: info ?? null,
  });
  const isText = (value) => typeof value === 'string';
  const { fieldName, parentTypeName } = state.context.info ?? {};
  const authType = ({ identity } = state.context) => {
    if (!identity) return 'API Key Authorization';
    if (identity.userArn) return 'IAM Authorization';
    if (!identity.sub) return 'Lambda Authorization';
    return identity.username ? 'User Pool Authorization' : 'Open ID Connect Authorization';
  };
  const util = complete('util', {
    error: (message, type, data, info) => {
      // AppSync ignores a call with anything but texts, and answers data (appsync-community#384).
      if (isText(message) && (type === undefined || type === null || isText(type))) stop('error', fault(message, type, data, info));
      state.logs.push('util.error takes texts as message and type: AppSync ignores this call');
    },
    appendError: (message, type, data, info) => { state.appended.push(fault(message, type, data, info)); },
    unauthorized: () => stop('error', fault(`Not Authorized to access ${fieldName} on type ${parentTypeName}`, 'Unauthorized')),
    authType: () => authType(),
    matches: (pattern, value) => javaPattern(pattern).test(value),
    autoId, autoUlid, autoKsuid, base64Encode, base64Decode, escapeJavaScript,
    urlEncode: (text) => encodeURIComponent(text).replace(/%20/g, '+'),
    urlDecode: (text) => decodeURIComponent(text.replace(/\+/g, ' ')),
    time: complete('util.time', {
      nowISO8601: () => new Date().toISOString(),
      nowEpochSeconds: seconds,
      nowEpochMilliSeconds: () => Date.now(),
      nowFormatted: (format, zone) => formatTime(Date.now(), format, zone),
      parseFormattedToEpochMilliSeconds: parseTime,
      parseISO8601ToEpochMilliSeconds: (text) => Date.parse(text),
      epochMilliSecondsToSeconds: (ms) => Math.floor(ms / 1000),
      epochMilliSecondsToISO8601: (ms) => new Date(ms).toISOString(),
      epochMilliSecondsToFormatted: formatTime,
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
      fromS3ObjectJson: (text) => JSON.parse(text).s3,
    }),
    math: complete('util.math', {
      roundNum: Math.round,
      minVal: (first, second) => Math.min(first, second),
      maxVal: (first, second) => Math.max(first, second),
      randomDouble: () => Math.random(),
      randomWithinRange: (start, end) => Math.floor(start + Math.random() * (end - start)),
    }),
    str: complete('util.str', { normalize: (text, form) => text.normalize(form.toUpperCase()) }),
    transform: complete('util.transform', {
      toSubscriptionFilter,
      toDynamoDBConditionExpression: toExpression,
      toDynamoDBFilterExpression: toExpression,
    }),
    http: complete('util.http', {
      copyHeaders,
      addResponseHeader: (name, value) => addResponseHeaders(state.responseHeaders, { [name]: value }),
      addResponseHeaders: (headers) => addResponseHeaders(state.responseHeaders, headers),
    }),
    xml: complete('util.xml', { toMap: xmlToMap, toJsonString: (text) => JSON.stringify(xmlToMap(text)) }),
    rds: complete('util.rds', {}),
  });
  const extensions = complete('extensions', {
    setSubscriptionFilter: (filter) => { state.subscriptionFilter = filter ?? {}; },
    setSubscriptionInvalidationFilter: (filter) => { state.invalidationFilter = filter ?? {}; },
    invalidateSubscriptions: (invalidation) => { state.invalidations.push(invalidation); },
    evictFromApiCache: () => {},
  });
  const runtime = complete('runtime', {
    earlyReturn: (...given) => {
      if (given.length === 0) throw new Error('runtime.earlyReturn needs a value'); // appsync-community#280
      const [value, options] = given;
      stop('earlyReturn', { value: value ?? null, skipTo: options?.skipTo ?? null });
    },
  });
  const dynamodb = complete('@aws-appsync/utils/dynamodb', dynamodbHelpers);
  return { util, extensions, runtime, loop, JSON: lenientJson, dynamodb };
}

function evaluate(makeProgram, handler, contextText) {
  const context = JSON.parse(contextText);
  const state = {
    context, result: null, error: null, place: null, appended: [], earlyReturn: false, skipTo: null,
    subscriptionFilter: null, invalidationFilter: null, invalidations: [], responseHeaders: {}, logs: [],
  };
  context.args = context.arguments;
  context.outErrors = state.appended;
  const log = (...values) => {
    state.logs.push(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '));
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
      state.error = { message: String(thrown), errorType: 'Code', data: null, info: null };
      // The innermost stack frame within the resolver code.
      state.place = /code\.js:(\d+):(\d+)/.exec(thrown?.stack ?? '')?.slice(1).map(Number) ?? null;
    }
  }
  return JSON.stringify({ ...state, context: undefined, stash: context.stash });
}

// Runs both handlers of a resolver without a data source, whose result is the payload of the request. Returns the
// states of the handlers that ran, as JSON: the response handler does not run after an error or an early return.
function evaluateBoth(makeProgram, contextText) {
  const asked = evaluate(makeProgram, 'request', contextText);
  const { result, stash, error, earlyReturn } = JSON.parse(asked);
  if (error || earlyReturn) return `[${asked}]`;
  const payload = (Array.isArray(result) ? null : result?.payload) ?? null;
  const context = { ...JSON.parse(contextText), stash, result: payload, error: null };
  return `[${asked},${evaluate(makeProgram, 'response', JSON.stringify(context))}]`;
}
