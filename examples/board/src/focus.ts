// Keeps the keyboard focus. A card that moves to another column becomes a new element, which takes the focus again.
let wanted: string[] = [];

/** Gives the focus, once it is lost, to the first element of these ids that is shown. */
export function keepFocus(...ids: string[]): void {
  wanted = ids;
}

/** Focuses the first wanted element, if the focus is lost. An element whose id comes earlier may still take it later. */
export function takeFocus(): void {
  const isLost = document.activeElement?.matches('body, h2');
  const shown = wanted.find((id) => document.getElementById(id));
  if (!isLost || !shown) return;
  document.getElementById(shown)?.focus();
  wanted = wanted.slice(0, wanted.indexOf(shown));
}
