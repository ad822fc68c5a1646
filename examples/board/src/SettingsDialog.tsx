// The signed-in user's settings: the time zone, and what is sent by e-mail.
import * as Dialog from '@radix-ui/react-dialog';
import { X } from 'lucide-react';
import { useEffect, useState, type FormEvent } from 'react';
import { mySettings, updateSettings, type UserSettings } from 'tasks-api-client';
import { useFocusBack } from './focus';
import { useNotices } from './Notices';
import { problemOf } from './problems';
import { useClient } from './tasks';

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const client = useClient();
  const { announce } = useNotices();
  const giveBack = useFocusBack();
  const [settings, setSettings] = useState<UserSettings | null>(null);
  const [problem, setProblem] = useState('');
  const [isSaving, setSaving] = useState(false);

  useEffect(() => {
    const abort = new AbortController();
    mySettings(client, undefined, { signal: abort.signal }).then(setSettings, (error: unknown) => abort.signal.aborted || setProblem(problemOf(error).text));
    return () => abort.abort();
  }, [client]);

  async function save({ timeZone, email: { reminders, completedByOthers } }: UserSettings): Promise<void> {
    setProblem('');
    setSaving(true);
    try {
      await updateSettings(client, { timeZone, email: { reminders, completedByOthers } });
      announce('The settings were saved.');
      onClose();
    } catch (error) {
      setProblem(problemOf(error).text);
      setSaving(false);
    }
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (settings) void save(settings);
  }

  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog settings" aria-describedby={undefined} onCloseAutoFocus={giveBack}>
          <form onSubmit={submit}>
            <header>
              <Dialog.Title>Settings</Dialog.Title>
              <Dialog.Close className="icon-button" aria-label="Close"><X size={18} aria-hidden="true" /></Dialog.Close>
            </header>
            <div className="dialog-body">
              {settings ? <Fields settings={settings} onChange={setSettings} /> : !problem && <output>Loading …</output>}
              <p className="problem" role="alert">{problem}</p>
            </div>
            <footer>
              <button className="primary" disabled={!settings || isSaving}>Save</button>
              <button type="button" onClick={onClose}>Close</button>
            </footer>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Fields({ settings, onChange }: { settings: UserSettings; onChange: (settings: UserSettings) => void }) {
  const { timeZone, email } = settings;
  const [zones] = useState(() => [...new Set(['UTC', timeZone, HERE, ...Intl.supportedValuesOf('timeZone')])].toSorted());
  const setZone = (zone: string) => onChange({ ...settings, timeZone: zone });
  const setEmail = (change: Partial<UserSettings['email']>) => onChange({ ...settings, email: { ...email, ...change } });

  return (
    <>
      <div className="field">
        <label>
          Time zone, in which days are counted
          <select className="chip-button" value={timeZone} onChange={(event) => setZone(event.target.value)}>{zones.map((zone) => <option key={zone}>{zone}</option>)}</select>
        </label>
        {timeZone !== HERE && <div className="choices"><button type="button" onClick={() => setZone(HERE)}>Use {HERE}, as this device does</button></div>}
      </div>
      <fieldset className="fields">
        <legend>By e-mail, to the address of your account</legend>
        <label className="switch"><input type="checkbox" checked={email.reminders} onChange={(event) => setEmail({ reminders: event.target.checked })} /> Reminders</label>
        <label className="switch"><input type="checkbox" checked={email.completedByOthers} onChange={(event) => setEmail({ completedByOthers: event.target.checked })} /> Tasks that somebody else completed</label>
      </fieldset>
    </>
  );
}
