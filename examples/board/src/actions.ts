// A user's changes of tasks. A change is shown at once, confirmed by the answer, or reverted with a message when it is
// refused.
import type { ApolloClient, TypedDocumentNode } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { COLUMNS, place, type Task } from './cache';
import { keepFocus } from './focus';
import {
  CancelTaskDocument,
  CompleteTaskDocument,
  CreateTaskDocument,
  DeleteTaskDocument,
  OneTaskDocument,
  ReopenTaskDocument,
  StartTaskDocument,
  UpdateTaskDocument,
  type CreateTaskInput,
  type UpdateTaskInput,
} from './gql/graphql';
import { useNotices } from './Notices';
import { problemOf, type Problem } from './problems';

export const MOVES = {
  start: { name: 'Start', mutation: StartTaskDocument, status: 'IN_PROGRESS' },
  complete: { name: 'Complete', mutation: CompleteTaskDocument, status: 'COMPLETED' },
  cancel: { name: 'Cancel', mutation: CancelTaskDocument, status: 'CANCELLED' },
  reopen: { name: 'Reopen', mutation: ReopenTaskDocument, status: 'PENDING' },
} as const;

type Answer = { __typename: 'Mutation'; task: Task | null };

/** The version of a task that is being created. It cannot be changed until the answer holds its id. */
export const UNSAVED = 0;

export type Move = keyof typeof MOVES;

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
    const answer = await client
      .query({ query: OneTaskDocument, variables: { id: task.id }, fetchPolicy: 'network-only' })
      .catch((error: unknown) => ({ error: problemOf(error), data: undefined }));
    const now = answer.data?.task;
    if (now) place(client.cache, now);
    else if (answer.error && 'kind' in answer.error && answer.error.kind === 'TaskNotFound') {
      place(client.cache, task, { gone: true });
    }
    return now ?? null;
  }

  /** Shows the problem, if there is one, and the task's actual state. */
  async function settle(task: Task, wanted: Task['status'] | null, problem: Problem | null, again: () => void): Promise<void> {
    if (!problem) return;
    // If the first attempt of a repeated call succeeded, the task has the wanted status in the next version. That is
    // our own change.
    if (problem.current?.version === task.version + 1 && problem.current.status === wanted) return void readAgain(task);
    keepFocus(task.id);
    const action = problem.kind === 'Network' || problem.kind === 'Failure' ? { action: { name: 'Try again', run: again } } : {};
    show({ text: `“${task.title}” stays as it was. ${problem.text}`, ...action });
    if (['Conflict', 'InvalidTransition', 'TaskNotFound'].includes(problem.kind)) await readAgain(task);
  }

  async function move(task: Task, by: Move): Promise<void> {
    const { mutation, status } = MOVES[by];
    const now = new Date().toISOString();
    keepFocus(task.id);
    announce(`“${task.title}” moved to ${columnOf(status)}.`);
    const expected = { ...task, status, updatedAt: now, completedAt: status === 'COMPLETED' ? now : null, version: task.version + 1 };
    await settle(task, status, await run(mutation, changeOf(task), expected), () => void move(task, by));
  }

  async function remove(task: Task): Promise<void> {
    keepFocus(task.status);
    announce(`“${task.title}” was deleted.`);
    await settle(task, null, await run(DeleteTaskDocument, changeOf(task), task, true), () => void remove(task));
  }

  function create(input: CreateTaskInput & { userId: string; clientToken: string }): Promise<Problem | null> {
    const now = new Date().toISOString();
    return run(CreateTaskDocument, { input }, {
      __typename: 'Task',
      id: input.clientToken, // until the answer holds the task's own id
      userId: input.userId,
      title: input.title,
      description: input.description ?? '',
      status: 'PENDING',
      createdAt: now,
      updatedAt: now,
      completedAt: null,
      version: UNSAVED,
    });
  }

  function edit(task: Task, input: UpdateTaskInput & { title: string; description: string }): Promise<Problem | null> {
    const { title, description } = input;
    return run(UpdateTaskDocument, { input }, { ...task, title, description, version: task.version + 1 });
  }

  return { move, remove, create, edit, readAgain };
}

/** Returns the variables of a change that only applies to the shown version of the task. */
const changeOf = ({ id, version }: Task) => ({ id, expectedVersion: version });

export function columnOf(status: Task['status']): string {
  return COLUMNS.find((column) => column.status === status)!.name;
}
