// The fields for title and description, each with its validation error.
import { useEffect, useId, useRef } from 'react';
import type { Problem } from './problems';

export interface Text {
  title: string;
  description: string;
}

interface Props {
  text: Text;
  problem: Problem | null;
  onChange: (text: Text) => void;
}

export function Fields({ text, problem, onChange }: Props) {
  const id = useId();
  const form = useRef<HTMLDivElement>(null);
  const faulty = (name: string) => problem?.field?.endsWith(name) ?? false;
  const described = (name: string) =>
    ({ id: `${id}${name}`, 'aria-invalid': faulty(name), 'aria-describedby': `${id}problem` }) as const;

  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid=true], input')?.focus();
  }, [problem]);

  return (
    <div className="fields" ref={form}>
      <label htmlFor={`${id}title`}>Title</label>
      <input
        {...described('title')}
        value={text.title}
        onChange={({ target }) => onChange({ ...text, title: target.value })}
        required
      />
      <label htmlFor={`${id}description`}>Description</label>
      <textarea
        {...described('description')}
        value={text.description}
        onChange={({ target }) => onChange({ ...text, description: target.value })}
        rows={2}
      />
      <p id={`${id}problem`} className="problem" role="alert">{problem?.text}</p>
    </div>
  );
}
