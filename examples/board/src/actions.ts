// A user's changes of tasks. A change is shown at once, confirmed by the answer, or reverted with a message when it is
// refused.
import type { ApolloClient, TypedDocumentNode } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { columnOf, place, type Task } from './cache';
import type { Text } from './Fields';
import { keepFocus, takeFocus } from './focus';
import * as api from './gql/graphql';
import { useNotices } from './Notices';
import { problemOf, type Problem } from './problems';

/** A change of the status, which a button makes. */
export interface Move {
  name: string;
  mutation: typeof api.StartTaskDocument;
  from: api.TaskStatus[];
  to: api.TaskStatus;
}

export const OPEN: api.TaskStatus[] = ['PENDING', 'IN_PROGRESS'];
export const MOVES: Move[] = [
  { name: 'Start', mutation: api.StartTaskDocument, from: ['PENDING'], to: 'IN_PROGRESS' },
  { name: 'Complete', mutation: api.CompleteTaskDocument, from: OPEN, to: 'COMPLETED' },
  { name: 'Cancel', mutation: api.CancelTaskDocument, from: OPEN, to: 'CANCELLED' },
  { name: 'Reopen', mutation: api.ReopenTaskDocument, from: ['COMPLETED', 'CANCELLED'], to: 'PENDING' },
];

/** The version of a task that is being created. It cannot be changed until the answer holds its id. */
export const UNSAVED = 0;

type Answer = { __typename: 'Mutation'; task: Task | null };

export function useActions() {
  const client = useApolloClient();
  const { show, announce } = useNotices();

  /** Runs a mutation that returns its `task`. Returns the problem, or null. */
  async function run<Variables extends Record<string, unknown>>(
    mutation: TypedDocumentNode<Answer, Variables>,
    variables: Variables,
    expected: Task,
    gone = false,
  ): Promise<Problem | null> {
    try {
      await client.mutate<Answer, Variables>({
        mutation,
        variables,
        optimisticResponse: { __typename: 'Mutation', task: expected },
        update: (cache, { data }) => data?.task && place(cache, data.task, { gone }),
      } as ApolloClient.MutateOptions<Answer, Variables>);
      return null;
    } catch (error) {
      return problemOf(error);
    }
  }

  /** Reads the task again and shows it on the board. Returns it, or null when it no longer exists. */
  async function readAgain(task: Task): Promise<Task | null> {
    const one = { query: api.OneTaskDocument, variables: { id: task.id } };
    const { data, error } = await client.query({ ...one, fetchPolicy: 'network-only', errorPolicy: 'all' });
    const now = data?.task ?? null;
    if (now || problemOf(error).kind === 'TaskNotFound') place(client.cache, now ?? task, { gone: !now });
    return now;
  }

  /** Shows the problem, if there is one, and the task's actual state. */
  async function settle(task: Task, wanted: api.TaskStatus | null, problem: Problem | null, again: () => void): Promise<void> {
    if (!problem) return;
    const { kind, text, info } = problem;
    // If the first attempt of a repeated call succeeded, the task has the wanted status in the next version. That is
    // our own change.
    const isDone = info?.currentVersion === task.version + 1 && info.currentStatus === wanted;
    if (!isDone) {
      keepFocus(task.id);
      takeFocus(); // the card is back already
      show({ text: `“${task.title}” stays as it was. ${text}`, again: mayHelp(kind) ? again : undefined });
    }
    if (['Conflict', 'InvalidTransition', 'TaskNotFound'].includes(kind)) await readAgain(task);
  }

  async function move(task: Task, by: Move): Promise<void> {
    const { mutation, to: status } = by;
    const now = new Date().toISOString();
    keepFocus(task.id, status);
    announce(`“${task.title}” moved to ${columnOf(status)}.`);
    const expected = { ...task, status, updatedAt: now, completedAt: status === 'COMPLETED' ? now : null, version: task.version + 1 };
    await settle(task, status, await run(mutation, shown(task), expected), () => void move(task, by));
  }

  async function remove(task: Task): Promise<void> {
    keepFocus(task.status);
    announce(`“${task.title}” was deleted.`);
    await settle(task, null, await run(api.DeleteTaskDocument, shown(task), task, true), () => void remove(task));
  }

  function create(text: Text, userId: string, clientToken: string): Promise<Problem | null> {
    const now = new Date().toISOString();
    return run(api.CreateTaskDocument, { input: { ...text, userId, clientToken } }, {
      __typename: 'Task',
      id: clientToken, // until the answer holds the task's own id
      userId,
      ...text,
      status: 'PENDING',
      createdAt: now,
      updatedAt: now,
      completedAt: null,
      version: UNSAVED,
    });
  }

  function edit(task: Task, text: Text): Promise<Problem | null> {
    const expected = { ...task, ...text, version: task.version + 1 };
    return run(api.UpdateTaskDocument, { input: { ...shown(task), ...text } }, expected);
  }

  return { move, remove, create, edit, readAgain };
}

/** Returns whether the same request may succeed later. */
export const mayHelp = (kind: Problem['kind']) => kind === 'Network' || kind === 'InternalError';

/** Returns the variables of a change that only applies to the shown version of the task. */
const shown = ({ id, version }: Task) => ({ id, expectedVersion: version });
