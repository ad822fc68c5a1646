import { util } from '@aws-appsync/utils';
import { update, operations } from '@aws-appsync/utils/dynamodb';
export function request(ctx) {
  if (!ctx.stash.product) { util.error('There is no such product.', 'NotFound'); }
  return update({
    key: { id: ctx.args.product },
    update: { stock: operations.decrement(ctx.args.count) },
    condition: { stock: { ge: ctx.args.count } },
  });
}
export function response(ctx) {
  if (ctx.error) { util.error('There are not enough in stock.', 'OutOfStock'); }
  return ctx.result;
}
