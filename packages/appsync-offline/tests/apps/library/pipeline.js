export function request(ctx) {
  ctx.stash.reader = ctx.identity.resolverContext.reader;
  return {};
}
export function response(ctx) {
  return ctx.prev.result;
}
