import * as ddb from '@aws-appsync/utils/dynamodb';
export function request(ctx) { return ddb.get({ key: { id: ctx.args.product ?? ctx.args.id } }); }
export function response(ctx) {
  ctx.stash.product = ctx.result;
  return ctx.result;
}
