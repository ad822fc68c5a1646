// Places in the manual order.
import type { Place } from 'tasks-api-client/sync';

/** The ids of the two tasks before a task and of the two after it, as they are shown; undefined where there is none. */
export type Neighbors = readonly (string | undefined)[];

/** Returns the place between two tasks, or null if there are none. */
export function placeBetween(after: string | undefined, before: string | undefined): Place | null {
  return after || before ? { ...(after && { after }), ...(before && { before }) } : null;
}
