// The client decides what a filtered list contains as the API does: tests/unit/test_lists.py has the same cases.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { matches, type Task, type TaskConditions } from '../src/index.js';

interface Case {
  name: string;
  task: Pick<Task, 'title' | 'description' | 'due' | 'priority' | 'labels'>;
  filter: TaskConditions;
  matches: boolean;
}

const cases = JSON.parse(readFileSync(new URL('../../../../tests/filter_cases.json', import.meta.url), 'utf8')) as Case[];

for (const one of cases) {
  test(`a filter decides as the API does: ${one.name}`, () => assert.equal(matches(one.task, one.filter), one.matches));
}
