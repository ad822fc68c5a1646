/**
 * Between AppSync and the resolver Lambda, for every field that it answers.
 *
 * The Lambda gets the context that a direct Lambda resolver would get. It answers one envelope:
 *   {"data": …, "subscriptionFilter"?: {…}}  or  {"error": {"type", "message", "info"}}
 * AppSync lets only a resolver's code set errorType and errorInfo, or a subscription's filter.
 */
import { extensions, util } from '@aws-appsync/utils';

export function request(ctx) {
  return {
    operation: 'Invoke',
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
    // The Lambda failed outside its own handling (timeout, out of memory): nothing of it is the caller's to read.
    util.error('The request could not be completed. Please try again.', 'InternalError');
  }
  const { data, error, subscriptionFilter } = ctx.result;
  if (error) {
    util.error(error.message, error.type, null, error.info);
  }
  if (subscriptionFilter) {
    extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter(subscriptionFilter));
  }
  return data;
}
