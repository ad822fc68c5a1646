// Selects the user whose board an administrator sees.
import { useState, type FormEvent } from 'react';
import type { Config } from './config';

export function Owner({ config: { users = [] }, onChoose }: { config: Config; onChoose: (userId: string) => void }) {
  const [name, setName] = useState('');

  function submit(event: FormEvent): void {
    event.preventDefault();
    const wanted = name.trim();
    onChoose(users.find(({ username }) => username === wanted)?.sub ?? wanted);
  }

  return (
    <form className="owner" onSubmit={submit}>
      <label htmlFor="owner">Board of</label>
      <input id="owner" list="people" value={name} onChange={({ target }) => setName(target.value)} placeholder="user id" required />
      <datalist id="people">{users.map(({ username }) => <option key={username}>{username}</option>)}</datalist>
      <button>Show</button>
    </form>
  );
}
