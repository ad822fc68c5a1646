/**
 * Ends the subscriptions of a user or of everyone to one field, whose resolver set the filter that the payload matches
 * (resolvers/subscriptions.py).
 *
 * Only services and operators may call it: the schema's @aws_iam refuses other callers, and this code refuses them
 * again, with credentials of an identity pool, which belong to an end user. One call ends the subscriptions to one field,
 * because of several invalidations in a request only the last had an effect (aws-appsync-community#223).
 */
import { extensions, util } from '@aws-appsync/utils';

export function request(ctx) {
  if (!ctx.identity || !ctx.identity.userArn || ctx.identity.cognitoIdentityId) {
    util.unauthorized();
  }
  return { payload: null };
}

export function response(ctx) {
  const { field, userId } = ctx.arguments;
  const payload = (userId ?? null) === null ? { everyone: true } : { userId };
  extensions.invalidateSubscriptions({ subscriptionField: field, payload });
  return true;
}
