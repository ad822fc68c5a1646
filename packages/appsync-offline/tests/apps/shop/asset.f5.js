import { scan } from '@aws-appsync/utils/dynamodb';
export function request(ctx) { return scan({ limit: 20 }); }
export function response(ctx) { return ctx.result.items; }
