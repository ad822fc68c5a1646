export function request(ctx) { return { payload: `${ctx.env.GREETING}, ${ctx.args.name}` }; }
export function response(ctx) { return ctx.result; }
