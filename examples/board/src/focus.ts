// Keeps the keyboard's place: a card that moves to another column is a new element there, which takes the focus back.
let wanted: string | null = null;

/** Whatever shows this next is to take the focus. */
export function keepFocus(id: string): void {
  wanted = id;
}

export function takeFocus(id: string, element: HTMLElement | null): void {
  if (wanted !== id || !element) return;
  wanted = null;
  element.focus();
}
