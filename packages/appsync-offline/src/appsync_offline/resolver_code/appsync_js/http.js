// Implements util.http (AppSync Developer Guide, "HTTP helpers in util.http").
const RESTRICTED_HEADERS = ['accept-encoding', 'connection', 'content-length', 'date', 'expect', 'host', 'keep-alive',
  'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'via'];
const OWN_HEADERS = ['access-control-allow-origin', 'access-control-expose-headers', 'content-type', ...RESTRICTED_HEADERS];
const MAXIMUM_HEADERS = 4096; // bytes of all names and values together

const isReserved = (name, reserved) => /^x-amzn?-/i.test(name) || reserved.includes(name.toLowerCase());
const copyHeaders = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !isReserved(name, RESTRICTED_HEADERS)));
const addResponseHeaders = (kept, headers) => {
  for (const [name, value] of Object.entries(headers)) {
    if (isReserved(name, OWN_HEADERS)) throw new Error(`The response header ${name} is reserved.`);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(text)) {
      throw new Error(`${JSON.stringify(name)} is no response header that can be sent.`);
    }
    kept[name] = text;
  }
  if (Object.entries(kept).flat().join('').length > MAXIMUM_HEADERS) throw new Error('Response headers exceed 4 KB.');
};
