// The fields for title and description, and the validation error.
import { useEffect, useId, useRef, type ChangeEvent } from 'react';
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

/** Returns a function that returns the properties of the field for a name. */
export function fieldsOf<Values>(values: Values, onChange: (values: Values) => void) {
  return <Name extends keyof Values>(name: Name) => ({
    value: values[name],
    onChange: ({ target }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => onChange({ ...values, [name]: target.value }),
  });
}

export function Fields({ text, problem, onChange }: Props) {
  const id = useId();
  const fields = useRef<HTMLDivElement>(null);
  const field = (name: keyof Text) => ({
    ...fieldsOf(text, onChange)(name),
    'aria-invalid': problem?.field?.endsWith(name) ?? false,
    'aria-describedby': id,
  });

  useEffect(() => {
    if (problem) fields.current?.querySelector<HTMLElement>('[aria-invalid=true], input')?.focus();
  }, [problem]);

  return (
    <div className="fields" ref={fields}>
      <label>Title <input {...field('title')} required /></label>
      <label>Description <textarea {...field('description')} rows={2} /></label>
      <p id={id} className="problem" role="alert">{problem?.text}</p>
    </div>
  );
}
