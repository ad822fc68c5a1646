import type { Caller } from './callers';

interface Props {
  callers: readonly Caller[];
  caller: Caller;
  choose(name: string): void;
}

/** Chooses who sends the operations of the active tab. */
export function RunAs({ callers, caller, choose }: Props) {
  return (
    <label className="run-as">
      <span>Run as</span>
      <select value={caller.name} onChange={({ target }) => choose(target.value)}>
        {callers.map(({ name, label }) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
