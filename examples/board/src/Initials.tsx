// The initials of a person in a color of the name's own.
const COLORS = 8;

export function Initials({ name }: { name: string }) {
  const letters = name.split(/[\s._@-]+/).filter(Boolean).map(([first]) => first).slice(0, 2).join('');
  const color = [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)!) % 997, 7) % COLORS;
  // An attribute, which style.css shows: the letters are no text, and so no part of a button's name.
  return <span className={`initials color-${color}`} data-letters={letters.toLocaleUpperCase()} aria-hidden="true" />;
}
