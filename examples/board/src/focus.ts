// Keeps the keyboard focus. A card that moves to another column becomes a new element, which takes the focus again.
let wanted: string[] = [];

/** Gives the lost focus to the first of these ids whose element is shown. */
export function keepFocus(...ids: string[]): void {
  wanted = ids;
}

/** Focuses the element if it is wanted. An id that comes earlier may still take the focus afterwards. */
export function takeFocus(id: string, element: HTMLElement | null): void {
  const isLost = document.activeElement?.matches('body, h2');
  if (!element || !wanted.includes(id) || !isLost) return;
  wanted = wanted.slice(0, wanted.indexOf(id));
  element.focus();
}
