// Implements util.xml (AppSync Developer Guide, "XML helpers in util.xml"). Where the guide is silent, it follows org.json's
// XML.toJSONObject: attributes become keys, text beside elements becomes `content`, repeated elements become lists, and
// text that is a number, a boolean or null is converted.
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const XML_PIECE = /<!--[^]*?-->|<\?[^]*?\?>|<!\[CDATA\[([^]*?)\]\]>|<!DOCTYPE[^>]*>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;

const unescaped = (text) => text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
  if (name) return ENTITIES[name] ?? whole;
  return String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal));
});
const valueOfText = (text) => {
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : text;
};
const addTo = (parent, name, value) => {
  if (!Object.hasOwn(parent, name)) parent[name] = value;
  else if (Array.isArray(parent[name])) parent[name].push(value);
  else parent[name] = [parent[name], value];
};

const xmlToMap = (xml) => {
  const open = [{ name: null, content: {}, texts: [] }];
  let end = 0;
  for (const [piece, data, closing, name, attributes, empty, text] of xml.matchAll(XML_PIECE)) {
    end += piece.length;
    const current = open[open.length - 1];
    if (data !== undefined) current.texts.push(data);
    else if (text !== undefined && text.trim()) current.texts.push(unescaped(text.trim()));
    else if (name && !closing) {
      const element = { name, content: {}, texts: [] };
      for (const [, key, value] of attributes.matchAll(/([\w:.-]+)\s*=\s*("[^"]*"|'[^']*')/g)) {
        element.content[key] = valueOfText(unescaped(value.slice(1, -1)));
      }
      open.push(element);
    }
    if (name && (closing || empty)) {
      const closed = open.pop();
      if (closed.name !== name || !open.length) throw new Error(`Invalid XML: </${name}> closes nothing`);
      const whole = closed.texts.join('');
      if (whole && !Object.keys(closed.content).length) closed.content = valueOfText(whole);
      else if (whole) addTo(closed.content, 'content', valueOfText(whole));
      else if (!Object.keys(closed.content).length) closed.content = '';
      addTo(open[open.length - 1].content, name, closed.content);
    }
  }
  if (open.length > 1 || end !== xml.length) throw new Error('Invalid XML');
  return open[0].content;
};
