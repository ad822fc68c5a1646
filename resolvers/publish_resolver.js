/**
 * Answers a publish mutation with its own argument, so that AppSync sends the argument to the subscribers.
 *
 * The data source is NONE, because the mutation computes and stores nothing. Only services may publish. The schema's
 * @aws_iam already refuses other callers; this code refuses them again. It also refuses credentials of an identity
 * pool, which are IAM credentials but belong to an end user.
 *
 * A processor that is older than the schema does not send the fields that the schema added. A field of `Task` that is
 * not null therefore has its default here (docs/decisions/0017).
 */
import { util } from '@aws-appsync/utils';

const DEFAULTS = { priority: 'NONE', labels: [], rank: '' };

function complete(task) {
  return { ...DEFAULTS, ...task };
}

export function request(ctx) {
  if (!ctx.identity || !ctx.identity.userArn || ctx.identity.cognitoIdentityId) {
    util.unauthorized();
  }
  const { task, change } = ctx.arguments;
  return { payload: task ? complete(task) : { ...change, task: complete(change.task) } };
}

export function response(ctx) {
  return ctx.result;
}
