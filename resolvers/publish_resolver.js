/**
 * Answers a publish mutation with its own argument, so that AppSync sends the argument to the subscribers.
 *
 * The data source is NONE, because the mutation computes and stores nothing. Only services may publish. The schema's
 * @aws_iam already refuses other callers; this code refuses them again. It also refuses credentials of an identity
 * pool, which are IAM credentials but belong to an end user.
 */
import { util } from '@aws-appsync/utils';

export function request(ctx) {
  if (!ctx.identity || !ctx.identity.userArn || ctx.identity.cognitoIdentityId) {
    util.unauthorized();
  }
  return { payload: ctx.arguments.task ? ctx.arguments.task : ctx.arguments.change };
}

export function response(ctx) {
  return ctx.result;
}
