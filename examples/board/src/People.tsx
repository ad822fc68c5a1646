// Selects the person whose board an administrator sees: by name, or by the id of a user who has tasks.
import * as Popover from '@radix-ui/react-popover';
import { Command } from 'cmdk';
import { ChevronsUpDown, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { taskStatistics } from 'tasks-api-client';
import type { Config } from './config';
import { Initials } from './Initials';
import { problemOf } from './problems';
import type { User } from './session';
import { useClient } from './tasks';

export interface Owner {
  id: string;
  name: string;
}

const SEEN = 'tasks-board-people'; // ids without a name that had tasks

const storedIds = (): string[] => JSON.parse(localStorage.getItem(SEEN) ?? '[]') as string[];

interface Props {
  config: Config;
  user: User;
  owner: Owner;
  onChoose: (owner: Owner) => void;
}

export function People({ config: { users }, user, owner, onChoose }: Props) {
  const client = useClient();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState('');
  const own = { id: user.id, name: user.username };
  const named = users.map(({ sub, username }) => ({ id: sub, name: username })).filter(({ id }) => id !== user.id);
  const people = [own, ...named, ...storedIds().filter((id) => ![own, ...named].some((person) => person.id === id)).map((id) => ({ id, name: id }))];
  const isNamed = people.some(({ id, name }) => name === typed.trim() || id === typed.trim());

  function choose(person: Owner): void {
    setOpen(false);
    setTyped('');
    setProblem('');
    onChoose(person);
  }

  /** The API has no list of users. Somebody who has or had tasks exists, whatever this page knows. */
  async function look(id: string): Promise<void> {
    try {
      const { total, completedLast7Days } = await taskStatistics(client, id);
      if (total + completedLast7Days === 0) return setProblem(`There is no such user: nobody is called “${id}” here, and no user with this id has tasks.`);
      localStorage.setItem(SEEN, JSON.stringify([...new Set([id, ...storedIds()])].slice(0, 10)));
      choose({ id, name: id });
    } catch (error) {
      setProblem(problemOf(error).text);
    }
  }

  return (
    <div className="owner">
      <Popover.Root open={isOpen} onOpenChange={setOpen}>
        <Popover.Trigger className="chip-button" aria-label={`Board of ${owner.name}`}>
          <Initials name={owner.name} /> <bdi className="owner-name">{owner.id === user.id ? 'My board' : owner.name}</bdi> <ChevronsUpDown size={14} aria-hidden="true" />
        </Popover.Trigger>
        <Popover.Portal>
          <Popover.Content className="popover people" align="start" sideOffset={6} collisionPadding={8} aria-label="Whose board">
            <Command label="Whose board">
              <Command.Input placeholder="A name, or a user id" value={typed} onValueChange={(text) => { setTyped(text); setProblem(''); }} />
              <Command.List label="People">
                {people.map((person) => (
                  <Command.Item key={person.id} value={`${person.name} ${person.id}`} onSelect={() => choose(person)}>
                    <Initials name={person.name} /> <bdi>{person.name}</bdi> {person.id === user.id && <span className="end">my board</span>}
                  </Command.Item>
                ))}
                {typed.trim() && !isNamed && <Command.Item value={`look ${typed}`} forceMount onSelect={() => void look(typed.trim())}>Look for the user id “<bdi>{typed.trim()}</bdi>”</Command.Item>}
              </Command.List>
              <p className="problem" role="alert">{problem}</p>
            </Command>
          </Popover.Content>
        </Popover.Portal>
      </Popover.Root>
      {owner.id !== user.id && <button type="button" className="quiet" onClick={() => onChoose(own)}><Undo2 size={15} aria-hidden="true" /> My board</button>}
    </div>
  );
}
