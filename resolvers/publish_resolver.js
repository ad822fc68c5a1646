/**
 * Answers a publish mutation with what it was given, so that AppSync hands it to the subscribers.
 *
 * There is nothing to compute and nothing to store: the data source is NONE. Services only: the schema's
 * @aws_iam says so first, and this says it again. It also refuses an identity pool's credentials, which are IAM's too
 * but an end user's.
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
