// Keeps the keyboard focus. A card that moves to another column becomes a new element, which takes the focus again.
let wanted: string | null = null;

/** Gives the focus to the next element with this id. */
export function keepFocus(id: string): void {
  wanted = id;
}

export function takeFocus(id: string, element: HTMLElement | null): void {
  if (wanted !== id || !element) return;
  wanted = null;
  element.focus();
}
