/**
 * Connects AppSync and the resolver Lambda for every field that the Lambda answers.
 *
 * The Lambda receives the same context as a direct Lambda resolver. It answers with one envelope:
 *   {"data": …, "subscriptionFilter"?: {…}, "invalidationFilter"?: {…}}
 *   or  {"error": {"type", "message", "data"?, "info"}}
 * Only a resolver's code can set the errorType, the errorInfo and the filters of a subscription.
 *
 * AppSync collects the requests for the history of a page's tasks into one invocation. The Lambda receives a list of
 * contexts and answers with a list of envelopes. AppSync calls `response` once for each envelope (AppSync Developer
 * Guide, "Using Lambda resolvers", "Advanced use case: Batching" and "Returning individual errors").
 */
import { extensions, util } from '@aws-appsync/utils';

const BY_OTHERS = ['__typename', 'history']; // AppSync or another resolver answers them

/**
 * Returns the selected fields that the Lambda's answer lacks, because its code is older than the schema, which a
 * rollback of the code leaves in place. The caller must not take such a field for null. A field with an alias is not
 * recognized, because `selectionSetList` then has only the alias.
 */
function unserved(info, data) {
  const written = info.selectionSetGraphQL;
  return info.selectionSetList.filter((path) => {
    const names = path.split('/');
    const name = names.pop();
    const parent = names.reduce((object, each) => firstOf(object && object[each]), firstOf(data));
    const isAnswered = !parent || parent[name] !== undefined;
    return !isAnswered && !BY_OTHERS.includes(name) && !written.includes(`${name}:`);
  });
}

function firstOf(value) {
  return Array.isArray(value) ? value[0] : value;
}

export function request(ctx) {
  return {
    operation: ctx.info.parentTypeName === 'Task' ? 'BatchInvoke' : 'Invoke',
    payload: {
      arguments: ctx.arguments,
      identity: ctx.identity,
      source: ctx.source,
      request: ctx.request,
      prev: ctx.prev,
      info: ctx.info,
      stash: ctx.stash,
    },
  };
}

export function response(ctx) {
  if (ctx.error) {
    // The Lambda ended without an answer of its own (timeout, out of memory). The caller must not read the reason.
    // The correlation id is that of the Lambda's log lines (resolvers/application.py).
    const correlationId = ctx.request.headers['x-amzn-trace-id'];
    util.error('The request could not be completed. Please try again.', 'InternalError', null, { correlationId });
  }
  const { data, error, subscriptionFilter, invalidationFilter } = ctx.result;
  if (error) {
    util.error(error.message, error.type, error.data ?? null, error.info);
  }
  if (subscriptionFilter) {
    extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(subscriptionFilter));
  }
  if (invalidationFilter) {
    extensions.setSubscriptionInvalidationFilter(invalidationFilter);
  }
  if (data && ctx.info.parentTypeName !== 'Task' && ctx.info.parentTypeName !== 'Subscription') {
    unserved(ctx.info, data).forEach((path) => util.appendError(`${path} is not served yet. Please try again later.`, 'InternalError'));
  }
  return data;
}
