// Decides whether a task belongs to a filtered list, as the API does (domain/lists.py), for example for live updates.
export interface TaskConditions {
  due?: { from?: string | null; to?: string | null } | null;
  priorities?: readonly string[] | null;
  anyLabel?: readonly string[] | null;
  allLabels?: readonly string[] | null;
  noLabel?: readonly string[] | null;
  text?: string | null;
}

interface Filterable {
  title: string;
  description: string;
  due: { date: string } | null;
  priority: string;
  labels: readonly string[];
}

/** Returns whether a task keeps all conditions of a filter that the API accepts (`TaskFilterInput`). */
export function matches(task: Filterable, { due, priorities, anyLabel, allLabels, noLabel, text }: TaskConditions): boolean {
  const has = (label: string) => task.labels.includes(label.trim().normalize('NFC'));
  if ((due?.from || due?.to) && !task.due) return false;
  if (due?.from && task.due!.date < due.from) return false;
  if (due?.to && task.due!.date > due.to) return false;
  if (priorities && !priorities.includes(task.priority)) return false;
  if (anyLabel && !anyLabel.some(has)) return false;
  if (allLabels && !allLabels.every(has)) return false;
  if (noLabel?.some(has)) return false;
  const part = fold(text?.trim() ?? '');
  return fold(task.title).includes(part) || fold(task.description).includes(part);
}

/** Returns the text without differences of case and accents. The marks of other scripts make other letters and stay. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase().toUpperCase().normalize('NFC');
}
