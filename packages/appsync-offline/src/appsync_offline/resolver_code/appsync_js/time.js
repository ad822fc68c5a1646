// Implements util.time with the formats of Java's DateTimeFormatter (AppSync Developer Guide, "Time helpers in
// util.time").
const MINUTE = 60_000;
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const OFFSET = /^(?:UTC|GMT|Z)?([+-])(\d{1,2}):?(\d{2})?:?(\d{2})?$/;

// Returns the milliseconds that a zone (an IANA name, or an offset such as +08:00) is ahead of UTC at a time.
const zoneOffset = (zone, at) => {
  if (!zone || /^(?:Z|UTC|GMT)$/.test(zone)) return 0;
  const fixed = OFFSET.exec(zone);
  if (fixed) {
    const [, sign, hours, minutes, rest] = fixed;
    return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes ?? 0)) * MINUTE + Number(rest ?? 0) * 1000);
  }
  const options = { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric',
    minute: 'numeric', second: 'numeric' };
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', options).formatToParts(new Date(at)).map(({ type, value }) => [type, Number(value)]),
  );
  const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return local - Math.floor(at / 1000) * 1000;
};

const zeros = (number, width) => (number < 0 ? '-' : '') + String(Math.abs(number)).padStart(width, '0');
// Returns the text of an offset. `count` (one to five letters of X, x or Z) selects how much of it is written.
const offsetText = (offset, letter, count) => {
  if (offset === 0 && (letter === 'X' || (letter === 'Z' && count === 5))) return 'Z';
  if (offset === 0 && letter === 'Z' && count === 4) return 'GMT';
  const whole = Math.abs(offset) / 1000;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => zeros(part, 2));
  const form = letter === 'Z' ? { 4: 3, 5: 5 }[count] ?? 2 : count;
  const colon = form === 3 || form === 5 ? ':' : '';
  const shown = form === 1 && minutes === '00' ? '' : colon + minutes;
  return (letter === 'Z' && count === 4 ? 'GMT' : '') + (offset < 0 ? '-' : '+') + hours + shown
    + (form >= 4 && rest !== '00' ? colon + rest : '');
};

// A writer for each pattern letter. It takes the local time (as a Date in UTC), letter count, offset and zone.
const named = (names, index, count) => (count === 5 ? names[index][0] : count === 4 ? names[index] : names[index].slice(0, 3));
const year = (date, count) => (count === 2 ? zeros(date.getUTCFullYear() % 100, 2) : zeros(date.getUTCFullYear(), count));
const month = (date, count) =>
  count > 2 ? named(MONTHS, date.getUTCMonth(), count) : zeros(date.getUTCMonth() + 1, count);
const WRITERS = {
  y: year, u: year, M: month, L: month,
  d: (date, count) => zeros(date.getUTCDate(), count),
  D: (date, count) => zeros((Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())
    - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000 + 1, count),
  E: (date, count) => named(DAYS, date.getUTCDay(), count),
  a: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  H: (date, count) => zeros(date.getUTCHours(), count),
  k: (date, count) => zeros(date.getUTCHours() || 24, count),
  h: (date, count) => zeros(date.getUTCHours() % 12 || 12, count),
  K: (date, count) => zeros(date.getUTCHours() % 12, count),
  m: (date, count) => zeros(date.getUTCMinutes(), count),
  s: (date, count) => zeros(date.getUTCSeconds(), count),
  S: (date, count) => `${zeros(date.getUTCMilliseconds(), 3)}000000`.slice(0, count),
  n: (date, count) => zeros(date.getUTCMilliseconds() * 1_000_000, count),
  X: (_date, count, offset) => offsetText(offset, 'X', count),
  x: (_date, count, offset) => offsetText(offset, 'x', count),
  Z: (_date, count, offset) => offsetText(offset, 'Z', count),
  V: (_date, _count, _offset, zone) => zone,
  z: (_date, _count, _offset, zone) => zone,
};

// Returns the pieces of a format: {letter, count} or {text}. Brackets around optional sections are ignored.
const pieces = (format) => {
  const found = [];
  for (const [piece] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    if (piece === "''") found.push({ text: "'" });
    else if (piece[0] === "'") found.push({ text: piece.slice(1, -1).replaceAll("''", "'") });
    else if (!/[A-Za-z]/.test(piece[0])) found.push({ text: '[]'.includes(piece) ? '' : piece });
    else if (WRITERS[piece[0]]) found.push({ letter: piece[0], count: piece.length });
    else throw new Error(`Unknown pattern letter: ${piece[0]}`);
  }
  return found;
};

const formatTime = (at, format, zone) => {
  const offset = zoneOffset(zone, at);
  const local = new Date(at + offset);
  return pieces(format)
    .map(({ letter, count, text }) => (letter ? WRITERS[letter](local, count, offset, zone ?? 'UTC') : text))
    .join('');
};

// Returns the regular expression that parses a pattern letter.
const digits = (count, more) => (more ? `\\d{${count},}` : count === 1 ? '\\d{1,2}' : `\\d{${count}}`);
const names = (list, count) => list.map((name) => (count === 4 ? name : name.slice(0, 3))).join('|');
const readerOf = ({ letter, count }) => {
  if (letter === 'E') return names(DAYS, count);
  if ('ML'.includes(letter) && count > 2) return names(MONTHS, count);
  if ('yu'.includes(letter)) return count === 2 ? '\\d{2}' : `-?${digits(count, true)}`;
  if ('XxZ'.includes(letter)) return '(?:GMT|UTC)?[+-]\\d{2}:?(?:\\d{2})?:?(?:\\d{2})?|Z|GMT|UTC';
  if ('Vz'.includes(letter)) return '[A-Za-z_]+(?:/[A-Za-z_]+)*|[+-]\\d{2}:\\d{2}';
  return letter === 'a' ? 'AM|PM' : letter === 'S' ? `\\d{${count}}` : digits(count, 'Dn'.includes(letter));
};

const parseTime = (text, format, zone) => {
  const all = pieces(format);
  const form = all.map((piece) => (piece.letter ? `(${readerOf(piece)})` : piece.text.replace(/[.*+?^${}()|\\/]/g, '\\$&')));
  const found = new RegExp(`^${form.join('')}$`).exec(text);
  if (!found) throw new Error(`Unable to parse ${text} by the format ${format}`);
  const read = {};
  all.filter(({ letter }) => letter).forEach(({ letter, count }, index) => { read[letter] = [found[index + 1], count]; });
  const number = (letters, otherwise) => {
    const letter = [...letters].find((candidate) => read[candidate]);
    return letter ? Number(read[letter][0]) : otherwise;
  };
  const [monthName, monthLetters] = read.M ?? read.L ?? ['1', 1];
  const monthIndex = monthLetters > 2 ? MONTHS.findIndex((name) => name.startsWith(monthName)) : Number(monthName) - 1;
  const [yearText, yearLetters] = read.y ?? read.u ?? ['1970', 4];
  const half = read.a?.[0] === 'PM' ? 12 : 0;
  const hour = read.h || read.K ? (number('hK', 0) % 12) + half : number('Hk', 0) % 24;
  const milliseconds = read.S ? Math.floor(Number(`0.${read.S[0]}`) * 1000 + 1e-6) : Math.floor(number('n', 0) / 1e6);
  const local = new Date(0);
  local.setUTCFullYear(Number(yearText) + (yearLetters === 2 ? 2000 : 0), monthIndex, number('d', 1));
  local.setUTCHours(hour, number('m', 0), number('s', 0), milliseconds);
  if (local.getUTCMonth() !== monthIndex) throw new Error(`Unable to parse ${text} by the format ${format}`);
  const given = (read.X ?? read.x ?? read.Z ?? read.V ?? read.z)?.[0] ?? zone;
  const near = zoneOffset(given, local.getTime());
  return local.getTime() - zoneOffset(given, local.getTime() - near);
};
