// Selects the user whose board an administrator sees.
import { useActionState } from 'react';
import type { Config } from './config';

export function Owner({ config: { users }, onChoose }: { config: Config; onChoose: (userId: string) => void }) {
  const [shown, choose] = useActionState((_: string, form: FormData) => {
    const name = String(form.get('name')).trim();
    onChoose(users.find(({ username }) => username === name)?.sub ?? name);
    return name;
  }, '');

  return (
    <form className="owner" action={choose}>
      <label>Board of <input name="name" list="people" defaultValue={shown} placeholder="user id" required /></label>
      <datalist id="people">{users.map(({ username }) => <option key={username}>{username}</option>)}</datalist>
      <button>Show</button>
    </form>
  );
}
