// What is open and selected on the board.
import { createContext, useContext } from 'react';
import type { Owner } from './People';
import type { Task } from './tasks';

export interface Ui {
  /** Whose board it is. */
  owner: Owner;
  /** Opens a task in the dialog. */
  open: (task: Task) => void;
  /** The ids of the selected tasks; null unless tasks are being selected. */
  selection: ReadonlySet<string> | null;
  select: (id: string) => void;
}

export const UiContext = createContext<Ui>({ owner: { id: '', name: '' }, open: () => undefined, selection: null, select: () => undefined });

export const useUi = (): Ui => useContext(UiContext);

/** Where menus open: inside of a landmark of the page. */
export const main = (): HTMLElement | null => document.querySelector('main');
