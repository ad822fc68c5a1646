// Keeps the keyboard focus. A card that moves to another column becomes a new element, which takes the focus again; a dialog
// gives it back.
import { useState } from 'react';

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

/** Returns a handler for the end of a dialog, which focuses what had the focus before, or else the first wanted element. */
export function useFocusBack(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
    setTimeout(takeFocus);
  };
}
