// Translates Java's regular expressions (java.util.regex.Pattern), which util.matches takes ("based on Pattern", the
// types of @aws-appsync/utils), into JavaScript's. A construct without a counterpart throws an error that names it.
const POSIX = {
  Lower: 'a-z', Upper: 'A-Z', ASCII: '\\x00-\\x7F', Alpha: 'A-Za-z', Digit: '0-9', Alnum: 'A-Za-z0-9',
  Punct: '!-\\/:-@\\[-`\\{-~', Graph: '!-~', Print: ' -~', Blank: ' \\t', Cntrl: '\\x00-\\x1F\\x7F', XDigit: '0-9A-Fa-f',
  Space: '\\s',
};
const CLASSES = { h: ' \\t\\u00A0\\u1680\\u180E\\u2000-\\u200A\\u202F\\u205F\\u3000', v: '\\n\\x0B\\f\\r\\x85\\u2028\\u2029' };
const ANCHORS = { A: '(?<![\\s\\S])', z: '(?![\\s\\S])', Z: '(?=\\n?(?![\\s\\S]))' };
const quoted = (text) => text.replace(/[\\^$.*+?()[\]{}|\/]/g, '\\$&');
const unsupported = (construct) => { throw new Error(`${construct} of a Java pattern has no counterpart here`); };

const javaPattern = (pattern) => {
  let result = '';
  let flags = 'u';
  let depth = 0; // of character classes
  let at = 0;
  const take = (length) => pattern.slice(at, at += length);
  const rest = () => pattern.slice(at);
  while (at < pattern.length) {
    const character = take(1);
    if (character === '\\') {
      const escape = take(1);
      if (escape === 'Q') {
        const end = rest().indexOf('\\E');
        result += quoted(take(end < 0 ? rest().length : end));
        take(2);
      } else if (escape === 'p' || escape === 'P') {
        const name = rest().startsWith('{') ? rest().slice(1, rest().indexOf('}')) : rest()[0];
        take(rest().startsWith('{') ? name.length + 2 : 1);
        const posix = POSIX[name];
        if (posix && depth && escape === 'P') unsupported(`\\P{${name}} in a class`);
        const unicode = name.replace(/^Is(?=[A-Z])/, '').replace(/^(?:java)?(Alphabetic|Lowercase|Uppercase|White_Space)$/i, '$1');
        const script = /^Is/.test(name) && !/^[A-Z][a-z]?$|^(Alphabetic|Lowercase|Uppercase|White_Space)$/i.test(unicode);
        if (posix) result += depth ? posix : `[${escape === 'P' ? '^' : ''}${posix}]`;
        else result += `\\${escape}{${script ? 'Script=' : ''}${unicode}}`;
      } else if (CLASSES[escape.toLowerCase()] && escape !== 'V' && escape !== 'H') {
        result += depth ? CLASSES[escape] : `[${CLASSES[escape]}]`;
      } else if (escape === 'H' || escape === 'V') {
        result += depth ? unsupported(`\\${escape} in a class`) : `[^${CLASSES[escape.toLowerCase()]}]`;
      } else if (ANCHORS[escape]) result += ANCHORS[escape];
      else if (escape === 'R') result += '(?:\\r\\n|[\\n-\\r\\x85\\u2028\\u2029])';
      else if (escape === 'a') result += '\\x07';
      else if (escape === 'e') result += '\\x1B';
      else if (escape === 'G' || escape === 'X') unsupported(`\\${escape}`);
      else if (escape === 'x' && rest().startsWith('{')) result += `\\u${take(rest().indexOf('}') + 1)}`;
      else if (/[A-Za-z0-9]/.test(escape)) result += `\\${escape}`;
      else result += escape === '-' && depth ? '\\-' : quoted(escape); // Unicode mode has no needless escapes
    } else if (depth && character === '&' && rest().startsWith('&')) unsupported('&& in a class');
    else if (character === '[' && depth) unsupported('a class in a class');
    else if (character === '[') {
      depth = 1;
      result += character;
      if (rest().startsWith('^')) result += take(1);
      if (rest().startsWith(']')) { take(1); result += '\\]'; }
    } else if (character === ']' && depth) { depth = 0; result += character; }
    else if (!depth && character === '(' && rest().startsWith('?')) {
      const inline = /^\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/.exec(rest());
      if (!inline) result += character; // a lookaround, or a named group
      else if (inline[3] === ')' && result === '' && !inline[2]) {
        take(inline[0].length);
        for (const flag of inline[1]) {
          if (flag === 'x' || flag === 'd') unsupported(`(?${flag})`);
          if (!'uU'.includes(flag) && !flags.includes(flag)) flags += flag;
        }
      } else if (inline[1] || inline[2]) unsupported(`(${inline[0]}`);
      else result += character;
    } else if (!depth && /[*+?}]/.test(character) && rest().startsWith('+')) unsupported(`${character}+`);
    else if (!depth && (character === '}' || character === ']')) result += `\\${character}`;
    else if (!depth && character === '{' && /^\d+(,\d*)?\}/.test(rest())) result += character + take(rest().indexOf('}') + 1);
    else if (!depth && character === '{') result += '\\{';
    else result += character;
  }
  return new RegExp(result, flags);
};
