import { put } from '@aws-appsync/utils/dynamodb';
export function request(ctx) {
  return put({ key: { id: ctx.args.input.id }, item: ctx.args.input, condition: { id: { attributeExists: false } } });
}
export function response(ctx) {
  if (ctx.error) { util.error(ctx.error.message, ctx.error.type); }
  return ctx.result;
}
