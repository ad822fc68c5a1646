import { util } from '@aws-appsync/utils';
export function request(ctx) {
  const order = { product: ctx.prev.result, count: ctx.args.count, total: ctx.prev.result.price * ctx.args.count };
  return {
    operation: 'PutItem',
    key: util.dynamodb.toMapValues({ id: util.autoId() }),
    attributeValues: util.dynamodb.toMapValues(order),
  };
}
export function response(ctx) { return ctx.result; }
