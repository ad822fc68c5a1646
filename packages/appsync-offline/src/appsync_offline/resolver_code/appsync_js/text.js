// Implements util's encodings and identifiers (AppSync Developer Guide, "Built-in utilities").
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const HEX = '0123456789abcdef';
const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'; // Crockford's alphabet, which ULIDs use
const KSUID_EPOCH = 1_400_000_000;

const any = (alphabet, length) =>
  Array.from({ length }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('');
const inBase = (alphabet, number, length) => {
  const base = BigInt(alphabet.length);
  let text = '';
  for (let rest = BigInt(number); text.length < length; rest /= base) text = alphabet[Number(rest % base)] + text;
  return text;
};
const seconds = () => Math.floor(Date.now() / 1000);
const inBits = (bytes, width) => [...bytes].map((byte) => byte.toString(2).padStart(width, '0')).join('');
const utf8 = (text) => [...unescape(encodeURIComponent(text))].map((character) => character.charCodeAt(0));
const base64Encode = (text) => {
  const sextets = inBits(utf8(text), 8).match(/.{1,6}/g) ?? [];
  const encoded = sextets.map((bits) => BASE64[parseInt(bits.padEnd(6, '0'), 2)]).join('');
  return encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '=');
};
const base64Decode = (text) => {
  const sextets = [...text.replace(/=+$/, '')].map((character) => BASE64.indexOf(character));
  const octets = inBits(sextets, 6).match(/.{8}/g) ?? [];
  return decodeURIComponent(escape(octets.map((bits) => String.fromCharCode(parseInt(bits, 2))).join('')));
};
const autoId = () =>
  `${any(HEX, 8)}-${any(HEX, 4)}-4${any(HEX, 3)}-${any('89ab', 1)}${any(HEX, 3)}-${any(HEX, 12)}`;
const autoUlid = () => inBase(BASE32, Date.now(), 10) + any(BASE32, 16);
const autoKsuid = () => inBase(BASE62, (BigInt(seconds() - KSUID_EPOCH) << 128n) + BigInt(`0x${any(HEX, 32)}`), 27);

// Escapes as Apache Commons Lang's StringEscapeUtils.escapeJavaScript does, which AppSync's guide describes.
const ESCAPES = { '\b': '\\b', '\n': '\\n', '\t': '\\t', '\f': '\\f', '\r': '\\r', "'": "\\'", '"': '\\"', '\\': '\\\\', '/': '\\/' };
const escapeJavaScript = (text) => text.split('').map((character) => {
  const code = character.charCodeAt(0);
  if (ESCAPES[character]) return ESCAPES[character];
  return code < 32 || code > 127 ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}` : character;
}).join('');

// "Returns a blank string if the parsed string is not valid JSON" (AppSync Developer Guide, "Supported runtime features").
const lenientJson = {
  stringify: JSON.stringify,
  parse: (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return '';
    }
  },
};
